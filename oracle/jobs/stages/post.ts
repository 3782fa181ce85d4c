import { digestOf, signingDomain } from "@openledger/protocol/eip712/domain.ts";
import { type ScoreRoot, scoreRootType } from "@openledger/protocol/eip712/scoreRoot.ts";
import { asAddress } from "@openledger/protocol/hex.ts";
import { DisagreementError, NotYetError } from "../../common/errors.ts";
import type { Context } from "../context.ts";
import { latestQuorum } from "../../quorum/snapshot.ts";
import type { Stage } from "../stage.ts";
import { voteCodec } from "../../settlement/codecs.ts";
import { sameFiles } from "../adoptRoot.ts";
import { certifyFiles } from "../availability.ts";
import { type ResultOf, resultOf } from "../results.ts";
import { epochsOf, settleRange } from "../settleRange.ts";
import { postedRoots, rangeSubject } from "../rootEvents.ts";
import { awaitTurn, gatherQuorum, signDigest } from "../signAndGather.ts";

/**
 * Stage `post`, subject `firstEpoch-lastEpoch`: signs the root under the latest snapshot, gathers the quorum's signatures and
 * posts it, unless another operator has. An own root that was proven wrong is reported, never signed. One that was cancelled
 * because nobody answered for it is signed anew.
 */
export function postStage(context: Context): Stage {
  const { contracts, deployment, events, key } = context;
  return {
    name: "post",
    run: async (subject) => {
      const posted = (await postedRoots(events)).findLast(
        ({ root, status }) => rangeSubject(root) === subject && status !== "cancelled",
      );
      if (posted !== undefined) return;
      const own = await certifiedNow(context, subject);
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

/** The root as it follows from what is certified by now: until it is posted, a file that came late may still count. */
async function certifiedNow(context: Context, subject: string): Promise<ResultOf<"settle">> {
  const { results, content } = context;
  const fork = await results.fork();
  const own = await resultOf(context, "settle", subject);
  const certified = await certifyFiles(context, ...epochsOf(subject));
  const now = sameFiles(certified.receiptsFiles, own.receiptsFiles)
    ? { ...own, certificates: await content.put(voteCodec.encode(certified.votes)) }
    : await settleRange(context, subject, certified);
  if (now.rootHash !== own.rootHash || now.certificates !== own.certificates) {
    await results.replace("settle", subject, now, fork);
  }
  return now;
}
