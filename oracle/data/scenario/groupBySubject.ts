import type { Example } from "../example.ts";

/** What becomes one contribution: examples of one contributor on one subject. */
export interface Part {
  /** The subject: the label that the contributor claims. */
  readonly label: string;
  readonly examples: readonly Example[];
}

/** A contributor's examples as parts, ordered by label (code units), the examples of a part in their order. */
export function groupBySubject(examples: readonly Example[]): Part[] {
  const byLabel = new Map<string, Example[]>();
  for (const example of examples) {
    const part = byLabel.get(example.label);
    if (part) part.push(example);
    else byLabel.set(example.label, [example]);
  }
  const labels = [...byLabel.keys()].sort();
  return labels.map((label) => ({ label, examples: byLabel.get(label)! }));
}
