import { createDuplicateIndex } from "./duplicates/findDuplicates.ts";
import type { Example } from "./example.ts";
import { lookAlikes } from "./labels.ts";
import { normaliseText } from "./normaliseText.ts";

/** What somebody should know of examples before they are registered. */
export interface Preview {
  readonly examples: number;
  /** Labels with their examples, the most frequent first. */
  readonly labels: readonly { readonly label: string; readonly examples: number }[];
  /** Examples that nothing will be trained on, because an earlier one is the same or nearly the same. */
  readonly repetitions: {
    /** Of an earlier example of the file. */
    readonly inFile: number;
    /** Of what was contributed before. */
    readonly contributed: number;
  };
  /** One text under several labels. */
  readonly conflicts: readonly { readonly text: string; readonly labels: readonly string[] }[];
  /** Labels that people would take for one. */
  readonly lookAlikes: readonly (readonly string[])[];
}

/**
 * @param contributed what the Datanet holds, quality data first: it is compared as operators compare
 */
export function previewOf(examples: readonly Example[], contributed: readonly Example[]): Preview {
  const counts = new Map<string, number>();
  for (const { label } of examples) counts.set(label, (counts.get(label) ?? 0) + 1);
  const labels = [...counts]
    .map(([label, count]) => ({ label, examples: count }))
    .sort((a, b) => b.examples - a.examples || (a.label < b.label ? -1 : 1));
  return {
    examples: examples.length,
    labels,
    repetitions: repetitionsOf(examples, contributed),
    conflicts: conflictsIn(examples),
    lookAlikes: lookAlikes([...counts.keys()]),
  };
}

function repetitionsOf(examples: readonly Example[], contributed: readonly Example[]): Preview["repetitions"] {
  const index = createDuplicateIndex();
  for (const example of contributed) index.add(example);
  const originals = examples.flatMap((example) => index.add(example)?.original ?? []);
  const before = originals.filter((original) => original < contributed.length).length;
  return { inFile: originals.length - before, contributed: before };
}

function conflictsIn(examples: readonly Example[]): Preview["conflicts"] {
  const labelsOf = new Map<string, { text: string; labels: Set<string> }>();
  for (const example of examples) {
    if (example.kind !== "text") continue;
    const key = normaliseText(example.input);
    const known = labelsOf.get(key) ?? { text: example.input, labels: new Set() };
    labelsOf.set(key, known);
    known.labels.add(example.label);
  }
  return [...labelsOf.values()]
    .filter(({ labels }) => labels.size > 1)
    .map(({ text, labels }) => ({ text, labels: [...labels] }));
}
