import { NotYetError } from "../common/errors.ts";
import type { Contribution, Version } from "../store/protocolView.ts";
import type { Context } from "./context.ts";

/** The contributions in a version's snapshots, ascending by id, as the scanned events have them. */
export async function versionContributions({ view }: Pick<Context, "view">, version: Version): Promise<Contribution[]> {
  const found: Contribution[] = [];
  for (const snapshotId of version.snapshotIds) {
    const snapshot = await view.snapshot(snapshotId);
    if (snapshot === undefined) throw new NotYetError("a snapshot is not scanned yet", { value: snapshotId });
    found.push(...(await view.contributionsIn(snapshot)));
  }
  return found.sort((a, b) => (a.contributionId < b.contributionId ? -1 : 1));
}
