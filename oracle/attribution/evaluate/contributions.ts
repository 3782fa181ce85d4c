import type { Example } from "../../data/example.ts";
import type { Behaviour, Scenario } from "../../data/scenario/scenario.ts";
import type { Inputs, LabelledRows } from "../../model/rows.ts";

/** A training set that many contributors made together, in the form that models read. */
export interface Contributions {
  /** `unknown` outside of scenarios. */
  readonly contributors: readonly { readonly name: string; readonly behaviour: Behaviour | "unknown" }[];
  readonly training: LabelledRows;
  /** The contributor of each training row. */
  readonly contributorOfRow: Int32Array;
  readonly quality: LabelledRows;
}

/** @param labels the data set's, in the order of the classes @param toInputs how this kind of examples is read */
export function contributionsOf(
  scenario: Scenario,
  labels: readonly string[],
  toInputs: (examples: readonly Example[]) => Inputs,
): Contributions {
  const { contributors } = scenario;
  return {
    contributors: contributors.map(({ name, behaviour }) => ({ name, behaviour })),
    training: labelled(
      contributors.flatMap(({ examples }) => examples),
      labels,
      toInputs,
    ),
    contributorOfRow: Int32Array.from(contributors.flatMap(({ examples }, c) => examples.map(() => c))),
    quality: labelled(scenario.quality, labels, toInputs),
  };
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
