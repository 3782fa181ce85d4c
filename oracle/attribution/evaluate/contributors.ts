import type { Inputs, LabelledRows } from "../../model/rows.ts";
import { concatenateInputs, rowCount, selectInputs } from "../../model/rows.ts";
import { permutation, randomStream } from "../../numerics/random.ts";
import type { RandomStream } from "../../numerics/random.ts";

/** What a contributor of the study does. */
export type Behaviour =
  | "honest" // rows of all classes, true labels
  | "specialist" // rows of one or two classes, true labels, at most half of each class
  | "mislabelled30" // 30 % of the labels wrong
  | "mislabelled100" // every label wrong
  | "copier" // the rows of an honest contributor once more
  | "offDomain" // rows of another domain, random labels
  | "noise"; // random content, random labels

export interface Contributor {
  readonly behaviour: Behaviour;
  /** For a copier: whose rows. */
  readonly copies?: number;
}

/** A training set that many contributors made together. */
export interface Contributions {
  readonly contributors: readonly Contributor[];
  readonly training: LabelledRows;
  /** The contributor of each training row. */
  readonly contributorOfRow: Int32Array;
  /** Training rows of each contributor, ascending. */
  readonly rowsOf: readonly Int32Array[];
}

/** How many contributors behave how; 51 in all. */
export const BEHAVIOURS: readonly (readonly [Behaviour, number])[] = [
  ["honest", 30],
  ["specialist", 8],
  ["mislabelled30", 3],
  ["mislabelled100", 3],
  ["copier", 2],
  ["offDomain", 2],
  ["noise", 3],
];

export interface ContributionsSource {
  readonly training: LabelledRows;
  readonly classes: number;
  /** Rows of another domain. */
  readonly outside: Inputs;
  /** Makes rows of random content. */
  readonly noise: (rows: number, random: RandomStream) => Inputs;
}

/**
 * Splits a clean training set among contributors of {@link BEHAVIOURS}: every true row goes to exactly one of the honest, specialist or
 * mislabelling contributors; copiers, strangers and noise come on top with as many rows as an average contributor.
 */
export function createContributions(source: ContributionsSource, seed: number): Contributions {
  const { training, classes } = source;
  const contributors = BEHAVIOURS.flatMap(([behaviour, count]) =>
    Array.from({ length: count }, (): Contributor => ({ behaviour })),
  );
  const random = randomStream(seed, 0);
  const order = [...permutation(randomStream(seed, 1), training.labels.length)];
  const owners = contributors.flatMap(({ behaviour }, c) => (trueRows(behaviour) ? [c] : []));
  const share = Math.floor(training.labels.length / owners.length);

  const taken = new Uint8Array(training.labels.length);
  const rowsOf: number[][] = contributors.map(() => []);
  let nextClass = 0;
  for (const c of owners.filter((owner) => contributors[owner]!.behaviour === "specialist")) {
    while (rowsOf[c]!.length < share) {
      const free = order.filter((row) => training.labels[row] === nextClass % classes && !taken[row]);
      const half = Math.ceil(free.length / 2);
      for (const row of free.slice(0, Math.min(half, share - rowsOf[c]!.length))) {
        taken[row] = 1;
        rowsOf[c]!.push(row);
      }
      nextClass++;
    }
  }
  const generalists = owners.filter((owner) => contributors[owner]!.behaviour !== "specialist");
  const rest = order.filter((row) => !taken[row]);
  for (const [i, row] of rest.entries()) rowsOf[generalists[i % generalists.length]!]!.push(row);

  const otherLabel = (label: number): number => (label + 1 + random.below(classes - 1)) % classes;
  const blocks = contributors.map((contributor, c): { contributor: Contributor; rows: LabelledRows } => {
    const { behaviour } = contributor;
    if (behaviour === "copier") {
      const copies = contributors.slice(0, c).filter((other) => other.behaviour === "copier").length;
      return { contributor: { behaviour, copies }, rows: pick(training, rowsOf[copies]!) };
    }
    if (behaviour === "noise" || behaviour === "offDomain") {
      const labels = Int32Array.from({ length: share }, () => random.below(classes));
      const first = share * contributors.slice(0, c).filter((other) => other.behaviour === "offDomain").length;
      const outside = Array.from({ length: share }, (_, i) => (first + i) % rowCount(source.outside));
      const inputs = behaviour === "noise" ? source.noise(share, random) : selectInputs(source.outside, outside);
      return { contributor, rows: { inputs, labels } };
    }
    const rows = pick(training, rowsOf[c]!);
    const wrong = behaviour === "mislabelled100" ? 1 : behaviour === "mislabelled30" ? 0.3 : 0;
    const labels = rows.labels.map((label, i) => (i < wrong * rows.labels.length ? otherLabel(label) : label));
    return { contributor, rows: { inputs: rows.inputs, labels } };
  });

  const contributorOfRow = Int32Array.from(
    blocks.flatMap(({ rows }, c) => new Array<number>(rows.labels.length).fill(c)),
  );
  let next = 0;
  return {
    contributors: blocks.map(({ contributor }) => contributor),
    training: {
      inputs: concatenateInputs(blocks.map(({ rows }) => rows.inputs)),
      labels: Int32Array.from(blocks.flatMap(({ rows }) => [...rows.labels])),
    },
    contributorOfRow,
    rowsOf: blocks.map(({ rows }) => Int32Array.from(rows.labels, () => next++)),
  };
}

function trueRows(behaviour: Behaviour): boolean {
  return behaviour !== "copier" && behaviour !== "offDomain" && behaviour !== "noise";
}

function pick(rows: LabelledRows, indices: readonly number[]): LabelledRows {
  return { inputs: selectInputs(rows.inputs, indices), labels: Int32Array.from(indices, (i) => rows.labels[i]!) };
}
