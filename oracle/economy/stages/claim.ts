import type { ScoreRoot } from "@openledger/protocol/eip712/scoreRoot.ts";
import { asAddress } from "@openledger/protocol/hex.ts";
import { getAddress } from "ethers";
import { DisagreementError } from "../../common/errors.ts";
import { getBundle } from "../../jobs/bundleFiles.ts";
import type { ContentFiles } from "../../jobs/contentFiles.ts";
import { openBundle, rebuild } from "../../settlement/bundle.ts";
import type { Settlement } from "../../settlement/settle.ts";
import type { ChainEvents } from "../../store/chainEvents.ts";
import { claimedBy } from "../../store/claims.ts";
import { actUnlessDone, type Scene } from "../cast/scene.ts";
import type { Party } from "../cast/party.ts";

/**
 * Fetches the bundle of a root, computes everything in it anew, and compares the result with the root on the chain.
 *
 * @param cid of the bundle's manifest
 */
export async function rebuildRoot(
  content: ContentFiles,
  cid: string,
  { bundleHash, payoutsRoot, modelsRoot }: ScoreRoot,
): Promise<Settlement> {
  const settlement = rebuild(openBundle(await getBundle(content, cid, bundleHash)));
  const { root } = settlement;
  if (root.payoutsRoot === payoutsRoot && root.modelsRoot === modelsRoot) return settlement;
  throw new DisagreementError("the bundle does not give the root on the chain", {
    value: `${root.payoutsRoot}, ${root.modelsRoot}`,
    limit: `${payoutsRoot}, ${modelsRoot}`,
  });
}

export interface Claimed {
  /** Wei; 0 for somebody who earned nothing. */
  readonly amount: bigint;
  readonly transaction: string | undefined;
}

/**
 * Has every party claim what the finalized root gives it, unless somebody else has claimed it for the party already. By
 * lower-case address.
 */
export async function claimAll(
  scene: Scene,
  events: ChainEvents,
  settlement: Settlement,
  parties: readonly Party[],
): Promise<Map<string, Claimed>> {
  const { RewardDistributor } = scene.contracts;
  const claims = parties.map(async (party): Promise<[string, Claimed]> => {
    const account = asAddress(party.address);
    const place = settlement.payoutsTree.indexOf(account);
    if (place === undefined) return [account, { amount: 0n, transaction: undefined }];
    const payout = settlement.payoutsTree.payout(place);
    const proof = settlement.payoutsTree.proof(place);
    const call = {
      key: `claim:${account}`,
      kind: "claim",
      contract: RewardDistributor,
      data: RewardDistributor.interface.encodeFunctionData("claim", [place, payout, proof]),
    };
    const isClaimed = async () => (await claimedBy(events, account)) >= payout.cumulative;
    const mined = await actUnlessDone(scene, party, call, isClaimed);
    return [account, { amount: payout.cumulative, transaction: mined?.hash ?? (await lastClaim(events, account)) }];
  });
  return new Map(await Promise.all(claims));
}

/** The transaction that somebody else has claimed with; a batch does not name its accounts one by one. */
async function lastClaim(events: ChainEvents, account: string): Promise<string | undefined> {
  const where = { account: getAddress(account) };
  const single = await events.find({ contract: "RewardDistributor", name: "Claimed", where });
  const batches = await events.find({ contract: "RewardDistributor", name: "Distributed" });
  return (single.at(-1) ?? batches.at(-1))?.transactionHash;
}
