import { getAddress } from "ethers";
import { z } from "zod";
import type { ChainEvents } from "./chainEvents.ts";

const uint = z.coerce.bigint();
const claimed = z.object({ amount: uint });
const distributed = z.object({ payments: z.array(uint) });
const recipientSet = z.object({ recipient: z.string() });

/** Amounts of a `Distributed` word are its low bits, the account is above them. */
const AMOUNT_BITS = 96n;

/** OPEN wei that an account has claimed, one by one and in batches, as RewardDistributor's claimedBy says. */
export async function claimedBy(events: ChainEvents, account: string): Promise<bigint> {
  const where = { account: getAddress(account) };
  const single = await events.find({ contract: "RewardDistributor", name: "Claimed", where });
  let total = single.reduce((sum, event) => sum + claimed.parse(event.args).amount, 0n);
  for (const event of await events.find({ contract: "RewardDistributor", name: "Distributed" })) {
    for (const word of distributed.parse(event.args).payments) {
      if (word >> AMOUNT_BITS === BigInt(account)) total += BigInt.asUintN(Number(AMOUNT_BITS), word);
    }
  }
  return total;
}

/** Who gets an account's rewards, as RewardDistributor's recipientOf says: the account itself unless it named another. */
export async function recipientOf(events: ChainEvents, account: string): Promise<string> {
  const where = { account: getAddress(account) };
  const last = (await events.find({ contract: "RewardDistributor", name: "RecipientSet", where })).at(-1);
  const recipient = last && recipientSet.parse(last.args).recipient;
  return recipient === undefined || BigInt(recipient) === 0n ? getAddress(account) : recipient;
}
