import { describe, expect, it } from "vitest";
import { parseRecipe } from "../model/recipe.ts";
import type { LabelledRows } from "../model/rows.ts";
import { trainVersion } from "../model/trainVersion.ts";
import { randomStream } from "../numerics/random.ts";
import { buildIndex, queryFeatures } from "./buildIndex.ts";
import { IndexInputError } from "./errors.ts";
import { parseScheme } from "./scheme.ts";

const recipe = parseRecipe({
  format: "openledger-recipe/1",
  input: { kind: "dense", width: 6 },
  layers: [{ kind: "dense", units: 16 }],
  classes: 3,
  optimizer: { kind: "adam", learningRate: 0.02 },
  epochs: 20,
  batch: 16,
  seed: 3,
  members: 2,
});
const scheme = parseScheme({ method: "kernel-operator/1", numerics: "ieee-sequential/1", rank: 32 });

const ROWS = 150;

/** Three Gaussian clusters; `wrong` rows carry the next class's label. */
function clusters(count: number, seed: number, wrong: (row: number) => boolean = () => false): LabelledRows {
  const stream = randomStream(seed, 0);
  const values = new Float32Array(count * 6);
  const labels = new Int32Array(count);
  for (let row = 0; row < count; row++) {
    const cluster = row % 3;
    for (let j = 0; j < 6; j++) values[row * 6 + j] = stream.normal() * 0.7 + (j % 3 === cluster ? 2 : 0);
    labels[row] = wrong(row) ? (cluster + 1) % 3 : cluster;
  }
  return { inputs: { kind: "dense", values, width: 6 }, labels };
}

type Built = Awaited<ReturnType<typeof buildOf>>;
const built = new Map<string, Promise<Built>>();

/** One build per set of arguments for the whole file. */
function indexOf(contributions: number, workers: number, kernels: "wasm" | "plain" = "wasm"): Promise<Built> {
  const key = `${contributions} ${workers} ${kernels}`;
  const existing = built.get(key);
  if (existing !== undefined) return existing;
  const started = buildOf(contributions, workers, kernels);
  built.set(key, started);
  return started;
}

async function buildOf(contributions: number, workers: number, kernels: "wasm" | "plain") {
  const contributionOfRow = Int32Array.from({ length: ROWS }, (_, row) => Math.floor(row / 3) % contributions);
  const rows = clusters(ROWS, 1, (row) => contributionOfRow[row] === 0);
  const { models } = await trainVersion(recipe, rows, { workers, kernels });
  const quality = clusters(30, 2);
  const training = { rows, contributionOfRow, contributions };
  const index = await buildIndex(scheme, recipe, models, training, [quality], { workers, kernels });
  const version = { scheme, recipe, models, training: rows, projections: index.projections };
  const psi = await queryFeatures(version, clusters(30, 4), { workers, kernels });
  return { index, psi, rows, models, quality };
}

function scores(psi: ArrayLike<number>, k: number, features: Int8Array, scales: Uint32Array): number[] {
  return Array.from(scales, (scale, c) => {
    let sum = 0;
    for (let j = 0; j < k; j++) sum += psi[j]! * features[c * k + j]!;
    return sum * scale;
  });
}

describe("an attribution index", () => {
  it.each([20, 50])(
    "judges mislabelled data as harmful and honest data as helpful (%i contributions)",
    async (count) => {
      const { index } = await indexOf(count, 1);
      expect(index.k).toBe(32);
      const quality = scores(index.qualities[0]!, index.k, index.features, index.scales);
      expect(quality[0]).toBeLessThan(0);
      const honest = quality.slice(1).filter((value) => value > 0).length;
      expect(honest / (count - 1)).toBeGreaterThan(0.9);
    },
  );

  it.each([20, 50])("has the same bytes whatever the workers and the kernels (%i contributions)", async (count) => {
    const one = await indexOf(count, 1);
    for (const [workers, kernels] of [
      [2, "wasm"],
      [4, "plain"],
    ] as const) {
      const other = await indexOf(count, workers, kernels);
      expect(other.index).toEqual(one.index);
      expect(other.psi).toEqual(one.psi);
    }
  });

  it("explains a query by the same numbers as its share of the quality functional", async () => {
    const { index, psi } = await indexOf(20, 1);
    expect(psi).toHaveLength(30 * 32);
    const columns = Array.from({ length: 30 }, (_, q) => psi.subarray(q * 32, (q + 1) * 32));
    // With no more contributions than columns, column c is contribution c: the others are unused.
    for (const column of columns) expect([...column.subarray(20)].every((value) => value === 0)).toBe(true);
    expect([...index.features].filter((value) => value !== 0)).toEqual(new Array(20).fill(127));
  });

  it("finds what harms and what helps where its quality set wants it to", async () => {
    const { index } = await indexOf(20, 1);
    const [G] = index.qualities as [Int16Array];
    expect(Math.max(...[...G].map(Math.abs))).toBe(32767);
    const [wrong, ...right] = scores(G, index.k, index.features, index.scales);
    expect(wrong).toBeLessThan(0);
    expect(right.filter((value) => value > 0).length / right.length).toBeGreaterThan(0.8);
  });

  it("judges every Datanet by its own rows, however many another has that say the opposite", async () => {
    const { index, rows, models, quality } = await indexOf(20, 1);
    const training = {
      rows,
      contributionOfRow: Int32Array.from({ length: ROWS }, (_, row) => Math.floor(row / 3) % 20),
      contributions: 20,
    };
    const hostile = clusters(90, 5, () => true);
    const both = await buildIndex(scheme, recipe, models, training, [quality, hostile, undefined]);
    expect(both.qualities[0]).toEqual(index.qualities[0]);
    expect(both.features).toEqual(index.features);
    const victims = scores(both.qualities[1]!, both.k, both.features, both.scales).slice(1);
    expect(victims.filter((value) => value < 0).length).toBeGreaterThan(10);
    expect(both.qualities[2]).toEqual(new Int16Array(32));
  });

  it("needs somebody who judges", async () => {
    const { rows, models } = await indexOf(20, 1);
    const training = { rows, contributionOfRow: new Int32Array(ROWS), contributions: 1 };
    for (const sets of [[], [undefined]]) {
      await expect(buildIndex(scheme, recipe, models, training, sets)).rejects.toThrow(/quality sets are empty/u);
    }
  });

  it("names the row whose contribution does not exist", async () => {
    const { rows, models, quality } = await indexOf(20, 1);
    const contributionOfRow = new Int32Array(ROWS);
    contributionOfRow[7] = 20;
    const training = { rows, contributionOfRow, contributions: 20 };
    await expect(buildIndex(scheme, recipe, models, training, [quality])).rejects.toThrow(
      new IndexInputError("training row 7 belongs to contribution 20: -1 to 19 exist"),
    );
  });

  it("reports which kernel failed and what to do when the rows give no gradient", async () => {
    const { rows, models, quality } = await indexOf(20, 1);
    const nothing = models.map((weights) =>
      weights.map(({ name, shape, values }) => ({
        name,
        shape,
        values: name === "classifier.weight" ? values.map(() => 0) : values,
      })),
    );
    const training = { rows, contributionOfRow: new Int32Array(ROWS), contributions: 1 };
    await expect(buildIndex(scheme, recipe, nothing, training, [quality])).rejects.toThrow(
      /layer "layers.0" has trace 0/u,
    );
  });
});
