import { asAddress, asHash, type Address, type Hash } from "@openledger/protocol/hex.ts";
import { keccakText } from "@openledger/protocol/keccak.ts";
import { createRandom } from "../fixtures/settlement.ts";

/** Cases of each family: 10,000 under `npm test -- --deep`. Set OPENLEDGER_FUZZ_CASES for another number. */
export const CASES = positiveInteger("OPENLEDGER_FUZZ_CASES", process.env["OPENLEDGER_DEEP"] === "1" ? 10_000 : 1_500);
/** Set OPENLEDGER_FUZZ_SEED for others. */
const SEED = positiveInteger("OPENLEDGER_FUZZ_SEED", 1);

/** Random values, one in eight of them at the edge of its range. */
export interface Values {
  /** From 0 to `limit` − 1. */
  integer(limit: number): number;
  uint(bits: number): bigint;
  int(bits: number): bigint;
  hash(): Hash;
  address(): Address;
  bool(): boolean;
}

/** Random values: the same for the same label and seed. */
export function createValues(label: string): Values {
  const random = createRandom(SEED + Number.parseInt(keccakText(label).slice(2, 10), 16));
  const bits = (count: number): bigint => {
    let value = 0n;
    for (let have = 0; have < count; have += 32) value = (value << 32n) | BigInt(random());
    return BigInt.asUintN(count, value);
  };
  const uint = (width: number): bigint => {
    const largest = (1n << BigInt(width)) - 1n;
    const kind = random() % 16;
    if (kind === 0) return [0n, 1n, largest - 1n, largest][random() % 4]!;
    // Otherwise of any size: small numbers meet other branches than large ones.
    return bits(kind === 1 ? 1 + (random() % width) : width);
  };
  const int = (width: number): bigint => {
    const half = 1n << BigInt(width - 1);
    return random() % 16 === 0 ? [-half, half - 1n, 0n, -1n][random() % 4]! : BigInt.asIntN(width, uint(width));
  };
  const hex = (value: bigint, bytes: number): string => `0x${value.toString(16).padStart(2 * bytes, "0")}`;
  return {
    integer: (limit) => random() % limit,
    uint,
    int,
    hash: () => asHash(hex(bits(256), 32)),
    address: () => asAddress(hex(bits(160), 20)),
    bool: () => random() % 2 === 0,
  };
}

/** Cases of one kind, in which Solidity and TypeScript are compared. */
export interface Family<T> {
  /** Cases to a call. */
  readonly batch: number;
  readonly make: (values: Values) => T;
  /** Throws where the two differ. */
  readonly compare: (cases: T[]) => Promise<void>;
}

/** Defines the test of a family: `CASES` random cases, however long they take. Its title tells their number and seed. */
export function compareCases<T>(name: string, { batch, make, compare }: Family<T>): void {
  it(`${name}: ${CASES.toLocaleString("en")} cases of seed ${SEED}`, async function () {
    this.timeout(0);
    const values = createValues(name);
    for (let done = 0; done < CASES; done += batch) {
      await compare(Array.from({ length: Math.min(batch, CASES - done) }, () => make(values)));
    }
  });
}

function positiveInteger(name: string, fallback: number): number {
  const text = process.env[name];
  const value = text === undefined ? fallback : Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`${name} is ${text}; it must be a positive integer.`);
  return value;
}
