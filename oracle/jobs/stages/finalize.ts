import { asHash } from "@openledger/protocol/hex.ts";
import { NotYetError } from "../../common/errors.ts";
import type { Context } from "../context.ts";
import type { Stage } from "../stage.ts";
import { postedRoots } from "../rootEvents.ts";
import { awaitTurn } from "../signAndGather.ts";

/** Stage `finalize`, subject a rootHash: makes a posted root claimable once its challenge window has passed. */
export function finalizeStage(context: Context): Stage {
  const { contracts, deployment, events, key } = context;
  return {
    name: "finalize",
    run: async (subject) => {
      const posted = (await postedRoots(events)).findLast(({ rootHash }) => rootHash === subject);
      if (posted === undefined) throw new NotYetError("the root is not posted yet", { value: subject });
      if (posted.status !== "pending" || key === undefined) return;
      const opens = posted.postedAt + (await contracts.RewardDistributor.challengeWindow());
      const now = (await events.head())?.timestamp ?? 0;
      if (BigInt(now) < opens) throw new NotYetError("the challenge window is open", { value: now, limit: `${opens}` });
      await awaitTurn(context, asHash(subject));
      await key.sender.send({
        key: `finalize:${subject}`,
        kind: "finalize root",
        to: deployment.addresses.RewardDistributor,
        data: contracts.RewardDistributor.interface.encodeFunctionData("finalize", [posted.root]),
      });
    },
  };
}
