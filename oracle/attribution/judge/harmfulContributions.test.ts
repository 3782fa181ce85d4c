import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hashNgramsBatch } from "../../data/hashedNgrams.ts";
import type { LabelledRows } from "../../model/rows.ts";
import { randomStream } from "../../numerics/random.ts";
import { type ContributedRows, harmfulContributions } from "./harmfulContributions.ts";
import { MEASURED_HARM_RULE as RULE } from "./harmRule.ts";
import { foldsOf } from "./qualityFolds.ts";

const LABELS = 6;
/** Words that belong to one label, and words that all of them use. */
const OWN = Array.from({ length: LABELS }, (_, label) => Array.from({ length: 12 }, (_, w) => `l${label}w${w}`));
const COMMON = Array.from({ length: 30 }, (_, w) => `common${w}`);

/** Texts of three words of their label and four that say nothing. */
function texts(labels: readonly number[], seed: number): string[] {
  const random = randomStream(seed, 3);
  const pick = (words: readonly string[]) => words[random.below(words.length)]!;
  return labels.map((label) =>
    [...Array.from({ length: 3 }, () => pick(OWN[label]!)), ...Array.from({ length: 4 }, () => pick(COMMON))].join(" "),
  );
}

function rowsOf(truth: readonly number[], stated: readonly number[], seed: number): LabelledRows {
  return { inputs: { kind: "bags", ...hashNgramsBatch(texts(truth, seed)) }, labels: Int32Array.from(stated) };
}

/** @param truthOf what the row of a label truly is of */
const qualityOf = (
  perLabel: number,
  seed: number,
  truthOf: (label: number, row: number) => number = (label) => label,
) => {
  const stated = Array.from({ length: LABELS * perLabel }, (_, row) => row % LABELS);
  return rowsOf(stated.map(truthOf), stated, seed);
};

/** A contribution for each label, of so many rows that truly are of the label `shift` further. */
function contributed(rows: number, shift: number, seed: number) {
  const stated = Array.from({ length: LABELS * rows }, (_, row) => Math.floor(row / rows));
  return {
    rows: rowsOf(
      stated.map((label) => (label + shift) % LABELS),
      stated,
      seed,
    ),
    contributionOfRow: Int32Array.from(stated),
    contributions: LABELS,
  };
}

/** By the measured rule. */
const harmful = (quality: LabelledRows, rows: ContributedRows) => harmfulContributions(quality, rows, RULE);

const every = Array.from({ length: LABELS }, (_, label) => label);
const seeds = fc.nat(100_000);
const SOME = { numRuns: 12 };

describe("harmful contributions", () => {
  it("are never those whose rows come from where the quality rows come from", () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 5, max: 16 }), fc.integer({ min: 1, max: 12 }), (seed, perLabel, rows) => {
        expect(harmful(qualityOf(perLabel, seed), contributed(rows, 0, seed + 1))).toEqual([]);
      }),
      SOME,
    );
  });

  it("are those whose labels are all wrong, from five quality rows a label on", () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: LABELS - 1 }), (seed, shift) => {
        const found = harmful(qualityOf(5, seed), contributed(12, shift, seed + 1));
        expect(found).toEqual(every);
      }),
      SOME,
    );
  });

  it("are none of few rows, however wrong", () => {
    const quality = qualityOf(16, 1);
    expect(harmful(quality, contributed(RULE.fewestRows - 1, 1, 2))).toEqual([]);
    expect(harmful(quality, contributed(RULE.fewestRows, 1, 2))).toEqual(every);
  });

  it("are fewer, the lower the tolerance and the more rows are asked for", () => {
    const quality = qualityOf(8, 1);
    const rows = contributed(9, 1, 2);
    expect(harmfulContributions(quality, rows, { ...RULE, fewestRows: 10 })).toEqual([]);
    expect(harmfulContributions(quality, rows, { ...RULE, fewestRows: 9 })).toEqual(every);
    fc.assert(
      fc.property(seeds, fc.nat(2_000), fc.integer({ min: 5, max: 9 }), (seed, toleranceBps, judges) => {
        const given = contributed(9, 1 + (seed % 2), seed);
        const by = (rule: Partial<typeof RULE>) => harmfulContributions(quality, given, { ...RULE, ...rule });
        const [lenient, strict] = [by({ toleranceBps, judges }), by({ judges })];
        expect(strict).toEqual(expect.arrayContaining(lenient));
      }),
      SOME,
    );
  });

  it("are not found by one fold alone, whatever is in it", () => {
    const folds = foldsOf(qualityOf(10, 1).labels, RULE.judges);
    fc.assert(
      fc.property(seeds, fc.nat(RULE.judges - 1), fc.integer({ min: 1, max: LABELS - 1 }), (seed, captured, shift) => {
        const quality = qualityOf(10, seed, (label, row) =>
          folds[row] === captured ? (label + shift) % LABELS : label,
        );
        expect(harmful(quality, contributed(8, 0, seed + 1))).toEqual([]);
      }),
      SOME,
    );
  });

  it("are none where the quality set says nothing: of other labels, of one label, or of rows that resemble none of its", () => {
    const wrong = contributed(8, 1, 2);
    const quality = qualityOf(8, 1);
    for (const labels of [quality.labels.map((label) => label + LABELS), quality.labels.map(() => 0)]) {
      expect(harmful({ ...quality, labels }, wrong)).toEqual([]);
    }
    const strange = hashNgramsBatch(Array.from({ length: 8 * LABELS }, () => "ħ"));
    const unlike = { ...wrong, rows: { ...wrong.rows, inputs: { kind: "bags" as const, ...strange } } };
    expect(harmful(quality, unlike)).toEqual([]);
  });

  it("do not depend on what else was contributed, nor on rows of other Datanets", () => {
    const quality = qualityOf(5, 3);
    const { rows, contributionOfRow } = contributed(8, 2, 4);
    const others = contributionOfRow.map((contribution) => (contribution < 3 ? contribution : -1));
    expect(harmful(quality, { rows, contributionOfRow: others, contributions: 4 })).toEqual([0, 1, 2]);
  });

  it("are found among images", () => {
    const random = randomStream(5, 1);
    const image = (label: number) =>
      Array.from({ length: 36 }, (_, pixel) => Number(Math.floor(pixel / 6) === label) + 0.3 * random.uniform());
    const of = (truth: readonly number[], stated: readonly number[]): LabelledRows => ({
      inputs: { kind: "dense", width: 36, values: Float32Array.from(truth.flatMap(image)) },
      labels: Int32Array.from(stated),
    });
    const stated = Array.from({ length: 60 }, (_, row) => row % LABELS);
    const owner = Int32Array.from(stated, (label) => label);
    const wrong = stated.map((label) => (label < 2 ? (label + 3) % LABELS : label));
    const found = harmful(of(stated.slice(0, 30), stated.slice(0, 30)), {
      rows: of(wrong, stated),
      contributionOfRow: owner,
      contributions: LABELS,
    });
    expect(found).toEqual([0, 1]);
  });
});
