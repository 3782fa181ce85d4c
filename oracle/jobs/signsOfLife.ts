import { z } from "zod";
import type { ChainEvents } from "../store/chainEvents.ts";

const byOperator = z.object({ operator: z.string() });

/** How often an oracle operator was asked for a sign of life, and whether it still owes the last one. */
export interface AskedForLife {
  readonly times: number;
  readonly owed: boolean;
}

/** What the stored events say. */
export async function askedForLife(events: ChainEvents, operator: string): Promise<AskedForLife> {
  const found = await events.find({ contract: "StakeManager", name: ["AskedForLife", "ShowedLife"] });
  const own = found.filter(({ args }) => byOperator.parse(args).operator.toLowerCase() === operator.toLowerCase());
  const times = own.filter(({ name }) => name === "AskedForLife").length;
  return { times, owed: own.at(-1)?.name === "AskedForLife" };
}
