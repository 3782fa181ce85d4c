import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { requireCertificateOf } from "../attribution/evaluate/certificate.ts";
import { defaultScheme } from "../attribution/scheme.ts";
import { InputError } from "../common/errors.ts";
import { textExample } from "../data/example.ts";
import { NGRAM_BUCKETS } from "../data/hashedNgrams.ts";
import { parseRecipe } from "../model/recipe.ts";
import { trainMember } from "../model/train.ts";
import { createWasmKernels } from "../numerics/wasmKernels.ts";
import { certifyVersion, type TrainedVersion } from "./certify.ts";
import { versionData } from "./versionData.ts";
import type { Plan } from "./versionFiles.ts";

const folder = mkdtempSync(join(tmpdir(), "certify-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const labels = ["cold", "heat", "rain"];
const words = { cold: ["ice", "snow", "frost"], heat: ["sun", "fire", "summer"], rain: ["cloud", "wet", "umbrella"] };
const sentence = (n: number) => {
  const label = labels[n % 3] as keyof typeof words;
  return textExample(`${words[label][n % 2]} and ${words[label][(n + 1) % 3]} number${n}`, label);
};
const sentences = (first: number, count: number) => Array.from({ length: count }, (_, i) => sentence(first + i));

/** Each contributor registers two contributions of six examples. */
function trained(contributors: number): TrainedVersion {
  const plan: Plan = {
    ...{ format: "openledger-plan/1", encoding: "hashed-ngrams/1", labels, parentVersionId: null },
    recipe: parseRecipe({
      format: "openledger-recipe/1",
      input: { kind: "bags", buckets: NGRAM_BUCKETS },
      layers: [{ kind: "embeddingBag", dimension: 4 }],
      optimizer: { kind: "adam", learningRate: 0.05 },
      ...{ classes: 3, epochs: 2, batch: 32, seed: 1, members: 1 },
    }),
  };
  const contributed = Array.from({ length: 2 * contributors }, (_, c) => ({
    contribution: {
      ...{ contributionId: BigInt(c + 1), submissionId: BigInt(c + 1), datanetId: 1n, part: 0, kind: "train" as const },
      ...{ contentRoot: "", examples: 6, contributor: `0x${c >> 1}`, sponsor: "", uri: "", revokedFrom: undefined },
    },
    examples: sentences(6 * c, 6),
  }));
  const quality = [
    { contribution: { ...contributed[0]!.contribution, kind: "quality" as const }, examples: sentences(900, 9) },
  ];
  const data = versionData(plan, [1n], contributed, quality);
  const models = [trainMember(createWasmKernels, plan.recipe, data.training.rows, 0)];
  return { plan, scheme: defaultScheme("text"), models, contributed, data };
}

describe("certifying a version", () => {
  it("refuses versions without test examples, with few contributors, and too few coalitions", async () => {
    const version = trained(6);
    const options = { coalitions: 30, folder };
    const strange = [textExample("something", "unknown label")];
    await expect(certifyVersion(version, strange, options)).rejects.toThrow(InputError);
    await expect(certifyVersion(trained(4), sentences(700, 9), options)).rejects.toThrow("more contributors");
    await expect(certifyVersion(version, sentences(700, 9), { ...options, coalitions: 13 })).rejects.toThrow(
      "number of coalitions",
    );
  });

  it("measures the version's own contributors and binds the certificate to its recipe, scheme and weights", async () => {
    const version = trained(6);
    const certificate = await certifyVersion(version, sentences(700, 30), { coalitions: 40, folder });
    const { contributors } = certificate.study;
    expect(contributors.map(({ name }) => name)).toEqual(Array.from({ length: 6 }, (_, c) => `0x${c}`));
    // Repetitions were left out of the training; what remains belongs to its contributors.
    expect(contributors.reduce((sum, { rows }) => sum + rows, 0)).toBe(version.data.training.rows.labels.length);
    expect(certificate.study.accuracy).toBeGreaterThan(0.5);
    const { plan, scheme, models } = version;
    expect(() => requireCertificateOf(certificate, { recipe: plan.recipe, scheme, models })).not.toThrow();
    expect(() => requireCertificateOf(certificate, { recipe: plan.recipe, scheme, models: trained(7).models })).toThrow(
      "measured on another version",
    );
  });
});
