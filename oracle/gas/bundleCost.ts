import { getBytes } from "ethers";
import type { L1Attributes } from "../chain/l1Attributes.ts";
import { l1Fee, operatorFee } from "../chain/rollupFees.ts";

const TRANSACTION_GAS = 21_000n;
/** What a transaction pays for each authorisation of EIP-7702 at the most. */
const AUTHORIZATION_GAS = 25_000n;
/** What the EntryPoint does for a bundle outside of what it measures. */
const ENTRY_POINT_GAS = 25_000n;
/** Gas per token of calldata, and the least that a transaction pays for each (EIP-7623). */
const [TOKEN_GAS, FLOOR_TOKEN_GAS] = [4n, 10n];
const TOKENS_PER_NONZERO_BYTE = 4n;
/** Less than any operation takes that is checked and paid for. */
const LEAST_EXECUTION_GAS = 60_000n;

export interface Bundle {
  /** The signed transaction. */
  readonly raw: string;
  /** Its calldata. */
  readonly data: string;
  readonly gasLimit: bigint;
  readonly authorizations: number;
}

/** Gas of a bundle of one operation that the EntryPoint does not see. */
export function unseenGas({ data, authorizations }: Pick<Bundle, "data" | "authorizations">): bigint {
  const tokens = getBytes(data).reduce((sum, byte) => sum + (byte === 0 ? 1n : TOKENS_PER_NONZERO_BYTE), 0n);
  const floor = FLOOR_TOKEN_GAS * tokens - LEAST_EXECUTION_GAS;
  const calldata = floor > TOKEN_GAS * tokens ? floor : TOKEN_GAS * tokens;
  return TRANSACTION_GAS + calldata + AUTHORIZATION_GAS * BigInt(authorizations) + ENTRY_POINT_GAS;
}

/**
 * The `preVerificationGas` with which including an operation costs the bundler nothing: what the EntryPoint does not see, with what
 * layer 1 and the chain's operator take.
 *
 * @param gasPrice wei per gas that the EntryPoint pays at the least
 */
export function leastPreVerificationGas(bundle: Bundle, attributes: L1Attributes, gasPrice: bigint): bigint {
  const fees = l1Fee(bundle.raw, attributes) + operatorFee(bundle.gasLimit, attributes);
  return unseenGas(bundle) + (fees + gasPrice - 1n) / gasPrice;
}
