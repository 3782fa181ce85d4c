import { DisagreementError, NotYetError } from "../../common/errors.ts";
import type { Context } from "../context.ts";
import type { Stage } from "../stage.ts";
import { resultOf } from "../results.ts";
import { postedRoots, rangeSubject } from "../rootEvents.ts";
import { awaitTurn, gatherQuorum, signDigest } from "../signAndGather.ts";

/**
 * Stage `post`, subject `firstEpoch-lastEpoch`: signs the root, gathers the quorum's signatures and posts it, unless another
 * operator has. A posted root that differs from this operator's own is reported, never signed.
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
      await signDigest(context, own.digest);
      const pending = (await postedRoots(events)).find(({ status }) => status === "pending");
      if (pending !== undefined) throw new NotYetError("another root is pending", { value: pending.rootHash });
      const proof = await gatherQuorum(context, own.digest);
      await awaitTurn(context, own.digest);
      await key.sender.send({
        key: `post:${own.rootHash}`,
        kind: "post root",
        to: deployment.addresses.RewardDistributor,
        data: contracts.RewardDistributor.interface.encodeFunctionData("post", [own.root, proof]),
      });
    },
  };
}
