import { getBytes } from "ethers";
import { fastLzLength } from "./fastLz.ts";
import type { L1Attributes } from "./l1Attributes.ts";

/** Fjord's regression from what FastLZ makes of a transaction to what it takes on layer 1, in millionths of a byte. */
const INTERCEPT = -42_585_600n;
const SLOPE = 836_500n;
const LEAST_SIZE = 100_000_000n;
/** Layer 1 charges for a byte of calldata as much as for 16 gas. */
const GAS_PER_BYTE = 16n;
const MILLION = 1_000_000n;

/** Wei that publishing a signed transaction on layer 1 costs, from Fjord on. @param raw 0x and its bytes */
export function l1Fee(raw: string, attributes: L1Attributes): bigint {
  const { baseFee, blobBaseFee, baseFeeScalar, blobBaseFeeScalar } = attributes;
  const estimated = INTERCEPT + SLOPE * BigInt(fastLzLength(getBytes(raw)));
  const size = estimated > LEAST_SIZE ? estimated : LEAST_SIZE;
  return (size * (baseFeeScalar * GAS_PER_BYTE * baseFee + blobBaseFeeScalar * blobBaseFee)) / (MILLION * MILLION);
}

/** Wei that the chain's operator takes of a transaction of so much gas, from Isthmus on. */
export function operatorFee(gas: bigint, { operatorFeeScalar, operatorFeeConstant }: L1Attributes): bigint {
  return (gas * operatorFeeScalar) / MILLION + operatorFeeConstant;
}
