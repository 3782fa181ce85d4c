import { messageOf } from "../common/errors.ts";
import type { Context } from "../jobs/context.ts";
import type { Task } from "../jobs/plan.ts";
import type { Stage } from "../jobs/stage.ts";
import { mendedSilences } from "./silences.ts";

/** What is held of signers' stake for demands that were answered later, about what may be final by now. */
export async function giveBackPlan({ events, key }: Pick<Context, "events" | "key">): Promise<Task[]> {
  if (key === undefined) return [];
  return (await mendedSilences(events)).map(({ demandId }) => ["giveBack", demandId] as const);
}

/**
 * Stage `giveBack`, subject a demandId: gives back what is held of its signers' stake, of a root as long as it is the last final one. Its
 * owners claim it then.
 */
export function giveBackStage({ contracts: { SlashEscrow }, deployment, events, key, log }: Context): Stage {
  return {
    name: "giveBack",
    run: async (subject) => {
      const mended = (await mendedSilences(events)).find(({ demandId }) => demandId === subject);
      if (mended === undefined || key === undefined) return;
      const { demandId, question, answeredOf } = mended;
      const args: [string, string, bigint] = [demandId, question, answeredOf];
      try {
        await SlashEscrow.giveBack.staticCall(...args, { from: key.wallet.address });
      } catch (error) {
        log.debug({ demandId, reason: messageOf(error) }, "not final yet, or another machine gave it back");
        return;
      }
      await key.sender.send({
        key: `giveBack:${demandId}`,
        kind: "give back",
        to: deployment.addresses.SlashEscrow,
        data: SlashEscrow.interface.encodeFunctionData("giveBack", args),
      });
    },
  };
}
