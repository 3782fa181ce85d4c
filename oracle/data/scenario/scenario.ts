import type { RandomStream } from "../../numerics/random.ts";
import { permutation } from "../../numerics/random.ts";
import type { Dataset } from "../dataset.ts";
import { DataError } from "../errors.ts";
import type { Example } from "../example.ts";
import { gibberish, nearDuplicate, pick } from "./alter.ts";

/**
 * How a contributor behaves:
 * - `mixed`: right rows of all labels; `honest`: right rows of some labels; `specialist`: a large share of few labels;
 * - `mislabel-30`, `mislabel-100`: rows of some labels, that share of them under another of those labels;
 * - `copier`: another's rows word for word, registered later; `paraphraser`: another's rows, slightly changed;
 * - `off-domain`: rows that belong to none of the labels, under random ones; `spammer`: gibberish under random labels.
 */
export type Behaviour =
  | "mixed"
  | "honest"
  | "specialist"
  | "mislabel-30"
  | "mislabel-100"
  | "copier"
  | "paraphraser"
  | "off-domain"
  | "spammer";

export interface Contributor {
  /** Behaviour and number, unique in the scenario: "honest-03". */
  readonly name: string;
  readonly behaviour: Behaviour;
  readonly examples: readonly Example[];
  /** Whose rows were copied or changed. */
  readonly victim?: string;
}

export interface Scenario {
  /** In the order of registration: whoever copies comes after whom it copies. */
  readonly contributors: readonly Contributor[];
  readonly quality: readonly Example[];
  readonly test: readonly Example[];
}

export interface ScenarioOptions {
  /** Contributors of each behaviour. */
  readonly counts: Readonly<Record<Behaviour, number>>;
  /** Labels of every contributor except `mixed` and `specialist`. */
  readonly labelsEach: number;
  readonly labelsPerSpecialist: number;
  /** Share of a label's rows that the specialists in it hold together, 0 to 1. */
  readonly specialistShare: number;
  /** Rows of each `off-domain` contributor and each `spammer`. */
  readonly madeUpRows: number;
  /** Behaviours whose rows are copied and reworded. Default: `honest` and `mixed`. */
  readonly victims?: readonly Behaviour[];
  /**
   * Share of each label's training rows set aside where the data set has no quality rows, 0 to below 1; of a small label more,
   * as a few rows judge coarsely and none would let its data only harm: five, or a fifth of the label.
   */
  readonly qualityShare: number;
  /** Rows for the `off-domain` contributors, of another field. Default: the data set's own. */
  readonly offDomain?: readonly Example[];
}

const FEWEST_QUALITY_ROWS = 5;
/** Rows of a label for each quality row that is set aside beyond the share. */
export const ROWS_PER_QUALITY_ROW = 5;

/**
 * Divides a data set among contributors. Every training row that is not set aside for quality goes to exactly one of the
 * contributors with data of their own; the others copy, change or make up theirs. The seed of `random` decides,
 * and nothing else.
 *
 * @throws DataError `option-invalid` when a label would go to nobody, when there is nobody to copy from, or when there
 * are too few off-domain rows.
 */
export function createScenario(dataset: Dataset, options: ScenarioOptions, random: RandomStream): Scenario {
  const { quality, rowsByLabel } = setQualityAside(dataset, options.qualityShare, random);
  const owners = assignLabels([...rowsByLabel.keys()], options, random);
  const rowsOf = dealRows(rowsByLabel, owners, options.specialistShare);
  const withOwnData = owners.map((owner): Contributor => {
    const rows = shuffled(rowsOf.get(owner.name) ?? [], random);
    return { name: owner.name, behaviour: owner.behaviour, examples: mislabelled(owner, rows, random) };
  });
  const contributors = [
    ...withOwnData,
    ...offDomainContributors(dataset, options, random),
    ...spammers(dataset, options, random),
    ...imitators(withOwnData, options, random),
  ];
  return { contributors, quality, test: dataset.test };
}

interface Owner {
  readonly name: string;
  readonly behaviour: Behaviour;
  readonly labels: readonly string[];
}

function setQualityAside(dataset: Dataset, share: number, random: RandomStream) {
  const rowsByLabel = new Map<string, Example[]>();
  for (const example of dataset.train) {
    const rows = rowsByLabel.get(example.label);
    if (rows) rows.push(example);
    else rowsByLabel.set(example.label, [example]);
  }
  const quality = [...dataset.quality];
  for (const [label, rows] of rowsByLabel) {
    const order = shuffled(rows, random);
    const held = dataset.quality.length > 0 ? 0 : qualityRowsOf(order.length, share);
    quality.push(...order.slice(0, held));
    rowsByLabel.set(label, order.slice(held));
  }
  return { quality, rowsByLabel };
}

function qualityRowsOf(rows: number, share: number): number {
  if (share === 0) return 0;
  return Math.max(Math.floor(rows * share), Math.min(FEWEST_QUALITY_ROWS, Math.floor(rows / ROWS_PER_QUALITY_ROW)));
}

/** Labels go round in a shuffled circle, so that every label is held by about as many contributors as any other. */
function assignLabels(labels: readonly string[], options: ScenarioOptions, random: RandomStream): Owner[] {
  const circle = shuffled(labels, random);
  let next = 0;
  const take = (count: number) => {
    const size = Math.min(count, circle.length);
    const taken = Array.from({ length: size }, (_, i) => circle[(next + i) % circle.length]!);
    next = (next + size) % circle.length;
    return taken;
  };
  return [
    ...named("mixed", options).map((owner) => ({ ...owner, labels })),
    ...named("honest", options).map((owner) => ({ ...owner, labels: take(options.labelsEach) })),
    ...named("mislabel-30", options).map((owner) => ({ ...owner, labels: take(options.labelsEach) })),
    ...named("mislabel-100", options).map((owner) => ({ ...owner, labels: take(options.labelsEach) })),
    ...named("specialist", options).map((owner) => ({ ...owner, labels: take(options.labelsPerSpecialist) })),
  ];
}

/** Each label's rows: the specialists' share first, the rest one by one to the others. */
function dealRows(
  rowsByLabel: ReadonlyMap<string, readonly Example[]>,
  owners: readonly Owner[],
  specialistShare: number,
): Map<string, Example[]> {
  const rowsOf = new Map<string, Example[]>(owners.map(({ name }) => [name, []]));
  const deal = (rows: readonly Example[], to: readonly Owner[]) =>
    rows.forEach((row, i) => rowsOf.get(to[i % to.length]!.name)!.push(row));
  for (const [label, rows] of rowsByLabel) {
    const holders = owners.filter(({ labels }) => labels.includes(label));
    const specialists = holders.filter(({ behaviour }) => behaviour === "specialist");
    const others = holders.filter(({ behaviour }) => behaviour !== "specialist");
    if (holders.length === 0) {
      throw invalid(
        `nobody holds the label "${label}"`,
        "every label has a holder",
        "raise labelsEach or add a mixed contributor",
      );
    }
    const share = specialists.length === 0 ? 0 : others.length === 0 ? 1 : specialistShare;
    const cut = Math.floor(rows.length * share);
    if (specialists.length > 0) deal(rows.slice(0, cut), specialists);
    if (others.length > 0) deal(rows.slice(cut), others);
  }
  return rowsOf;
}

const WRONG_SHARE: Partial<Record<Behaviour, number>> = { "mislabel-30": 0.3, "mislabel-100": 1 };

/** The first rows (they come shuffled) up to the behaviour's share get another of the owner's labels. */
function mislabelled({ behaviour, labels }: Owner, rows: readonly Example[], random: RandomStream): Example[] {
  const wrong = Math.round(rows.length * (WRONG_SHARE[behaviour] ?? 0));
  return rows.map((row, i) => {
    if (i >= wrong) return row;
    const others = labels.filter((label) => label !== row.label);
    if (others.length === 0) throw invalid("one label to mislabel with", "at least two", "raise labelsEach");
    return { ...row, label: pick(others, random) };
  });
}

function offDomainContributors(dataset: Dataset, options: ScenarioOptions, random: RandomStream): Contributor[] {
  const owners = named("off-domain", options);
  const needed = owners.length * options.madeUpRows;
  const rows = shuffled(options.offDomain ?? dataset.offDomain, random);
  if (rows.length < needed) {
    throw invalid(
      `${rows.length} off-domain rows`,
      `${owners.length} contributors need ${needed}`,
      "pass rows of another field, or fewer contributors",
    );
  }
  return owners.map((owner, i) => {
    const labels = someLabels(dataset, options, random);
    const own = rows.slice(i * options.madeUpRows, (i + 1) * options.madeUpRows);
    return { ...owner, examples: own.map((row) => ({ ...row, label: pick(labels, random) })) };
  });
}

function spammers(dataset: Dataset, options: ScenarioOptions, random: RandomStream): Contributor[] {
  return named("spammer", options).map((owner) => {
    const labels = someLabels(dataset, options, random);
    const row = () => gibberish(dataset.train[0]!, pick(labels, random), random);
    return { ...owner, examples: Array.from({ length: options.madeUpRows }, row) };
  });
}

/** Copiers and paraphrasers, each of a victim of its own as long as there are honest contributors enough. */
function imitators(withOwnData: readonly Contributor[], options: ScenarioOptions, random: RandomStream): Contributor[] {
  const owners = [...named("copier", options), ...named("paraphraser", options)];
  const { victims: copied = ["honest", "mixed"] } = options;
  const victims = shuffled(
    withOwnData.filter(({ behaviour }) => copied.includes(behaviour)),
    random,
  );
  if (owners.length > 0 && victims.length === 0) {
    throw invalid("no honest contributor", "copiers and paraphrasers need a victim", "add honest contributors");
  }
  return owners.map((owner, i) => {
    const victim = victims[i % victims.length]!;
    const change = (row: Example) => (owner.behaviour === "paraphraser" ? nearDuplicate(row, random) : row);
    return { ...owner, victim: victim.name, examples: victim.examples.map(change) };
  });
}

function named(behaviour: Behaviour, options: ScenarioOptions): { name: string; behaviour: Behaviour }[] {
  return Array.from({ length: options.counts[behaviour] }, (_, i) => ({
    name: `${behaviour}-${String(i + 1).padStart(2, "0")}`,
    behaviour,
  }));
}

function someLabels(dataset: Dataset, options: ScenarioOptions, random: RandomStream): string[] {
  const first = random.below(dataset.labels.length);
  const count = Math.min(options.labelsEach, dataset.labels.length);
  return Array.from({ length: count }, (_, i) => dataset.labels[(first + i) % dataset.labels.length]!);
}

function shuffled<T>(items: readonly T[], random: RandomStream): T[] {
  return Array.from(permutation(random, items.length), (position) => items[position]!);
}

function invalid(value: string, limit: string, remedy: string): DataError {
  return new DataError({ code: "option-invalid", value, limit, remedy });
}
