import type { Hash } from "@openledger/protocol/hex.ts";
import { isChargeable } from "@openledger/protocol/score/harm.ts";
import { buildIndexTree, hashFeatures, lanesOf } from "@openledger/protocol/trees/indexTree.ts";
import { z } from "zod";
import { DisagreementError } from "../../common/errors.ts";
import type { Context } from "../../jobs/context.ts";
import { getIndex } from "../../jobs/indexFiles.ts";
import type { PublishedModel } from "./models.ts";
import { act, type Scene } from "./scene.ts";

const charged = z.object({ contributionId: z.coerce.bigint(), amount: z.coerce.bigint() });

/** An activated index: its root on the chain, and the CID of its files. */
export interface PublishedIndex {
  readonly model: PublishedModel;
  readonly indexRoot: Hash;
  readonly manifest: string;
}

/**
 * Charges the bonds of contributions that harm a model where its quality set says that it must be good (docs/protocol.md §4).
 * Anybody may; here the Datanets' owner does, with the published indexes as proof. What is charged goes into the model's pool
 * of the present epoch. Indexes are taken one after the other: a bond that one has used up cannot be charged by the next.
 */
export async function chargeHarm(scene: Scene, context: Context, indexes: readonly PublishedIndex[]): Promise<void> {
  const { HarmCharges } = scene.contracts;
  const toleranceBps = await HarmCharges.toleranceBps();
  for (const { model, indexRoot, manifest } of indexes) {
    const { rows, features, k } = await getIndex(context.content, manifest);
    const tree = buildIndexTree(rows, features, k);
    if (tree.root !== indexRoot) {
      throw new DisagreementError("the published index is not the one on the chain", {
        value: tree.root,
        limit: indexRoot,
      });
    }
    const lanes = lanesOf(tree.total);
    const charges = rows.map(async (row, i) => {
      if (!isChargeable({ ...row, bond: 0n }, lanes, toleranceBps)) return;
      if (await HarmCharges.isCharged(model.versionId, row.contributionId)) return;
      const leaf = { i, ...row, featuresHash: hashFeatures(features.subarray(i * k, (i + 1) * k)) };
      const proof = tree.proof(i);
      if ((await HarmCharges.harmOf(model.versionId, leaf, proof)) === 0n) return;
      await act(scene.cast.datanetOwner, {
        key: `charge:${model.versionId}:${row.contributionId}`,
        kind: "charge harm",
        contract: HarmCharges,
        data: HarmCharges.interface.encodeFunctionData("chargeHarm", [model.versionId, leaf, proof]),
      });
    });
    await Promise.all(charges);
  }
}

/** What has been charged of each contribution's bond, in wei, from the chain's events. */
export async function chargedBonds({ events }: Context): Promise<Map<bigint, bigint>> {
  const bonds = new Map<bigint, bigint>();
  for (const { args } of await events.find({ contract: "HarmCharges", name: "HarmCharged" })) {
    const { contributionId, amount } = charged.parse(args);
    bonds.set(contributionId, amount + (bonds.get(contributionId) ?? 0n));
  }
  return bonds;
}
