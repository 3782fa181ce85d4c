import { describe, expect, it } from "vitest";
import { ContentError } from "../../common/errors.ts";
import { initialWeights } from "../../model/initialWeights.ts";
import { architectureOf } from "../../model/architecture.ts";
import { recipeHash } from "../../model/recipe.ts";
import { smallModels } from "../../model/testing/smallModels.ts";
import { weightsHash } from "../../model/weights.ts";
import { parseScheme, schemeId } from "../scheme.ts";
import {
  certificateHash,
  createCertificate,
  encodeCertificate,
  parseCertificate,
  requireCertificateOf,
} from "./certificate.ts";
import type { FidelityStudy } from "./fidelityStudy.ts";

const { recipe } = smallModels()[0]!;
const scheme = parseScheme({ method: "kernel-operator/1", numerics: "ieee-sequential/1" });
const models = [0, 1].map((member) => initialWeights(recipe, architectureOf(recipe), member));
const exactly = (estimate: number) => ({ estimate, low: estimate - 0.1, high: estimate + 0.1 });
const study: FidelityStudy = {
  dataset: "shop",
  recipe: recipeHash(recipe),
  scheme: schemeId(scheme),
  models: models.map(weightsHash),
  members: 2,
  coalitions: 120,
  accuracy: 0.9,
  fidelity: [
    { mix: "uniform", pearson: exactly(0.9), spearman: exactly(0.8), ceiling: 0.95, corrected: exactly(0.947) },
  ],
  uniform: exactly(0.94739),
  oneClass: exactly(0.9),
  quality: { perRow: [1, -1], rightCharged: exactly(0), wrongCharged: exactly(1) },
  contributors: [
    { name: "a", behaviour: "honest", examples: 4, rows: 3, score: 1, value: 0.5, share: 1 },
    { name: "b", behaviour: "unknown", examples: 3, rows: 3, score: -1, value: -0.5, share: 0 },
  ],
};
const withUniform = (estimate: number) => createCertificate({ ...study, uniform: exactly(estimate) });

describe("a quality certificate", () => {
  it("is refused when it is no JSON, has other fields, or claims more than its study", () => {
    const certificate = createCertificate(study);
    const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
    expect(() => parseCertificate(Uint8Array.of(0xff))).toThrow(ContentError);
    expect(() => parseCertificate(bytes({ ...certificate, issuer: "me" }))).toThrow("not a quality certificate");
    expect(() => parseCertificate(bytes({ ...certificate, certificateBps: 9_900 }))).toThrow(
      "states other basis points than its study",
    );
  });

  it("is refused for a version of other weights, recipe or scheme", () => {
    const certificate = createCertificate(study);
    const version = { recipe, scheme, models };
    expect(() => requireCertificateOf(certificate, version)).not.toThrow();
    expect(() => requireCertificateOf(certificate, { ...version, models: models.toReversed() })).toThrow(/models/u);
    expect(() => requireCertificateOf(certificate, { ...version, recipe: { ...recipe, seed: 12 } })).toThrow(/recipe/u);
    expect(() => requireCertificateOf(certificate, { ...version, scheme: { ...scheme, damping: 9 } })).toThrow(
      /scheme/u,
    );
  });

  it("certifies the corrected fidelity rounded down, between 0 and 10,000 basis points", () => {
    expect(createCertificate(study).certificateBps).toBe(9_473);
    expect(withUniform(1.02).certificateBps).toBe(10_000);
    expect(withUniform(-0.1).certificateBps).toBe(0);
  });

  it("survives its file, and its hash covers every figure", () => {
    const certificate = createCertificate(study);
    expect(parseCertificate(encodeCertificate(certificate))).toEqual(certificate);
    expect(certificateHash(createCertificate({ ...study, coalitions: 122 }))).not.toBe(certificateHash(certificate));
  });
});
