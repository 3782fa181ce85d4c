import { canonicalJson, hashCanonicalJson } from "@openledger/protocol/canonicalJson.ts";
import type { Hash } from "@openledger/protocol/hex.ts";
import { z } from "zod";
import { ContentError } from "../../common/errors.ts";
import type { AnswersRecipe } from "../../model/answers/answersRecipe.ts";
import type { Recipe } from "../../model/recipe.ts";
import type { Weights } from "../../model/weights.ts";
import { weightsHash } from "../../model/weights.ts";
import { requireCanonicalBackend } from "../../numerics/backend/nativeLoaded.ts";
import type { PassagesScheme } from "../passages/passagesScheme.ts";
import type { Scheme } from "../scheme.ts";
import { schemeId } from "../scheme.ts";
import type { FidelityStudy } from "./fidelityStudy.ts";

const interval = z.strictObject({ estimate: z.number(), low: z.number(), high: z.number() });

const studySchema = z.strictObject({
  dataset: z.string(),
  recipe: z.string(),
  scheme: z.string(),
  models: z.array(z.string()),
  members: z.number().int(),
  coalitions: z.number().int(),
  accuracy: z.number(),
  fidelity: z.array(
    z.strictObject({
      mix: z.string(),
      pearson: interval,
      spearman: interval,
      ceiling: z.number(),
      corrected: interval,
    }),
  ),
  uniform: interval,
  oneClass: interval.optional(),
  quality: z.strictObject({ perRow: z.array(z.number()), rightCharged: interval, wrongCharged: interval }),
  contributors: z.array(
    z.strictObject({
      name: z.string(),
      behaviour: z.string(),
      examples: z.number().int(),
      rows: z.number().int(),
      score: z.number(),
      value: z.number(),
      share: z.number(),
    }),
  ),
});

const certificateSchema = z.strictObject({
  format: z.literal("openledger-certificate/1"),
  study: studySchema,
  /** Corrected fidelity on uniform queries in 1/10,000, 0 to 10,000: what the index attestation signs. */
  certificateBps: z.number().int().min(0).max(10_000),
});

/** What a version's scores are worth, as measured: a file that the version's manifest names. */
export type QualityCertificate = z.output<typeof certificateSchema>;

/**
 * States a study for the operators to sign.
 *
 * @throws AccessError in a process that has loaded native TensorFlow: nobody else would measure the same
 */
export function createCertificate(study: FidelityStudy): QualityCertificate {
  requireCanonicalBackend();
  return certificateSchema.parse({
    format: "openledger-certificate/1",
    study,
    certificateBps: basisPointsDown(study.uniform.estimate),
  });
}

/** The bytes of a certificate's file: canonical JSON. */
export function encodeCertificate(certificate: QualityCertificate): Uint8Array {
  return new TextEncoder().encode(canonicalJson(certificate));
}

/** keccak256 of the canonical JSON. */
export function certificateHash(certificate: QualityCertificate): Hash {
  return hashCanonicalJson(certificate);
}

/** @throws ContentError for what is no certificate, or one whose basis points are not those of its study */
export function parseCertificate(bytes: Uint8Array): QualityCertificate {
  const result = certificateSchema.safeParse(parseJson(bytes));
  if (!result.success) throw new ContentError(`not a quality certificate: ${z.prettifyError(result.error)}`);
  const { study, certificateBps } = result.data;
  const measured = basisPointsDown(study.uniform.estimate);
  if (certificateBps === measured) return result.data;
  throw new ContentError("a certificate states other basis points than its study", {
    value: certificateBps,
    limit: `${measured}, from a corrected fidelity of ${study.uniform.estimate}`,
  });
}

/**
 * Whether a certificate was measured on this version: with its recipe, its scheme and its very weights. What nobody can see from a file is
 * whether it was measured as it says; for that the study is repeated.
 *
 * @throws ContentError naming what belongs to another version
 */
export function requireCertificateOf(
  { study }: QualityCertificate,
  version: {
    readonly recipe: Recipe | AnswersRecipe;
    readonly scheme: Scheme | PassagesScheme;
    readonly models: readonly Weights[];
  },
): void {
  const claims = [
    ["recipe", study.recipe, hashCanonicalJson(version.recipe)],
    ["scheme", study.scheme, schemeId(version.scheme)],
    ["models", study.models.join(), version.models.map(weightsHash).join()],
  ] as const;
  for (const [what, claimed, actual] of claims) {
    if (claimed === actual) continue;
    throw new ContentError(`the certificate's ${what} are not the version's: it was measured on another version`, {
      value: claimed,
      limit: actual,
      remedy: "Publish the version with a certificate of its own, or without one.",
    });
  }
}

function basisPointsDown(fidelity: number): number {
  return Math.floor(10_000 * Math.min(1, Math.max(0, fidelity)));
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw new ContentError("a quality certificate cannot be read", { cause: error });
  }
}
