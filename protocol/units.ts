import { MalformedError, OutOfRangeError } from "./errors.ts";

/** One OPEN in wei. All money is bigint wei. */
export const OPEN = 10n ** 18n;

/** The fixed supply, in wei: 1,000,000,000 OPEN. */
export const OPEN_SUPPLY = 1_000_000_000n * OPEN;

/** One, in basis points. */
export const BPS = 10_000n;

const AMOUNT = /^(\d+)(?:\.(\d{1,18}))?$/;

/**
 * Wei of a decimal amount of OPEN, such as "12.5".
 *
 * @throws MalformedError for signs, exponents, separators and more than 18 decimals.
 * @throws OutOfRangeError above the supply.
 */
export function parseOpen(text: string): bigint {
  const match = AMOUNT.exec(text);
  if (!match)
    throw new MalformedError("amount", text, 'a decimal number of OPEN with at most 18 decimals, like "12.5"');
  const wei = BigInt(match[1]!) * OPEN + BigInt((match[2] ?? "").padEnd(18, "0"));
  if (wei > OPEN_SUPPLY)
    throw new OutOfRangeError("amount", `${text} OPEN`, "at most the supply of 1,000,000,000 OPEN");
  return wei;
}

/** Shortest exact decimal of an amount: 12500000000000000000n is "12.5". */
export function formatOpen(wei: bigint): string {
  const sign = wei < 0n ? "-" : "";
  const size = wei < 0n ? -wei : wei;
  const decimals = (size % OPEN).toString().padStart(18, "0").replace(/0+$/, "");
  return `${sign}${size / OPEN}${decimals && `.${decimals}`}`;
}

/** `bps` basis points of an amount, rounded towards zero. */
export function bpsOfDown(wei: bigint, bps: bigint): bigint {
  return (wei * bps) / BPS;
}
