import { describe, expect, it } from "vitest";
import { lastTokenRow, sequencesOf } from "../model/sequences.ts";
import { NO_LABEL, rowCount, RowsError, selectRows } from "../model/rows.ts";
import { smallModels, smallTransformers, tokenRows } from "../model/testing/smallModels.ts";
import { trainMember } from "../model/train.ts";
import { createWasmKernels } from "../numerics/wasmKernels.ts";
import { trainVersion } from "../model/trainVersion.ts";
import { buildIndex, queryFeatures } from "./buildIndex.ts";
import { documentScores } from "./explainToken.ts";
import { pearson } from "./evaluate/statistics.ts";
import { fitMember } from "./fitMember.ts";
import { parseScheme } from "./scheme.ts";
import { createSequenceInfluence } from "./sequenceInfluence.ts";

describe.each(smallTransformers())("influence in a $name", ({ recipe, rows, start }) => {
  const weights = trainMember(createWasmKernels, recipe, rows, 0, { ...(start && { start }) });
  const influence = createSequenceInfluence(createWasmKernels, recipe, weights, rows, 0.3);
  const { classes, input } = recipe;
  const length = input.kind === "tokens" ? input.length : 0;
  const queries = tokenRows(5, classes, length, 77);
  const n = rowCount(rows.inputs);

  it("of a sequence is the sum of its tokens' influence", () => {
    const all = Array.from({ length: n }, (_, row) => row);
    const sequences = influence.sequences(queries);
    const largest = Math.max(...sequences.map(Math.abs));
    for (const q of [0, 2]) {
      const tokens = influence.tokens(selectRows(queries, [q]), all);
      for (const row of all) {
        const sum = tokens.subarray(row * length, (row + 1) * length).reduce((total, value) => total + value, 0);
        expect(Math.abs(sum - sequences[q * n + row]!) / largest).toBeLessThan(2e-4);
      }
    }
  });

  it("is zero for the positions of a sequence after its last token", () => {
    const tokens = influence.tokens(selectRows(queries, [1]), [2, 5]);
    for (const [i, row] of [2, 5].entries()) {
      for (let t = 0; t < length; t++) {
        const judged = rows.labels[row * length + t] !== NO_LABEL;
        expect(tokens[i * length + t]! !== 0, `position ${t}`).toBe(judged);
      }
    }
  });

  it("is largest on a sequence for that sequence itself", () => {
    const sequences = influence.sequences(rows);
    let first = 0;
    for (let row = 0; row < n; row++) {
      const own = sequences.subarray(row * n, (row + 1) * n);
      if (Math.max(...own) === own[row]) first++;
    }
    expect(first / n).toBeGreaterThan(0.8);
  });
});

describe("sequence influence", () => {
  it("refuses models of other inputs, and several queries where it explains one", () => {
    const { recipe, rows } = smallModels()[0]!;
    const weights = trainMember(createWasmKernels, recipe, rows, 0);
    expect(() => createSequenceInfluence(createWasmKernels, recipe, weights, rows, 0.3)).toThrow(RowsError);
    const [small] = smallTransformers();
    const model = trainMember(createWasmKernels, small!.recipe, small!.rows, 0);
    const influence = createSequenceInfluence(createWasmKernels, small!.recipe, model, small!.rows, 0.3);
    expect(() => influence.tokens(small!.rows, [0])).toThrow(/one query at a time/u);
  });
});

describe("documents", () => {
  it("are cut into sequences whose labels are the tokens that follow", () => {
    const { rows, documentOfRow } = sequencesOf(
      [Int32Array.of(1, 2, 3, 4, 5, 6), Int32Array.of(7), Int32Array.of(8, 9)],
      3,
    );
    expect(rows.inputs).toEqual({ kind: "tokens", length: 3, ids: Int32Array.of(1, 2, 3, 4, 5, 0, 8, 0, 0) });
    expect(rows.labels).toEqual(Int32Array.of(2, 3, 4, 5, 6, NO_LABEL, 9, NO_LABEL, NO_LABEL));
    expect(documentOfRow).toEqual(Int32Array.of(0, 0, 2));
  });

  it("give their last token with the context that fits", () => {
    const short = lastTokenRow(Int32Array.of(4, 5), 3);
    expect([short.inputs, short.labels]).toEqual([
      { kind: "tokens", length: 3, ids: Int32Array.of(4, 0, 0) },
      Int32Array.of(5, NO_LABEL, NO_LABEL),
    ]);
    const long = lastTokenRow(Int32Array.of(1, 2, 3, 4, 5), 3);
    expect([long.inputs, long.labels]).toEqual([
      { kind: "tokens", length: 3, ids: Int32Array.of(2, 3, 4) },
      Int32Array.of(NO_LABEL, NO_LABEL, 5),
    ]);
    expect(() => lastTokenRow(Int32Array.of(1), 3)).toThrow(RangeError);
  });
});

describe("an attribution index of documents", () => {
  const { recipe, rows, start } = smallTransformers()[2]!;
  const documentOfRow = Int32Array.from({ length: rowCount(rows.inputs) }, (_, row) => row % 10);
  const training = { rows, contributionOfRow: documentOfRow, contributions: 10 };
  const quality = tokenRows(6, recipe.classes, 8, 55);
  const scheme = parseScheme({ method: "kernel-operator/1", numerics: "ieee-sequential/1", rank: 32 });

  it("is close to that of landmark sequences that are all sequences", () => {
    const weights = trainMember(createWasmKernels, recipe, rows, 0, { start: start! });
    const landmarks = parseScheme({ ...scheme, exactRows: 5, landmarks: 40 });
    const [exact, approximate] = [scheme, landmarks].map((by) =>
      fitMember(createWasmKernels, by, recipe, weights, training, 32).influence(quality),
    );
    expect(pearson(exact!, approximate!)).toBeGreaterThan(0.999);
  });

  it("has the same bytes with 1 and 2 threads, and features of a query that are its influence by document", async () => {
    const { models } = await trainVersion(recipe, rows, { start: [start!, start!] });
    const [one, two] = [
      await buildIndex(scheme, recipe, models, training, [quality]),
      await buildIndex(scheme, recipe, models, training, [quality], { workers: 2 }),
    ];
    expect(two).toEqual(one);
    expect(one.qualities[0]!.some((value) => value !== 0)).toBe(true);
    const version = { scheme, recipe, models, training: rows, projections: one.projections };
    const psi = await queryFeatures(version, quality);
    const expected = models.map((weights) => {
      const influence = createSequenceInfluence(createWasmKernels, recipe, weights, rows, scheme.damping);
      return documentScores(influence.sequences(quality), documentOfRow, 10);
    });
    const largest = Math.max(...expected[0]!.map(Math.abs));
    for (let q = 0; q < 6; q++) {
      for (let c = 0; c < 10; c++) {
        const mean = (expected[0]![q * 10 + c]! + expected[1]![q * 10 + c]!) / 2;
        expect(Math.abs(psi[q * 32 + c]! - mean) / largest).toBeLessThan(1e-4);
      }
    }
  });
});
