import { NotYetError } from "../common/errors.ts";
import type { Contribution, Snapshot, Version } from "../store/protocolView.ts";
import type { Context } from "./context.ts";

/** The contributions in a version's snapshots, ascending by id, as the scanned events have them. */
export async function versionContributions(context: Pick<Context, "view">, version: Version): Promise<Contribution[]> {
  const found: Contribution[] = [];
  for (const snapshot of await snapshotsOf(context, version)) {
    found.push(...(await context.view.contributionsIn(snapshot)));
  }
  return found.sort((a, b) => (a.contributionId < b.contributionId ? -1 : 1));
}

/** The Datanets of a version's snapshots, ascending by id. */
export async function versionDatanets(context: Pick<Context, "view">, version: Version): Promise<bigint[]> {
  const snapshots = await snapshotsOf(context, version);
  return snapshots.map(({ datanetId }) => datanetId).sort((a, b) => (a < b ? -1 : 1));
}

async function snapshotsOf({ view }: Pick<Context, "view">, { snapshotIds }: Version): Promise<Snapshot[]> {
  const found: Snapshot[] = [];
  for (const snapshotId of snapshotIds) {
    const snapshot = await view.snapshot(snapshotId);
    if (snapshot === undefined) throw new NotYetError("a snapshot is not scanned yet", { value: snapshotId });
    found.push(snapshot);
  }
  return found;
}
