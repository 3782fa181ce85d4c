import type { LabelledRows } from "../../model/rows.ts";
import type { HarmRule } from "./harmRule.ts";
import { type LabelJudge, fitLabelJudge } from "./labelJudge.ts";
import { foldsOf } from "./qualityFolds.ts";
import { type JudgedInputs, similarityTo } from "./similarity.ts";

const BPS = 10_000;
/** Expected is the mean support of a label's held-out quality rows, as if so many more had supported nothing: few rows prove little. */
const DOUBTED_ROWS = 5;
/** Quality rows that a Datanet's judges learn from, of each label equally many at most: the first ones. */
const MOST_JUDGING_ROWS = 2_500;

/** Rows of contributions: those that a version is trained on. */
export interface ContributedRows {
  readonly rows: LabelledRows;
  /** Contribution of each row; below 0: of another Datanet. */
  readonly contributionOfRow: Int32Array;
  readonly contributions: number;
}

/**
 * The contributions of a Datanet whose labels are wrong by its quality set: by each of its judges, of whom each has learned the labels from
 * all folds of that set but one and from nothing else (docs/protocol.md §3). Depends on the arguments alone, bit for bit.
 *
 * @param quality the Datanet's own
 * @returns ascending
 */
export function harmfulContributions(quality: LabelledRows, contributed: ContributedRows, rule: HarmRule): number[] {
  if (quality.inputs.kind === "tokens") return [];
  const court = assemble(quality.inputs, quality.labels, rule.judges);
  if (court === undefined) return [];
  const inputs = contributed.rows.inputs as JudgedInputs;
  return rowsOfContributions(contributed).flatMap((rows, contribution) => {
    const judged = rows.flatMap((row) => {
      const label = court.classOf.get(contributed.rows.labels[row]!);
      return label === undefined ? [] : [{ row, label }];
    });
    if (judged.length < rule.fewestRows) return [];
    const known = judged.map(({ row, label }) => ({ similar: court.similarity(inputs, row), label }));
    return court.judges.every((judge) => isAgainst(judge, known, court.expected, rule)) ? [contribution] : [];
  });
}

/** The judges of a Datanet, and what is expected of right rows. */
function assemble(inputs: JudgedInputs, labels: Int32Array, count: number) {
  const names = [...new Set(labels)].sort((a, b) => a - b);
  if (names.length < 2) return undefined;
  const classOf = new Map(names.map((name, label) => [name, label]));
  const taken = firstOfEach(labels, Math.ceil(MOST_JUDGING_ROWS / names.length));
  const own = Int32Array.from(taken, (row) => classOf.get(labels[row]!)!);
  const toAll = similarityTo(inputs);
  const among = (similar: Float64Array) => Float64Array.from(taken, (row) => similar[row]!);
  const similarity = (of: JudgedInputs, row: number) => among(toAll(of, row));
  const similarities = taken.map((row) => similarity(inputs, row));
  const foldOf = foldsOf(own, count);
  const judges = Array.from({ length: count }, (_, fold) => {
    const rows = [...own.keys()].filter((row) => foldOf[row] !== fold);
    return fitLabelJudge(similarities, own, names.length, rows);
  });
  const expected = new Float64Array(names.length);
  const counts = new Int32Array(names.length);
  for (const [row, label] of own.entries()) {
    expected[label]! += judges[foldOf[row]!]!.support(similarities[row]!, label) ?? 0;
    counts[label]!++;
  }
  return { classOf, judges, similarity, expected: expected.map((sum, label) => sum / (counts[label]! + DOUBTED_ROWS)) };
}

interface KnownRow {
  readonly similar: Float64Array;
  readonly label: number;
}

function isAgainst(
  judge: LabelJudge,
  rows: readonly KnownRow[],
  expected: Float64Array,
  { fewestRows, toleranceBps }: HarmRule,
): boolean {
  let [given, wanted, count] = [0, 0, 0];
  for (const { similar, label } of rows) {
    const support = judge.support(similar, label);
    if (support === undefined) continue;
    given += support;
    wanted += expected[label]!;
    count++;
  }
  return count >= fewestRows && given < (toleranceBps / BPS) * wanted;
}

function rowsOfContributions({ contributionOfRow, contributions }: ContributedRows): number[][] {
  const rows: number[][] = Array.from({ length: contributions }, () => []);
  for (const [row, contribution] of contributionOfRow.entries()) if (contribution >= 0) rows[contribution]!.push(row);
  return rows;
}

function firstOfEach(labels: Int32Array, most: number): number[] {
  const counts = new Map<number, number>();
  return [...labels.keys()].filter((row) => {
    const before = counts.get(labels[row]!) ?? 0;
    counts.set(labels[row]!, before + 1);
    return before < most;
  });
}
