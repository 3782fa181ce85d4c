import { asAddress } from "@openledger/protocol/hex.ts";
import { keccakText } from "@openledger/protocol/keccak.ts";
import { z } from "zod";
import { ContentError, DisagreementError } from "../../common/errors.ts";
import type { ContentFiles } from "../../jobs/contentFiles.ts";
import { openBundle, rebuild } from "../../settlement/bundle.ts";
import { filesOf, parseManifest } from "../../settlement/manifest.ts";
import type { Settlement } from "../../settlement/settle.ts";
import { act, type Scene } from "./scene.ts";
import type { Party } from "./party.ts";

const statusSchema = z.object({ roots: z.array(z.object({ rootHash: z.string(), bundle: z.string() })) });

/**
 * Fetches the bundle of a root from an operator, computes everything in it anew, and compares the result with the root on
 * the chain.
 */
export async function rebuildRoot(
  content: ContentFiles,
  operatorUrl: string,
  posted: {
    readonly rootHash: string;
    readonly bundleHash: string;
    readonly payoutsRoot: string;
    readonly modelsRoot: string;
  },
): Promise<Settlement> {
  const response = await fetch(new URL("/v1/status", operatorUrl));
  const { roots } = statusSchema.parse(await response.json());
  const cid = roots.find(({ rootHash }) => rootHash === posted.rootHash)?.bundle;
  if (cid === undefined) throw new ContentError("the operator has no bundle of the root", { value: posted.rootHash });
  const manifest = new TextDecoder().decode(await content.get(cid));
  if (keccakText(manifest) !== posted.bundleHash) {
    throw new ContentError("the manifest is not the one that the root names", { value: cid, limit: posted.bundleHash });
  }
  const files = new Map<string, Uint8Array>();
  for (const file of filesOf(parseManifest(manifest))) files.set(file.path, await content.get(file.cid));
  const settlement = rebuild(openBundle({ manifest, files }));
  const { payoutsRoot, modelsRoot } = settlement.root;
  if (payoutsRoot !== posted.payoutsRoot || modelsRoot !== posted.modelsRoot) {
    throw new DisagreementError("the bundle does not give the root on the chain", {
      value: `${payoutsRoot}, ${modelsRoot}`,
      limit: `${posted.payoutsRoot}, ${posted.modelsRoot}`,
    });
  }
  return settlement;
}

export interface Claimed {
  /** Wei; 0 for somebody who earned nothing. */
  readonly amount: bigint;
  readonly transaction: string | undefined;
}

/** Has every party claim what the finalised root gives it. By lower-case address. */
export async function claimAll(
  scene: Scene,
  settlement: Settlement,
  parties: readonly Party[],
): Promise<Map<string, Claimed>> {
  const { RewardDistributor } = scene.contracts;
  const claimed = new Map<string, Claimed>();
  for (const party of parties) {
    const account = asAddress(party.address);
    const place = settlement.payoutsTree.indexOf(account);
    if (place === undefined) {
      claimed.set(account, { amount: 0n, transaction: undefined });
      continue;
    }
    const { cumulative, entriesRoot } = settlement.payoutsTree.payout(place);
    const proof = settlement.payoutsTree.proof(place);
    const mined = await act(party, {
      key: `claim:${settlement.root.payoutsRoot}:${account}`,
      kind: "claim",
      contract: RewardDistributor,
      data: RewardDistributor.interface.encodeFunctionData("claim", [account, cumulative, entriesRoot, proof]),
    });
    claimed.set(account, { amount: cumulative, transaction: mined.hash });
  }
  return claimed;
}
