import { z } from "zod";
import type { ChainEvents } from "../../store/chainEvents.ts";

/** Training fees, in OPEN wei. */
export interface TrainingMoney {
  /** All that publishers ever escrowed. */
  readonly fees: bigint;
  /** Claimed by operators. */
  readonly paid: bigint;
  /** Refunded to publishers. */
  readonly returned: bigint;
}

/** Adds up the training fees of all versions, whoever published them. */
export async function trainingMoney(events: ChainEvents): Promise<TrainingMoney> {
  const sum = async (name: string, amount: "fee" | "amount") =>
    (await events.find({ contract: "TrainingFees", name })).reduce(
      (total, { args }) => total + z.coerce.bigint().parse(args[amount]),
      0n,
    );
  return {
    fees: await sum("TrainingEscrowed", "fee"),
    paid: await sum("TrainingClaimed", "amount"),
    returned: await sum("TrainingRefunded", "amount"),
  };
}
