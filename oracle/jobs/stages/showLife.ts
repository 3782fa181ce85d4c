import type { Context } from "../context.ts";
import { askedForLife } from "../signsOfLife.ts";
import type { Stage } from "../stage.ts";

/**
 * Stage `showLife`, subject the number of times that this operator was asked for a sign of life: answers, so that its stake
 * goes on counting.
 */
export function showLifeStage({ contracts, deployment, events, key }: Context): Stage {
  return {
    name: "showLife",
    run: async (subject) => {
      if (key === undefined || !(await askedForLife(events, key.wallet.address)).owed) return;
      await key.sender.send({
        key: `showLife:${subject}`,
        kind: "show life",
        to: deployment.addresses.StakeManager,
        data: contracts.StakeManager.interface.encodeFunctionData("showLife"),
      });
    },
  };
}
