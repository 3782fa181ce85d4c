import { formatOpen } from "@openledger/protocol/units.ts";
import type { Contracts } from "../chain/contracts.ts";
import { InputError } from "../common/errors.ts";
import type { Call } from "./call.ts";
import { of, requireShares, type Shares } from "./shares.ts";

const BPS = 10_000n;
/** Seconds in which a trade is done or not at all. */
const PATIENCE = 600n;

/** A trade in the shares' pair: what is given, what the pair gives now, and the least that is accepted. */
export interface Trade {
  readonly amount: bigint;
  readonly expected: bigint;
  readonly least: bigint;
  readonly call: Call;
}

type Market = Pick<Contracts, "ShareTrades">;

interface Wish {
  readonly amount: bigint;
  /** How much less than the pair gives now is accepted, in basis points. */
  readonly slippageBps: bigint;
  /** The chain's time. */
  readonly now: bigint;
}

/** @param wish amount in OPEN wei. @throws InputError when nobody trades the shares */
export async function buyShares({ ShareTrades }: Market, shares: Shares, wish: Wish): Promise<Trade> {
  const address = await shares.getAddress();
  const expected = await quote({ ShareTrades }, address, wish.amount, true);
  const least = (expected * (BPS - wish.slippageBps)) / BPS;
  const args = [address, wish.amount, least, wish.now + PATIENCE];
  return { ...wish, expected, least, call: { kind: "buy shares", contract: "ShareTrades", method: "buy", args } };
}

/** @param wish amount in wei of shares. @throws as `buyShares`, and for an account that has fewer */
export async function sellShares(
  { ShareTrades }: Market,
  shares: Shares,
  account: string,
  wish: Wish,
): Promise<Trade & { readonly approval: Call }> {
  await requireShares(shares, account, wish.amount);
  const address = await shares.getAddress();
  const expected = await quote({ ShareTrades }, address, wish.amount, false);
  const least = (expected * (BPS - wish.slippageBps)) / BPS;
  const args = [address, wish.amount, least, wish.now + PATIENCE];
  const spender = await ShareTrades.getAddress();
  return {
    ...wish,
    expected,
    least,
    approval: { kind: "approve shares", ...(await of(shares)), method: "approve", args: [spender, wish.amount] },
    call: { kind: "sell shares", contract: "ShareTrades", method: "sell", args },
  };
}

async function quote({ ShareTrades }: Market, shares: string, amount: bigint, buying: boolean): Promise<bigint> {
  const out = await ShareTrades.quote(shares, amount, buying).catch(() => 0n);
  if (out > 0n) return out;
  throw new InputError("the shares are not traded, or it is too little", {
    value: `${formatOpen(amount)} for shares ${shares}`,
    limit: "shares with a pair that has liquidity",
    remedy: "npx openledger launch list shows what has graduated.",
  });
}
