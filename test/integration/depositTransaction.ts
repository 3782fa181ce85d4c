import { concat, encodeRlp, toBeHex } from "ethers";

/** A transaction that layer 1 made: nobody signs it, and it pays no fee. */
export interface Deposit {
  /** Hash that tells it from every other deposit. */
  readonly source: string;
  readonly from: string;
  readonly to: string;
  /** Wei that layer 1 locked for the sender; part of it is `value`. */
  readonly mint?: bigint;
  readonly value?: bigint;
  readonly gasLimit: bigint;
  readonly data: string;
}

const TYPE = "0x7e";

/** The bytes of a deposit as a block has them. */
export function encodeDeposit({ source, from, to, mint = 0n, value = 0n, gasLimit, data }: Deposit): string {
  const number = (amount: bigint) => (amount === 0n ? "0x" : toBeHex(amount));
  // the empty field says that it is none of the chain's own
  return concat([TYPE, encodeRlp([source, from, to, number(mint), number(value), number(gasLimit), "0x", data])]);
}
