import { beforeAll, describe, expect, it } from "vitest";
import { parseScheme } from "../attribution/scheme.ts";
import { selectRows } from "../model/rows.ts";
import { smallModels } from "../model/testing/smallModels.ts";
import type { VersionFingerprint, VersionWork } from "./versionFingerprint.ts";
import { fingerprintVersion } from "./versionFingerprint.ts";

/** More than the columns: the basis is fitted. */
const CONTRIBUTIONS = 40;

/** Four models, so that four workers have work; the last ten rows judge and are asked. Other networks: buildIndex.test.ts, train.test.ts. */
const works = smallModels()
  .filter(({ name }) => name === "perceptron" || name === "embedding bag")
  .map(({ name, recipe, rows }) => {
    const all = Array.from(rows.labels.keys());
    const quality = selectRows(rows, all.slice(-10));
    const training = {
      rows: selectRows(rows, all.slice(0, -10)),
      contributionOfRow: Int32Array.from({ length: all.length - 10 }, (_, row) => row % CONTRIBUTIONS),
      contributions: CONTRIBUTIONS,
    };
    const contributionIds = Array.from({ length: CONTRIBUTIONS }, (_, c) => BigInt(c + 1));
    const scheme = parseScheme({ method: "kernel-operator/1", numerics: "ieee-sequential/1", rank: 32 });
    const work: VersionWork = {
      recipe: { ...recipe, members: 4 },
      scheme,
      data: { training, datanets: [{ datanetId: 1n, contributionIds, quality }] },
      questions: quality.inputs,
    };
    return { name, work };
  });

describe.each(works)("what operators sign about a $name", ({ work }) => {
  let expected: VersionFingerprint;
  beforeAll(async () => {
    expected = await fingerprintVersion(work, { workers: 1, kernels: "wasm" });
  });

  it.each([
    { workers: 2, kernels: "wasm" },
    { workers: 4, kernels: "wasm" },
    { workers: 1, kernels: "plain" },
    { workers: 4, kernels: "plain" },
  ] as const)("is the same with $workers threads and the $kernels algebra", async (options) => {
    expect(await fingerprintVersion(work, options)).toEqual(expected);
  });

  it("is other for another seed", async () => {
    const other = { ...work, recipe: { ...work.recipe, seed: work.recipe.seed + 1 } };
    const fingerprint = await fingerprintVersion(other, { workers: 1, kernels: "wasm" });
    for (const name of ["weightsHash", "indexHash", "functionalHash"] as const) {
      expect(fingerprint[name]).not.toBe(expected[name]);
    }
  });
});
