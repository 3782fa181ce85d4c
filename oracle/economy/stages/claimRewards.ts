import type { ContentFiles } from "../../jobs/contentFiles.ts";
import type { PostedRoot } from "../../jobs/rootEvents.ts";
import type { Settlement } from "../../settlement/settle.ts";
import type { Party } from "../cast/party.ts";
import type { Scene } from "../cast/scene.ts";
import type { Running } from "../processes/processes.ts";
import { finalRoot, untilBundle, type Watching } from "../processes/waitFor.ts";
import { claimAll, type Claimed, rebuildRoot } from "./claim.ts";

/** What a final root divides, computed anew, and who has claimed it. */
export interface Rewards {
  readonly settlement: Settlement;
  /** By lower-case address. */
  readonly claims: ReadonlyMap<string, Claimed>;
  /** Claims of more than nothing. */
  readonly paid: number;
}

/** Computes a final root again from its bundle, and has everybody claim. */
export async function claimRewards(
  scene: Scene,
  content: ContentFiles,
  watching: Watching,
  operators: readonly Running[],
  posted: PostedRoot,
  earners: readonly Party[],
): Promise<Rewards> {
  const rebuilt = async ({ rootHash, root }: PostedRoot) =>
    rebuildRoot(content, await untilBundle(watching, operators, rootHash), root);
  const settlement = await rebuilt(posted);
  // claims read the last root that is final: one after the scenario's own where users went on
  const last = (await finalRoot(watching)) ?? posted;
  const claimable = last.rootHash === posted.rootHash ? settlement : await rebuilt(last);
  const claims = await claimAll(scene, watching.events, claimable, earners);
  await watching.scan();
  return { settlement, claims, paid: [...claims.values()].filter(({ amount }) => amount > 0n).length };
}
