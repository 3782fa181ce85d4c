import type { Json } from "@openledger/protocol/canonicalJson.ts";
import { hashCanonicalJson } from "@openledger/protocol/canonicalJson.ts";
import type { Hash } from "@openledger/protocol/hex.ts";
import type { FidelityStudy } from "./fidelityStudy.ts";

/** What a version's scores are worth, as measured: part of its bundle. */
export interface QualityCertificate {
  readonly format: "openledger-certificate/1";
  readonly study: FidelityJson;
  /** Corrected fidelity on uniform queries in 1/10,000, between 0 and 10,000: what the index attestation signs. */
  readonly certificateBps: number;
}

type FidelityJson = Omit<FidelityStudy, "quality"> & {
  readonly quality: Omit<FidelityStudy["quality"], "perRow"> & { readonly perRow: readonly number[] };
};

export function createCertificate(study: FidelityStudy): QualityCertificate {
  return {
    format: "openledger-certificate/1",
    study: { ...study, quality: { ...study.quality, perRow: [...study.quality.perRow] } },
    certificateBps: Math.floor(10_000 * Math.min(1, Math.max(0, study.uniform))),
  };
}

/** keccak256 of the canonical JSON. */
export function certificateHash(certificate: QualityCertificate): Hash {
  // A certificate is plain data, which an interface cannot tell the compiler.
  return hashCanonicalJson(JSON.parse(JSON.stringify(certificate)) as Json);
}
