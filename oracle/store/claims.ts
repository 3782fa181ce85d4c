import { type Address, asAddress } from "@openledger/protocol/hex.ts";
import { z } from "zod";
import type { ChainEvents } from "./chainEvents.ts";
import type { StoredEvent } from "./storedEvent.ts";

const uint = z.coerce.bigint();
const claimedSchema = z.object({ account: z.string(), amount: uint });
const distributedSchema = z.object({ payments: z.array(uint) });

/** The events that pay accounts: one by one, and in batches. */
export const CLAIM_EVENTS = ["Claimed", "Distributed"] as const;
/** Amounts of a `Distributed` word are its low bits, the account is above them. */
const AMOUNT_BITS = 96;

/** OPEN wei that an account was paid. */
export interface ClaimPayment {
  readonly account: Address;
  readonly amount: bigint;
}

/** What one of {@link CLAIM_EVENTS} paid. */
export function paymentsOf({ name, args }: Pick<StoredEvent, "name" | "args">): ClaimPayment[] {
  if (name === "Claimed") {
    const { account, amount } = claimedSchema.parse(args);
    return [{ account: asAddress(account), amount }];
  }
  return distributedSchema.parse(args).payments.map((word) => ({
    account: asAddress(`0x${(word >> BigInt(AMOUNT_BITS)).toString(16).padStart(40, "0")}`),
    amount: BigInt.asUintN(AMOUNT_BITS, word),
  }));
}

/** OPEN wei that an account has claimed, one by one and in batches, as RewardDistributor's claimedBy says. */
export async function claimedBy(events: ChainEvents, account: Address): Promise<bigint> {
  const found = await events.find({ contract: "RewardDistributor", name: CLAIM_EVENTS });
  return found
    .flatMap(paymentsOf)
    .reduce((sum, payment) => (payment.account === account ? sum + payment.amount : sum), 0n);
}
