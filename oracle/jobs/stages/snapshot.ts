import { asHash, type Hash, ZERO_HASH } from "@openledger/protocol/hex.ts";
import { accumulateResolved, accumulateRevoked, hashParts } from "@openledger/protocol/registry/submission.ts";
import { z } from "zod";
import { DisagreementError, NotYetError } from "../../common/errors.ts";
import type { Snapshot } from "../../store/protocolView.ts";
import type { Context } from "../context.ts";
import type { Stage } from "../stage.ts";
import { requireVersion } from "../requireVersion.ts";

/**
 * Stage `snapshot`, subject a versionId: which contributions the version's snapshots hold, from the events, checked against
 * the accumulator that the chain pinned.
 */
export function snapshotStage(context: Context): Stage {
  return {
    name: "snapshot",
    run: async (subject) => {
      const version = await requireVersion(context, subject);
      const datanets: bigint[] = [];
      const train: bigint[] = [];
      const quality: bigint[] = [];
      for (const snapshotId of version.snapshotIds) {
        const snapshot = await context.view.snapshot(snapshotId);
        if (snapshot === undefined) throw new NotYetError("a snapshot is not scanned yet", { value: snapshotId });
        const contributions = await context.view.contributionsIn(snapshot);
        await checkAccumulator(context, snapshot, contributions.length);
        datanets.push(snapshot.datanetId);
        for (const { kind, contributionId } of contributions) (kind === "train" ? train : quality).push(contributionId);
      }
      const ascending = (a: bigint, b: bigint) => (a < b ? -1 : 1);
      return {
        datanets: datanets.sort(ascending),
        train: train.sort(ascending),
        quality: quality.sort(ascending),
      };
    },
  };
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
  const partsHashes = new Map<bigint, Hash>();
  let accumulator: Hash = ZERO_HASH;
  for (const event of await context.events.find({ contract: "ContributionRegistry", name: names, where })) {
    const later =
      pinned === undefined ||
      event.blockNumber > pinned.blockNumber ||
      (event.blockNumber === pinned.blockNumber && event.logIndex > pinned.logIndex);
    if (later) break;
    if (event.name === "Submitted") {
      const { submissionId, parts } = submitted.parse(event.args);
      partsHashes.set(submissionId, hashParts(parts));
    } else if (event.name === "Resolved") {
      const { submissionId, acceptedMask } = resolved.parse(event.args);
      accumulator = accumulateResolved(accumulator, submissionId, acceptedMask, partsHashes.get(submissionId)!);
    } else {
      const { contributionId } = revoked.parse(event.args);
      accumulator = accumulateRevoked(accumulator, contributionId);
    }
  }
  if (accumulator === snapshot.accumulator && count === snapshot.count) return;
  throw new DisagreementError("the scanned contributions are not those of the snapshot", {
    value: `${count} contributions, accumulator ${accumulator}`,
    limit: `${snapshot.count} contributions, accumulator ${snapshot.accumulator}`,
    remedy: "The node that answered may have left events out: use another OPENLEDGER_RPC_URL and a fresh store.",
  });
}

const id = z.coerce.bigint();
const part = z.object({
  kind: z.coerce.number().transform((kind) => (kind === 0 ? ("train" as const) : ("quality" as const))),
  contentRoot: z.string().transform((value) => asHash(value)),
  examples: z.coerce.number(),
});
const submitted = z.object({ submissionId: id, parts: z.array(part) });
const resolved = z.object({ submissionId: id, acceptedMask: id });
const revoked = z.object({ contributionId: id });
