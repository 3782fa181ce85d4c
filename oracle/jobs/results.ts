import { asHash } from "@openledger/protocol/hex.ts";
import { z } from "zod";
import { NotYetError } from "../common/errors.ts";
import type { Context } from "./context.ts";
import { scoreRootSchema } from "./rootEvents.ts";

const ids = z.array(z.coerce.bigint());
const hash = z.string().transform((value) => asHash(value));

/** What the stages store, by stage. */
export const resultSchemas = {
  /** The Datanets and the contributions that a version was made from, ascending by id. */
  snapshot: z.object({ datanets: ids, train: ids, quality: ids }),
  /** Number of examples that were fetched and re-hashed. */
  fetch: z.object({ examples: z.number().int() }),
  /** `retrained`: the weights of this operator's own training; `verified`: only the hash of the published ones was checked. */
  train: z.object({ weightsHash: z.string(), method: z.enum(["retrained", "verified"]) }),
  /** What the operators sign about a version, and where this one keeps what it was computed from. */
  index: z.object({
    partsHash: hash,
    parts: z.array(
      z.object({
        datanetId: z.coerce.bigint(),
        root: hash,
        size: z.number().int(),
        qualityHash: hash,
        harmfulRoot: hash,
      }),
    ),
    size: z.number().int(),
    k: z.number().int(),
    certificateBps: z.number().int(),
    bundleHash: hash,
    /** CID of the index's manifest. */
    index: z.string(),
    /** CID of the projected operators, which answer queries; recomputable, kept here only. */
    projections: z.string(),
  }),
  /** This operator's root of some epochs. */
  settle: z.object({
    root: scoreRootSchema,
    rootHash: z.string(),
    /** CID of the bundle's manifest. */
    bundle: z.string(),
    /** CID of all accounts and their entries after this root. */
    accounts: z.string(),
    /** Of each pool with committed receipts, `modelId-epoch`: what its certificate says of the file. */
    receiptsFiles: z.record(z.string(), z.enum(["have", "lack"])),
    /** CID of the votes that certify it. */
    certificates: z.string(),
  }),
  /** A posted root that was computed here with its own certificates. */
  adopt: z.object({ rootHash: z.string() }),
} as const;

export type ResultStage = keyof typeof resultSchemas;
export type ResultOf<S extends ResultStage> = z.output<(typeof resultSchemas)[S]>;

/** The result of an earlier stage, if it has finished. */
export async function findResult<S extends ResultStage>(
  context: Pick<Context, "results">,
  stage: S,
  subject: string,
): Promise<ResultOf<S> | undefined> {
  // the schema of the stage gives the result of the stage
  return (await context.results.read(stage, subject, resultSchemas[stage])) as ResultOf<S> | undefined;
}

/** The result of an earlier stage. @throws NotYetError when that stage has not finished */
export async function resultOf<S extends ResultStage>(
  context: Pick<Context, "results">,
  stage: S,
  subject: string,
): Promise<ResultOf<S>> {
  const result = await findResult(context, stage, subject);
  if (result === undefined)
    throw new NotYetError("an earlier stage has not finished", { value: `${stage} ${subject}` });
  return result;
}
