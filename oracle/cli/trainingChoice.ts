import { z } from "zod";
import { defaultChatScheme } from "../attribution/chat/chatScheme.ts";
import { defaultPassagesScheme } from "../attribution/passages/passagesScheme.ts";
import { defaultQuotesScheme } from "../attribution/quotes/quotesScheme.ts";
import { InputError } from "../common/errors.ts";
import { rehearseAnswers } from "../jobs/answers/publishAnswers.ts";
import { baseHash } from "../jobs/bases/baseList.ts";
import { rehearseChat } from "../jobs/chat/publishChat.ts";
import type { TrainingChoice } from "../jobs/prepareTraining.ts";
import { rehearseQuotes } from "../jobs/quotes/publishQuotes.ts";
import { baseDirectory } from "./base.ts";
import { readDocument } from "./documents.ts";
import type { ChainOptions } from "./session.ts";

/** The options of `openledger train` that decide what is computed. */
export interface ChoiceOptions extends ChainOptions {
  readonly parentVersion?: bigint;
  readonly seed: number;
  readonly members: number;
  readonly epochs: number;
  readonly task: "labels" | "answers" | "chat" | "quotes";
  readonly base?: string;
  readonly encoder?: string;
  readonly recipe?: string;
  readonly certify?: number;
}

/** How versions on documents and questions are rehearsed, and settled. */
export const WRITTEN_TASKS = {
  answers: { rehearseTraining: rehearseAnswers, scheme: defaultPassagesScheme() },
  chat: { rehearseTraining: rehearseChat, scheme: defaultChatScheme() },
  quotes: { rehearseTraining: rehearseQuotes, scheme: defaultQuotesScheme() },
} as const;

const recipeParts = z.record(z.string(), z.unknown());

/** @throws InputError for an encoder without a generator, and a recipe's file that cannot be read; NotFoundError for a base that was not added */
export function choiceOf(options: ChoiceOptions): TrainingChoice {
  const { seed, members, epochs, parentVersion, task, base, encoder, recipe } = options;
  if (encoder !== undefined && task !== "quotes") {
    throw new InputError("an encoder stands beside a generator that writes from passages", {
      value: `--encoder ${encoder} --task ${task}`,
      remedy: "Give --task quotes, or name the encoder by --base.",
    });
  }
  const choice = {
    ...{ seed, members, epochs, parentVersionId: parentVersion?.toString() ?? null },
    ...(task === "chat" && { writes: "model" as const }),
    ...(task === "quotes" && { writes: "passages" as const }),
    ...(encoder !== undefined && { encoder: baseHash(baseDirectory(options), encoder) }),
    ...(recipe !== undefined && { recipe: readDocument(recipe, recipeParts, "parts of a recipe as a JSON object") }),
  };
  if (base === undefined) return choice;
  return { ...choice, base: baseHash(baseDirectory(options), base) };
}

/** @throws InputError where the Datanets hold what the task does not read, and for a certificate that it does not have */
export function requireTask({ task, certify }: Pick<ChoiceOptions, "task" | "certify">, writings: boolean): void {
  if ((task !== "labels") !== writings) {
    throw new InputError("the Datanets hold other data than the task needs", {
      value: writings ? "documents and questions" : "labelled examples",
      limit: `--task ${task}`,
      remedy: `Give --task ${writings ? "answers, --task chat or --task quotes" : "labels"}.`,
    });
  }
  if (task === "labels" || task === "answers" || certify === undefined) return;
  throw new InputError("only a version that answers with labels or with passages can be certified", {
    value: `--certify ${certify}`,
    remedy: "Leave it away: its pools are split by influence where the chain needs no certificate.",
  });
}
