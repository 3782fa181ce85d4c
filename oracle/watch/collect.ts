import { z } from "zod";
import { messageOf } from "../common/errors.ts";
import type { Context } from "../jobs/context.ts";
import type { Stage } from "../jobs/queue.ts";
import { calldataOf } from "./calls.ts";

const demanded = z.object({ demandId: z.string(), challenger: z.string(), deadline: z.coerce.bigint() });

/** This machine's own demands that nobody answered in time. */
export async function unansweredDemands({ events, key }: Context): Promise<string[]> {
  if (key === undefined) return [];
  const contract = "AttributionDemands";
  const now = BigInt((await events.head())?.timestamp ?? 0);
  const open = new Set<string>();
  for (const { name, args } of await events.find({
    contract,
    name: ["Demanded", "Answered", "Defaulted", "BondReclaimed"],
  })) {
    const demandId = String(args["demandId"]);
    if (name !== "Demanded") open.delete(demandId);
    else {
      const { challenger, deadline } = demanded.parse(args);
      if (challenger.toLowerCase() === key.wallet.address.toLowerCase() && now > deadline) open.add(demandId);
    }
  }
  return [...open];
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
