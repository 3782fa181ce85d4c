import { setImmediate } from "node:timers/promises";
import { type Writer, openWriter } from "../jobs/chat/openWriter.ts";
import { continuationOf, writtenAnswer } from "../jobs/chat/writtenAnswer.ts";
import type { ContentFiles } from "../jobs/contentFiles.ts";
import type { InferenceAnswer } from "../jobs/receiptFiles.ts";
import type { ChatManifest } from "../jobs/versionFiles.ts";
import { checkContinuation, type Continuation, continuePrompts } from "../model/decoder/continuePrompt.ts";
import type { Decoder } from "../model/decoder/decoder.ts";
import type { Weights } from "../model/weights.ts";
import type { Predictor } from "./predictor.ts";

/** Answers that are written at the same time; others wait. */
const SEQUENCES = 8;

interface Waiting {
  readonly asked: Continuation;
  readonly resolve: (answer: InferenceAnswer) => void;
  readonly reject: (error: unknown) => void;
}

/** Writes answers with a version's generator and adapter. */
export async function createChatPredictor(
  content: Pick<ContentFiles, "get">,
  { plan: { recipe } }: Pick<ChatManifest, "plan">,
  models: readonly Weights[],
): Promise<Predictor> {
  const writer = await openWriter(content, recipe, SEQUENCES);
  const decoder = writer.adapted(models[0]!);
  const write = inTurns(writer, decoder);
  const read = (request: Parameters<Predictor["check"]>[0]): Continuation => {
    const asked = continuationOf(writer, recipe, request);
    checkContinuation(decoder, asked);
    return asked;
  };
  return {
    check: (request) => void read(request),
    answer: async (request) => write(read(request)),
    writes: { most: recipe.most },
  };
}

/** Questions that arrive while others are answered are answered together next; between two tokens the process does its other work. */
function inTurns(writer: Writer, decoder: Decoder): (asked: Continuation) => Promise<InferenceAnswer> {
  const waiting: Waiting[] = [];
  let busy = false;

  async function work(): Promise<void> {
    busy = true;
    while (waiting.length > 0) {
      const batch = waiting.splice(0, SEQUENCES);
      try {
        const writing = continuePrompts(
          decoder,
          batch.map(({ asked }) => asked),
        );
        let step = writing.next();
        while (step.done !== true) {
          await setImmediate();
          step = writing.next();
        }
        for (const [i, written] of step.value.entries()) batch[i]!.resolve(writtenAnswer(writer, written));
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    busy = false;
  }

  return (asked) =>
    new Promise((resolve, reject) => {
      waiting.push({ asked, resolve, reject });
      if (!busy) void work();
    });
}
