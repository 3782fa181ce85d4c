import { digestOf, signingDomain } from "@openledger/protocol/eip712/domain.ts";
import { type ScoreRoot, scoreRootType } from "@openledger/protocol/eip712/scoreRoot.ts";
import { asAddress } from "@openledger/protocol/hex.ts";
import { DisagreementError, NotYetError } from "../../common/errors.ts";
import type { Context } from "../context.ts";
import { latestQuorum } from "../../quorum/snapshot.ts";
import type { Stage } from "../stage.ts";
import { resultOf } from "../results.ts";
import { postedRoots, rangeSubject } from "../rootEvents.ts";
import { awaitTurn, gatherQuorum, signDigest } from "../signAndGather.ts";

/**
 * Stage `post`, subject `firstEpoch-lastEpoch`: signs the root under the latest snapshot, gathers the quorum's signatures and
 * posts it, unless another operator has. A posted root that differs from this operator's own is reported, never signed; so is
 * an own root that was proven wrong. One that was cancelled because nobody answered for it is signed anew.
 */
export function postStage(context: Context): Stage {
  const { contracts, deployment, events, key, metrics } = context;
  return {
    name: "post",
    run: async (subject) => {
      const own = await resultOf(context, "settle", subject);
      const posted = (await postedRoots(events)).findLast(
        ({ root, status }) => rangeSubject(root) === subject && status !== "cancelled",
      );
      if (posted !== undefined) {
        if (posted.rootHash === own.rootHash) return;
        metrics.disagreements.inc({ subject: "root" });
        throw new DisagreementError("the posted root is not the one computed here", {
          value: `${posted.rootHash} for epochs ${subject}`,
          limit: own.rootHash,
          remedy: "Compare the two bundles: npx openledger verify shows the first difference and what can be disputed.",
        });
      }
      if (key === undefined) return;
      if (await contracts.RewardDistributor.isBarred(own.rootHash)) {
        throw new DisagreementError("the root computed here was proven wrong", {
          value: own.rootHash,
          remedy: "Compare with the other operators' bundles: npx openledger verify.",
        });
      }
      const { snapshotId } = await latestQuorum(contracts.StakeManager);
      const digest = digestToSign(own.root, snapshotId);
      await signDigest(context, digest);
      const pending = (await postedRoots(events)).find(({ status }) => status === "pending");
      if (pending !== undefined) throw new NotYetError("another root is pending", { value: pending.rootHash });
      const proof = await gatherQuorum(context, digest);
      await awaitTurn(context, digest);
      await key.sender.send({
        key: `post:${own.rootHash}:${snapshotId}`,
        kind: "post root",
        to: deployment.addresses.RewardDistributor,
        data: contracts.RewardDistributor.interface.encodeFunctionData("post", [own.root, proof]),
      });
    },
  };

  function digestToSign(root: ScoreRoot, snapshotId: bigint): string {
    const domain = signingDomain(BigInt(deployment.chainId), asAddress(deployment.addresses.RewardDistributor));
    return digestOf(domain, scoreRootType, { ...root, snapshotId });
  }
}
