import type { ScoreRoot } from "@openledger/protocol/eip712/scoreRoot.ts";
import { asAddress } from "@openledger/protocol/hex.ts";
import { DisagreementError } from "../../common/errors.ts";
import { getBundle } from "../../jobs/bundleFiles.ts";
import type { ContentFiles } from "../../jobs/contentFiles.ts";
import { openBundle, rebuild } from "../../settlement/bundle.ts";
import type { Settlement } from "../../settlement/settle.ts";
import { act, type Scene } from "./scene.ts";
import type { Party } from "./party.ts";

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

/** Has every party claim what the finalized root gives it. By lower-case address. */
export async function claimAll(
  scene: Scene,
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
    const mined = await act(party, {
      key: `claim:${settlement.root.payoutsRoot}:${account}`,
      kind: "claim",
      contract: RewardDistributor,
      data: RewardDistributor.interface.encodeFunctionData("claim", [place, payout, proof]),
    });
    return [account, { amount: payout.cumulative, transaction: mined.hash }];
  });
  return new Map(await Promise.all(claims));
}
