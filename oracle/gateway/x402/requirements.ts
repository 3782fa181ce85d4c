import { asAddress } from "@openledger/protocol/hex.ts";
import type { TypedDataDomain } from "ethers";
import type { ModelOffer } from "../servedModels.ts";
import { networkOf, type Requirements } from "./wire.ts";

/** Seconds that a client's authorization should last: the chain decides by what it says itself. */
export const TIMEOUT = 600;

/** The token that is paid, as payers sign for it. */
export interface PaidToken {
  readonly network: string;
  readonly asset: string;
  /** Of its EIP-712 domain: clients make the domain that they sign in from these. */
  readonly extra: { readonly name: string; readonly version: string };
}

export function paidToken(chainId: number, { name, version, verifyingContract }: TypedDataDomain): PaidToken {
  return { network: networkOf(chainId), asset: verifyingContract!, extra: { name: name!, version: version! } };
}

/** What an answer of a model costs by the scheme `exact`: its price, to its till, at once. */
export function exactRequirements(
  { network, asset, extra }: PaidToken,
  { price, till }: Pick<ModelOffer, "price" | "till">,
  maxTimeoutSeconds: number,
): Requirements {
  return { scheme: "exact", network, amount: price.toString(), asset, payTo: till, maxTimeoutSeconds, extra };
}

/**
 * How long a client's authorization should last. Clients count from their own clock: where the chain's is ahead of it, as on
 * a simulated chain whose time was moved, the difference is added.
 *
 * @param chain the chain's time in unix seconds
 * @param now this machine's clock, in milliseconds
 */
export function timeoutSeconds(chain: bigint, now: number): number {
  const ahead = chain - BigInt(Math.floor(now / 1_000));
  return ahead > 0n ? TIMEOUT + Number(ahead) : TIMEOUT;
}

/** Whether what a client accepted is what is asked now. How long it may take is the client's affair. */
export function isSameDemand(a: Requirements, b: Requirements): boolean {
  return (
    a.scheme === b.scheme &&
    a.network === b.network &&
    a.amount === b.amount &&
    asLower(a.asset) === asLower(b.asset) &&
    asLower(a.payTo) === asLower(b.payTo)
  );
}

/** Wallets write addresses in mixed case. */
function asLower(text: string): string {
  return /^0x[0-9a-fA-F]{40}$/u.test(text) ? asAddress(text) : text;
}
