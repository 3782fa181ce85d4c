import { messageOf } from "../common/errors.ts";
import type { Context } from "../jobs/context.ts";
import type { Stage } from "../jobs/stage.ts";
import { calldataOf } from "./calls.ts";
import { type Demand, readDemands } from "./demands.ts";

/** This machine's own demands that are open. */
export async function ownDemands({ events, key }: Pick<Context, "events" | "key">): Promise<Demand[]> {
  if (key === undefined) return [];
  const self = key.wallet.address.toLowerCase();
  return (await readDemands(events)).filter(({ status, challenger }) => status === "open" && challenger === self);
}

/** This machine's own demands that nobody answered in time. */
export async function unansweredDemands(context: Pick<Context, "events" | "key">): Promise<string[]> {
  const now = BigInt((await context.events.head())?.timestamp ?? 0);
  return (await ownDemands(context)).filter(({ deadline }) => now > deadline).map(({ demandId }) => demandId);
}

/**
 * Stage `collect`, subject a demandId: cancels what the unanswered demand is about; takes the bond back where that was
 * cancelled before.
 */
export function collectStage({ contracts, deployment, key, log }: Context): Stage {
  const { AttributionDemands } = contracts;
  return {
    name: "collect",
    run: async (demandId) => {
      if (key === undefined) return;
      const method = await AttributionDemands.defaultDemand
        .staticCall(demandId, { from: key.wallet.address })
        .then(() => "defaultDemand" as const)
        .catch((error: unknown) => {
          log.debug({ demandId, reason: messageOf(error) }, "nothing to cancel");
          return "reclaimBond" as const;
        });
      const data = calldataOf({ contract: "AttributionDemands", method, args: [demandId] });
      const to = deployment.addresses.AttributionDemands;
      const { hash } = await key.sender.send({ key: `${method}:${demandId}`, kind: method, to, data });
      log.warn({ demandId, method, transaction: hash }, "nobody answered");
    },
  };
}
