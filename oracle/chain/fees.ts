/** Wei per gas that a transaction offers. */
export interface Fees {
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
}

/** 0.001 gwei, what OP-stack sequencers ask for. */
export const PRIORITY_FEE = 1_000_000n;

/**
 * What a transaction offers at this base fee, up to the cap: room for the base fee to double, or for one that must be mined
 * before a deadline to rise by a factor of eight.
 */
export function feesFor(baseFee: bigint, urgent: boolean, cap: bigint): Fees {
  return { maxPriorityFeePerGas: PRIORITY_FEE, maxFeePerGas: min(baseFee * (urgent ? 8n : 2n) + PRIORITY_FEE, cap) };
}

/**
 * What a transaction offers that takes the place of another with the same nonce. Nodes ask for 10 % more of both fees, some
 * for 12.5 %; the priority fee, which is small, doubles.
 *
 * @returns undefined when the cap leaves no room
 */
export function replacementFees(before: Fees, baseFee: bigint, cap: bigint): Fees | undefined {
  const wanted = max((before.maxFeePerGas * 9n) / 8n + 1n, feesFor(baseFee, false, cap).maxFeePerGas);
  const maxFeePerGas = min(wanted, cap);
  const maxPriorityFeePerGas = before.maxPriorityFeePerGas * 2n;
  const isEnough = maxFeePerGas * 10n >= before.maxFeePerGas * 11n && maxPriorityFeePerGas <= maxFeePerGas;
  return isEnough ? { maxFeePerGas, maxPriorityFeePerGas } : undefined;
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
