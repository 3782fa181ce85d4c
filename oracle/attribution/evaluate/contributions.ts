import { trainingRows } from "../../data/duplicates/trainingRows.ts";
import type { Example } from "../../data/example.ts";
import { groupBySubject } from "../../data/scenario/groupBySubject.ts";
import type { Behaviour, Scenario } from "../../data/scenario/scenario.ts";
import type { Inputs, LabelledRows } from "../../model/rows.ts";

/** A training set that many contributors made together, in the form that models read: what operators train on. */
export interface Contributions {
  /** `unknown` outside of scenarios. */
  readonly contributors: readonly { readonly name: string; readonly behaviour: Behaviour | "unknown" }[];
  /** The contributor of each contribution, in the order of registration. */
  readonly contributorOf: Int32Array;
  /** Examples that each contribution registered. */
  readonly examples: Int32Array;
  /** What is left of them without repetitions. */
  readonly training: LabelledRows;
  /** The contribution of each training row. */
  readonly contributionOfRow: Int32Array;
  readonly quality: LabelledRows;
}

/** Contributions, and the examples that their training rows were made from. */
export interface ContributedExamples {
  readonly contributions: Contributions;
  readonly training: readonly Example[];
}

/**
 * Registers what a scenario's contributors hold as the product does: a contribution per contributor and label, in the order of the contributors, and
 * of what repeats earlier rows or the quality data nothing is trained on.
 *
 * @param labels the data set's, in the order of the classes @param toInputs how this kind of examples is read
 */
export function contributionsOf(
  scenario: Scenario,
  labels: readonly string[],
  toInputs: (examples: readonly Example[]) => Inputs,
): ContributedExamples {
  const { contributors, quality } = scenario;
  const registered = contributors.flatMap(({ examples }, contributor) =>
    groupBySubject(examples).map((part) => ({ contributor, examples: part.examples })),
  );
  const all = registered.flatMap(({ examples }) => examples);
  const contributionOf = registered.flatMap(({ examples }, contribution) => examples.map(() => contribution));
  const kept = trainingRows(all, quality);
  const training = kept.map((row) => all[row]!);
  return {
    training,
    contributions: {
      contributors: contributors.map(({ name, behaviour }) => ({ name, behaviour })),
      contributorOf: Int32Array.from(registered, ({ contributor }) => contributor),
      examples: Int32Array.from(registered, ({ examples }) => examples.length),
      training: labelled(training, labels, toInputs),
      contributionOfRow: Int32Array.from(kept, (row) => contributionOf[row]!),
      quality: labelled(quality, labels, toInputs),
    },
  };
}

/** The contributor of each training row. */
export function contributorsOfRows({ contributorOf, contributionOfRow }: Contributions): Int32Array {
  return contributionOfRow.map((contribution) => contributorOf[contribution]!);
}

/** Values of the contributions summed for each contributor. */
export function sumByContributor(
  { contributors, contributorOf }: Pick<Contributions, "contributors" | "contributorOf">,
  values: ArrayLike<number>,
): Float64Array {
  const sums = new Float64Array(contributors.length);
  for (const [contribution, contributor] of contributorOf.entries()) sums[contributor]! += values[contribution]!;
  return sums;
}

/** Examples as rows, their labels as class numbers. */
export function labelled(
  examples: readonly Example[],
  labels: readonly string[],
  toInputs: (examples: readonly Example[]) => Inputs,
): LabelledRows {
  const classOf = new Map(labels.map((label, index) => [label, index]));
  return { inputs: toInputs(examples), labels: Int32Array.from(examples, ({ label }) => classOf.get(label)!) };
}
