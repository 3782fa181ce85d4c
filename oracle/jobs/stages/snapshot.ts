import { asHash, type Hash, ZERO_HASH } from "@openledger/protocol/hex.ts";
import { AbiCoder, keccak256 } from "ethers";
import { z } from "zod";
import { DisagreementError, NotYetError } from "../../common/errors.ts";
import type { Snapshot, Version } from "../../store/protocolView.ts";
import type { Context } from "../context.ts";
import type { Stage } from "../queue.ts";

/** The contributions that a version was made from, ascending by id. */
export const snapshotResult = z.object({
  train: z.array(z.coerce.bigint()),
  quality: z.array(z.coerce.bigint()),
});

/**
 * Stage `snapshot`, subject a versionId: which contributions the version's snapshots hold, from the events, checked against
 * the accumulator that the chain pinned.
 */
export function snapshotStage(context: Context): Stage {
  return {
    name: "snapshot",
    run: async (subject) => {
      const version = await requireVersion(context, subject);
      const train: bigint[] = [];
      const quality: bigint[] = [];
      for (const snapshotId of version.snapshotIds) {
        const snapshot = await context.view.snapshot(snapshotId);
        if (snapshot === undefined) throw new NotYetError("a snapshot is not scanned yet", { value: snapshotId });
        const contributions = await context.view.contributionsIn(snapshot);
        await checkAccumulator(context, snapshot, contributions.length);
        for (const { kind, contributionId } of contributions) (kind === "train" ? train : quality).push(contributionId);
      }
      const ascending = (a: bigint, b: bigint) => (a < b ? -1 : 1);
      await context.results.write("snapshot", subject, { train: train.sort(ascending), quality: quality.sort(ascending) });
    },
  };
}

export async function requireVersion(context: Context, subject: string): Promise<Version> {
  const version = (await context.view.versions()).find(({ versionId }) => versionId === BigInt(subject));
  if (version === undefined) throw new NotYetError("the version is not scanned yet", { value: subject });
  return version;
}

/** Folds the Datanet's resolutions and revocations as the registry does (docs/protocol.md §6). */
async function checkAccumulator(context: Context, snapshot: Snapshot, count: number): Promise<void> {
  const where = { datanetId: snapshot.datanetId.toString() };
  const names = ["Submitted", "Resolved", "Revoked"];
  const [pinned] = await context.events.find({
    contract: "ModelRegistry",
    name: "SnapshotPinned",
    where: { snapshotId: snapshot.snapshotId.toString() },
  });
  const partsHashes = new Map<string, Hash>();
  let accumulator = ZERO_HASH;
  for (const event of await context.events.find({ contract: "ContributionRegistry", name: names, where })) {
    const later =
      pinned === undefined ||
      event.blockNumber > pinned.blockNumber ||
      (event.blockNumber === pinned.blockNumber && event.logIndex > pinned.logIndex);
    if (later) break;
    if (event.name === "Submitted") {
      const { submissionId, parts } = submitted.parse(event.args);
      partsHashes.set(submissionId, hashOf(["tuple(uint8 kind,bytes32 contentRoot,uint32 examples)[]"], [parts]));
    } else if (event.name === "Resolved") {
      const { submissionId, acceptedMask } = resolved.parse(event.args);
      accumulator = hashOf(
        ["bytes32", "uint256", "uint256", "bytes32"],
        [accumulator, submissionId, acceptedMask, partsHashes.get(submissionId)],
      );
    } else {
      const { contributionId } = revoked.parse(event.args);
      accumulator = hashOf(["bytes32", "uint256"], [accumulator, contributionId]);
    }
  }
  if (accumulator === snapshot.accumulator && count === snapshot.count) return;
  throw new DisagreementError("the scanned contributions are not those of the snapshot", {
    value: `${count} contributions, accumulator ${accumulator}`,
    limit: `${snapshot.count} contributions, accumulator ${snapshot.accumulator}`,
    remedy: "The node that answered may have left events out: use another OPENLEDGER_RPC_URL and a fresh store.",
  });
}

const submitted = z.object({
  submissionId: z.string(),
  parts: z.array(z.object({ kind: z.string(), contentRoot: z.string(), examples: z.string() })),
});
const resolved = z.object({ submissionId: z.string(), acceptedMask: z.coerce.bigint() });
const revoked = z.object({ contributionId: z.string() });

function hashOf(types: readonly string[], values: readonly unknown[]): Hash {
  return asHash(keccak256(AbiCoder.defaultAbiCoder().encode(types, values)));
}
