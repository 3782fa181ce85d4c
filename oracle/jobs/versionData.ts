import { asAddress } from "@openledger/protocol/hex.ts";
import type { TrainingSet } from "../attribution/memberOperator.ts";
import { InputError } from "../common/errors.ts";
import { createDuplicateIndex } from "../data/duplicates/findDuplicates.ts";
import { type AnyExample, type Example, isWritten } from "../data/example.ts";
import type { WrittenExample } from "../data/written/written.ts";
import type { Encoder } from "../model/answers/encoder.ts";
import { concatenateRows, type LabelledRows } from "../model/rows.ts";
import type { Contribution } from "../store/protocolView.ts";
import type { Context } from "./context.ts";
import { heardExamples } from "./heardExamples.ts";
import { indexedDatanets, type IndexedDatanet, indexPlaces, type Registered } from "./indexedDatanets.ts";
import { getSubmission } from "./submissionFiles.ts";
import { labelledRows } from "./trainingData.ts";
import type { Plan } from "./versionFiles.ts";
import type { Contributed } from "./versionTask.ts";

/** A version's contributions with their examples, ascending by id. */
export interface ContributedExamples<E extends AnyExample = Example> {
  readonly contribution: Contribution;
  readonly examples: readonly E[];
}

/** A Datanet of a version that answers with labels. */
export interface DatanetData extends IndexedDatanet {
  /** What its data are judged by; undefined where nobody curated any. */
  readonly quality: LabelledRows | undefined;
}

/** What a version is trained on and judged by. */
export interface VersionData {
  /** Contributions are numbered as in the index: Datanet after Datanet, ascending within each. */
  readonly training: TrainingSet;
  /** Ascending by datanetId. */
  readonly datanets: readonly DatanetData[];
  /** Training examples left out because quality data or an earlier contribution hold the same or nearly the same. */
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

/** Whether a version on these data answers with passages, instead of labels: its first example decides. */
export function holdsWritings({ train }: Pick<Contributed, "train">): boolean {
  return isWritten(train[0]!.examples[0]!);
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

/** All rows by which a version's data are judged. */
export function qualityRows({ datanets }: Pick<VersionData, "datanets">): LabelledRows {
  return concatenateRows(datanets.flatMap(({ quality }) => quality ?? []));
}

/**
 * The rows that a version is trained on, in the order of the contributions: of examples that repeat each other the one that
 * was registered first. Repetitions of the own Datanet's quality rows are left out however early they were registered: that
 * data is public, and whoever trained on it would be judged by what it copied. Another Datanet's quality rows push out only
 * what was registered after them, or its curators could have competitors' data left out by copying it.
 *
 * @param datanetIds ascending
 * @param train ascending by contribution, as `quality`
 * @param base of a plan whose inputs are vectors of one
 * @throws InputError when no Datanet has quality data
 */
export function versionData(
  plan: Plan,
  datanetIds: readonly bigint[],
  train: readonly Registered<Example>[],
  quality: readonly Registered<Example>[],
  base?: Encoder,
): VersionData {
  const judged = heardExamples(datanetIds, quality);
  if (judged.every((rows) => rows.length === 0)) {
    throw new InputError("the version's Datanets have no quality set", {
      limit: "at least one accepted contribution of kind quality",
      remedy: "Let a validator of the Datanet contribute one: npx openledger contribute --quality.",
    });
  }
  const datanets = indexedDatanets(datanetIds, train).map((datanet, d) => ({
    ...datanet,
    quality: judged[d]!.length === 0 ? undefined : labelledRows(plan, judged[d]!, base),
  }));
  const places = indexPlaces(datanets);
  const kept = distinctRows(datanetIds, judged, train, quality);
  const all = train.reduce((sum, { examples }) => sum + examples.length, 0);
  return {
    training: {
      rows: labelledRows(
        plan,
        kept.map(({ example }) => example),
        base,
      ),
      contributionOfRow: Int32Array.from(kept, ({ contributionId }) => places.get(contributionId)!),
      contributions: train.length,
    },
    datanets,
    duplicates: all - kept.length,
  };
}

/** The training examples that repeat nothing, in the order of their registration. */
function distinctRows(
  datanetIds: readonly bigint[],
  judged: readonly (readonly Example[])[],
  train: readonly Registered<Example>[],
  quality: readonly Registered<Example>[],
) {
  const known = createDuplicateIndex();
  /** Of each Datanet: all its quality rows; those registered so far. */
  const own = new Map(datanetIds.map((datanetId, d) => [datanetId, indexOf(judged[d]!)]));
  const sofar = new Map(datanetIds.map((datanetId) => [datanetId, createDuplicateIndex()]));
  const kept: { example: Example; contributionId: bigint }[] = [];
  const kinds = [
    ...train.map((registered) => ({ ...registered, kind: "train" })),
    ...quality.map((registered) => ({ ...registered, kind: "quality" })),
  ].sort((a, b) => (a.contribution.contributionId < b.contribution.contributionId ? -1 : 1));
  for (const { contribution, examples, kind } of kinds) {
    const { contributionId, datanetId } = contribution;
    const others = [...sofar].filter(([other]) => other !== datanetId).map(([, index]) => index);
    for (const example of examples) {
      if (kind === "quality") sofar.get(datanetId)!.add(example);
      else if (own.get(datanetId)!.has(example) || others.some((index) => index.has(example))) continue;
      else if (known.add(example) === undefined) kept.push({ example, contributionId });
    }
  }
  return kept;
}

function indexOf(examples: readonly Example[]) {
  const index = createDuplicateIndex();
  for (const example of examples) index.add(example);
  return index;
}
