import { asHash, type Hash, ZERO_HASH } from "@openledger/protocol/hex.ts";
import type { ScoreRoot } from "@openledger/protocol/eip712/scoreRoot.ts";
import { z } from "zod";
import { NotFoundError } from "../common/errors.ts";
import type { ChainEvents } from "../store/chainEvents.ts";

const hash = z.string().transform((value) => asHash(value));
const uint = z.coerce.bigint();

export const scoreRootSchema = z.object({
  firstEpoch: uint,
  lastEpoch: uint,
  previousRoot: hash,
  payoutsRoot: hash,
  payoutsTotal: uint,
  accounts: z.coerce.number(),
  modelsRoot: hash,
  bundleHash: hash,
});

/** A root that was posted, and what became of it. */
export interface PostedRoot {
  readonly rootHash: Hash;
  readonly root: ScoreRoot;
  /** Of the block that posted it, unix seconds. */
  readonly postedAt: bigint;
  readonly status: "pending" | "finalized" | "cancelled";
}

/** All roots in the order in which they were posted. What an event leaves out follows from the root that it continues. */
export async function postedRoots(events: ChainEvents): Promise<PostedRoot[]> {
  const names = ["RootPosted", "RootFinalized", "RootCancelled"];
  const roots: PostedRoot[] = [];
  let [firstEpoch, previousRoot] = [1n, ZERO_HASH];
  for (const event of await events.find({ contract: "RewardDistributor", name: names })) {
    const rootHash = asHash(String(event.args["rootHash"]));
    if (event.name === "RootPosted") {
      const root = scoreRootSchema.parse({ ...event.args, firstEpoch, previousRoot });
      roots.push({ rootHash, root, postedAt: BigInt(event.timestamp), status: "pending" });
      continue;
    }
    const status = event.name === "RootFinalized" ? "finalized" : "cancelled";
    const at = roots.findLastIndex((posted) => posted.rootHash === rootHash && posted.status === "pending");
    if (at < 0) continue;
    roots[at] = { ...roots[at]!, status };
    if (status === "finalized") [firstEpoch, previousRoot] = [roots[at].root.lastEpoch + 1n, rootHash];
  }
  return roots;
}

/**
 * The root that is named.
 *
 * @param which a rootHash, or `latest` for the last finalized root, the one that claims read.
 * @throws NotFoundError when there is none
 */
export function findRoot(roots: readonly PostedRoot[], which: Hash | "latest"): PostedRoot {
  const found = roots.findLast(({ rootHash, status }) =>
    which === "latest" ? status === "finalized" : rootHash === which && status !== "cancelled",
  );
  if (found !== undefined) return found;
  throw new NotFoundError(which === "latest" ? "no root is final yet" : "there is no such root", {
    value: which,
    limit: `${roots.length} roots were posted`,
    remedy: "GET /v1/roots lists them.",
  });
}

/** How the stages name the root of these epochs. */
export function rangeSubject({ firstEpoch, lastEpoch }: Pick<ScoreRoot, "firstEpoch" | "lastEpoch">): string {
  return `${firstEpoch}-${lastEpoch}`;
}
