import { asAddress } from "@openledger/protocol/hex.ts";
import type { TrainingSet } from "../attribution/memberOperator.ts";
import { InputError } from "../common/errors.ts";
import { trainingRows } from "../data/duplicates/trainingRows.ts";
import { type AnyExample, type Example, isWritten } from "../data/example.ts";
import type { WrittenExample } from "../data/written/written.ts";
import type { LabelledRows } from "../model/rows.ts";
import type { Contribution } from "../store/protocolView.ts";
import type { Context } from "./context.ts";
import { getSubmission } from "./submissionFiles.ts";
import { labelledRows } from "./trainingData.ts";
import type { Plan } from "./versionFiles.ts";

/** A version's contributions with their examples, ascending by id. */
export interface ContributedExamples<E extends AnyExample = Example> {
  readonly contribution: Contribution;
  readonly examples: readonly E[];
}

/** What a version is trained on and judged by. */
export interface VersionData {
  readonly training: TrainingSet;
  readonly quality: LabelledRows;
  /** Training examples left out because the quality data or an earlier contribution holds the same or nearly the same. */
  readonly duplicates: number;
}

/** Fetches, re-hashes and returns the examples of contributions, in the given order. */
export async function fetchExamples(
  context: Pick<Context, "view" | "content">,
  ids: readonly bigint[],
): Promise<ContributedExamples<AnyExample>[]> {
  const wanted = new Map((await context.view.contributions()).map((c) => [c.contributionId, c]));
  const submissions = new Map((await context.view.submissions()).map((s) => [s.submissionId, s]));
  const fetched = new Map<bigint, Awaited<ReturnType<typeof getSubmission>>>();
  const result: ContributedExamples<AnyExample>[] = [];
  for (const id of ids) {
    const contribution = wanted.get(id);
    const submission = contribution && submissions.get(contribution.submissionId);
    if (submission === undefined) throw new InputError("there is no such accepted contribution", { value: id });
    const { submissionId, uri, contributor, parts } = submission;
    const contents =
      fetched.get(submissionId) ?? (await getSubmission(context.content, uri, asAddress(contributor), parts));
    fetched.set(submissionId, contents);
    result.push({ contribution: contribution!, examples: contents[contribution!.part]!.examples });
  }
  return result;
}

/** The contributions as labelled examples. @throws InputError where one holds documents or questions */
export function labelled(contributed: readonly ContributedExamples<AnyExample>[]): ContributedExamples[] {
  return ofKinds(contributed, (example): example is Example => !isWritten(example), "labelled examples");
}

/** The contributions as documents and questions. @throws InputError where one holds labelled examples */
export function written(
  contributed: readonly ContributedExamples<AnyExample>[],
): ContributedExamples<WrittenExample>[] {
  return ofKinds(contributed, isWritten, "documents and questions");
}

function ofKinds<E extends AnyExample>(
  contributed: readonly ContributedExamples<AnyExample>[],
  belongs: (example: AnyExample) => example is E,
  what: string,
): ContributedExamples<E>[] {
  return contributed.map(({ contribution, examples }) => {
    const other = examples.find((example) => !belongs(example));
    if (other === undefined) return { contribution, examples: examples.filter(belongs) };
    throw new InputError("a version is made of one kind of examples", {
      value: `${other.kind} in contribution ${contribution.contributionId}`,
      limit: what,
      remedy: "Leave its Datanet out, or train a version of its own on it.",
    });
  });
}

/** The labels of a version: all that its data names, ascending by code units. */
export function labelsIn(contributed: readonly ContributedExamples[]): string[] {
  return [...new Set(contributed.flatMap(({ examples }) => examples.map((example) => example.label)))].sort();
}

/** The rows that a version is trained on, in the order of the contributions, without repetitions: {@link trainingRows}. */
export function versionData(
  plan: Plan,
  train: readonly Pick<ContributedExamples, "examples">[],
  quality: readonly Pick<ContributedExamples, "examples">[],
): VersionData {
  const all = train.flatMap((contributed) => contributed.examples);
  const owners = train.flatMap((contributed, index) => contributed.examples.map(() => index));
  const judged = quality.flatMap((contributed) => contributed.examples);
  if (judged.length === 0) {
    throw new InputError("the version's Datanets have no quality set", {
      limit: "at least one accepted contribution of kind quality",
      remedy: "Let a validator of the Datanet contribute one: npx openledger contribute --quality.",
    });
  }
  const kept = trainingRows(all, judged);
  return {
    training: {
      rows: labelledRows(
        plan,
        kept.map((row) => all[row]!),
      ),
      contributionOfRow: Int32Array.from(kept, (row) => owners[row]!),
      contributions: train.length,
    },
    quality: labelledRows(plan, judged),
    duplicates: all.length - kept.length,
  };
}
