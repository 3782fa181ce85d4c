import { hashCanonicalJson } from "@openledger/protocol/canonicalJson.ts";
import type { Hash } from "@openledger/protocol/hex.ts";
import { z } from "zod";
import { ContentError } from "../common/errors.ts";
import type { ChatScheme } from "./chat/chatScheme.ts";
import type { PassagesScheme } from "./passages/passagesScheme.ts";
import type { QuotesScheme } from "./quotes/quotesScheme.ts";

/**
 * Parameters of the settlement scheme `kernel-operator/1`. Whatever changes a byte of an index is here or in the recipe;
 * how many workers share the work is not.
 */
export const schemeSchema = z.strictObject({
  method: z.literal("kernel-operator/1"),
  /** Numerics profile: float32 and float64 as IEEE 754 gives them, one rounding per operation, sums in index order. */
  numerics: z.literal("ieee-sequential/1"),
  /** λ = damping · tr(K) / N. */
  damping: z.number().positive().max(1000).default(0.1),
  /** What a row's influence is multiplied by, from its doubt 1 - p: the doubt itself, or its root (see `rowWeights`). */
  rowWeight: z.enum(["doubt", "rootDoubt"]).default("rootDoubt"),
  /** Training rows up to which the kernel is factored whole; with more, landmark rows stand for all. */
  exactRows: z.number().int().min(1).max(30_000).default(20_000),
  /** Landmark rows: with more of them the approximation is closer, at a cost that grows with their square. */
  landmarks: z.number().int().min(1).max(16_384).default(8192),
  /** Most columns of an index: a multiple of 32, as the chain stores features in words of 32 bytes. */
  rank: z.number().int().min(32).max(1024).multipleOf(32).default(512),
  /** Reference outputs that the basis is fitted to when there are more contributions than columns. */
  references: z.number().int().min(1).max(16_384).default(1024),
  /** Seed of the basis's first guess. */
  seed: z.number().int().min(0).max(0xffffffff).default(0),
});

export type Scheme = z.output<typeof schemeSchema>;

/** What each kind of data is settled by; docs/attribution.md has what was compared. */
export function defaultScheme(kind: "text" | "image" | "row"): Scheme {
  const common = { method: "kernel-operator/1", numerics: "ieee-sequential/1" };
  return parseScheme(kind === "image" ? { ...common, damping: 0.3, rowWeight: "doubt" } : common);
}

/** Checks scheme parameters and fills in the defaults. @throws SchemeError */
export function parseScheme(value: unknown): Scheme {
  const result = schemeSchema.safeParse(value);
  if (!result.success) throw new SchemeError(z.prettifyError(result.error));
  return result.data;
}

/** The scheme's identity on chain: keccak256 of its canonical JSON, defaults filled in. */
export function schemeId(scheme: Scheme | PassagesScheme | ChatScheme | QuotesScheme): Hash {
  return hashCanonicalJson(scheme);
}

/** The scheme's parameters are not valid. */
export class SchemeError extends ContentError {
  constructor(problems: string) {
    super(`invalid attribution scheme:\n${problems}`);
  }
}
