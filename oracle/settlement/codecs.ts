import { concatBytes } from "@openledger/protocol/bytes.ts";
import { canonicalJson, type Json } from "@openledger/protocol/canonicalJson.ts";
import type { Address, Hash, Hex } from "@openledger/protocol/hex.ts";
import type { SignedVote } from "@openledger/protocol/quorum/availability.ts";
import type { IndexRow } from "@openledger/protocol/trees/indexTree.ts";
import type { ScoreRow } from "@openledger/protocol/trees/scoresTree.ts";
import { z } from "zod";
import { ContentError } from "../common/errors.ts";
import type { AccountEntries, Party } from "./inputs.ts";
import type { CountedReceipt } from "./receipts.ts";

/** Integers beyond 2^53 are decimal strings. */
export const integer = z
  .string()
  .regex(/^(?:0|-?[1-9]\d*)$/, "a decimal integer")
  .transform(BigInt);
export const hash = z.custom<Hash>(isHex(32), "0x and 64 lower-case hexadecimal digits");
export const address = z.custom<Address>(isHex(20), "0x and 40 lower-case hexadecimal digits");
const uint32 = z.int().min(0).max(0xffffffff);

/** A score, and what decided whom it was paid to. */
export interface ScoreRecord extends ScoreRow, Party {
  /** Wei. */
  readonly payout: bigint;
}

/** Lines of canonical JSON, one row each. */
export interface RowCodec<T> {
  encode(rows: Iterable<T>): Uint8Array;
  /** @throws ContentError that names the file, the line and the problem. */
  decode(bytes: Uint8Array, file: string): T[];
  /** The same row by row, for files whose rows need not be held together. */
  rows(bytes: Uint8Array, file: string): Generator<T>;
}

export const indexCodec: RowCodec<IndexRow> = createRowCodec(
  z.strictObject({ contributionId: integer, examples: uint32, scale: uint32, quality: integer }),
);

export const scoreCodec: RowCodec<ScoreRecord> = createRowCodec(
  z.strictObject({
    contributionId: integer,
    score: integer,
    weight: integer,
    accrues: z.boolean(),
    payee: address,
    payout: integer,
  }),
);

export const accountCodec: RowCodec<AccountEntries> = createRowCodec(
  z.strictObject({
    account: address,
    entries: z.array(
      z.strictObject({ modelId: integer, contributionId: integer, cumulative: integer, earned: integer }),
    ),
  }),
);

export const receiptCodec: RowCodec<CountedReceipt> = createRowCodec(
  z.strictObject({
    receipt: z.strictObject({
      versionId: integer,
      consumer: address,
      requestHash: hash,
      outputHash: hash,
      fee: integer,
      paymentId: hash,
      cumulative: integer,
      time: integer,
    }),
    signature: z.custom<Hex>(isHex(), "0x and hexadecimal digits"),
    counted: integer,
  }),
);

/** The certificates of a settlement, vote by vote. */
export const voteCodec: RowCodec<SignedVote> = createRowCodec(
  z.strictObject({
    modelId: integer,
    epoch: integer,
    commitment: hash,
    have: z.boolean(),
    signer: address,
    signature: z.custom<Hex>(isHex(), "0x and hexadecimal digits"),
  }),
);

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

const LINE_BREAK = 0x0a;
/** Text is turned into bytes in blocks of about this many characters: files may outgrow the longest string. */
const BLOCK = 1 << 20;

function createRowCodec<T>(schema: z.ZodType<T>): RowCodec<T> {
  return {
    encode(rows) {
      const blocks: Uint8Array[] = [];
      let text = "";
      for (const row of rows) {
        text += `${canonicalJson(plain(row))}\n`;
        if (text.length < BLOCK) continue;
        blocks.push(encoder.encode(text));
        text = "";
      }
      return concatBytes(...blocks, encoder.encode(text));
    },
    decode: (bytes, file) => [...readRows(schema, bytes, file)],
    rows: (bytes, file) => readRows(schema, bytes, file),
  };
}

function* readRows<T>(schema: z.ZodType<T>, bytes: Uint8Array, file: string): Generator<T> {
  for (let start = 0, end = 0, line = 1; start < bytes.length; start = end + 1, line++) {
    const where = `${file}, line ${line}`;
    end = bytes.indexOf(LINE_BREAK, start);
    if (end < 0) throw new ContentError(`${where} has no end`, { remedy: "fetch the file again" });
    const row = schema.safeParse(parseJson(bytes.subarray(start, end), where));
    if (!row.success) throw new ContentError(`${where}: ${z.prettifyError(row.error)}`);
    yield row.data;
  }
}

function parseJson(line: Uint8Array, where: string): unknown {
  try {
    return JSON.parse(decoder.decode(line));
  } catch (cause) {
    throw new ContentError(`${where} is not JSON in UTF-8`, { remedy: "fetch the file again", cause });
  }
}

/** The JSON of a row: integers beyond 2^53 as decimal strings. */
export function plain(value: unknown): Json {
  if (typeof value === "bigint") return value.toString();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
  }
  return value as Json;
}

function isHex(bytes?: number): (value: unknown) => boolean {
  const pattern = bytes === undefined ? /^0x(?:[0-9a-f]{2})*$/ : new RegExp(`^0x[0-9a-f]{${2 * bytes}}$`);
  return (value) => typeof value === "string" && pattern.test(value);
}
