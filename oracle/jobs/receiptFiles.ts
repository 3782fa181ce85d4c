import { canonicalJson, hashCanonicalJson } from "@openledger/protocol/canonicalJson.ts";
import { asAddress, asHash, type Hash, type Hex } from "@openledger/protocol/hex.ts";
import { z } from "zod";
import { ContentError, messageOf } from "../common/errors.ts";
import { MAX_TEXT_LENGTH } from "../data/checkedText.ts";
import { DataError } from "../data/errors.ts";
import { MAX_IMAGE_BYTES } from "../data/example.ts";
import { checkedRowInput, type RowInput } from "../data/tabular/rowInput.ts";
import type { ContentFiles } from "./contentFiles.ts";
import type { SignedReceipt } from "../settlement/receipts.ts";
import type { SignedStatement } from "../settlement/statements.ts";

const hash = z.string().transform((value) => asHash(value));
/** Text that a database holds and every reader sees alike, and that says something. */
const question = z
  .string()
  .max(MAX_TEXT_LENGTH)
  .refine((text) => text.trim() !== "" && !/[\0\p{Surrogate}]/u.test(text), {
    error: "a text that is not blank, without NUL and half surrogates",
  });
/** What columns say of a row. Of unknown form: a record would drop a column called `__proto__` instead of refusing it. */
const rowInput = z.unknown().transform((value, context): RowInput => {
  try {
    return checkedRowInput(value);
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    context.addIssue({ code: "custom", message: error.message });
    return z.NEVER;
  }
});
const requestSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("text"), input: question }),
  z.strictObject({ kind: z.literal("row"), input: rowInput }),
  /** Of a version that answers with passages: where it places a text among them. */
  z.strictObject({ kind: z.literal("embedding"), input: question }),
  /** Of a version that writes: with how the words are chosen. */
  z.strictObject({
    kind: z.literal("prompt"),
    input: question,
    maxTokens: z.number().int().min(1).max(4_096),
    /** Thousandths; at 0 the likeliest word is always taken. */
    temperature: z.number().int().min(0).max(2_000),
    /** Another number gives other draws. */
    seed: z.number().int().min(0).max(0xffffffff),
  }),
  z
    .strictObject({
      kind: z.literal("image"),
      width: z.number().int().positive().max(0xffff),
      height: z.number().int().positive().max(0xffff),
      channels: z.number().int().positive().max(0xff),
      /** Base64 of the pixel bytes. */
      pixels: z.base64(),
    })
    .refine(({ width, height, channels, pixels }) => isBase64Of(width * height * channels, pixels), {
      error: "width × height × channels bytes, at most 16 MiB",
      path: ["pixels"],
    }),
]);
const labelAnswer = z.strictObject({
  label: z.string(),
  /** Probability of the label in millionths. */
  confidence: z.number().int().min(0).max(1_000_000),
});
const passagesAnswer = z.strictObject({
  /** What the answer is made of, in the contributors' own words, the largest share first. None where there is nothing to go by. */
  passages: z.array(
    z.strictObject({
      contributionId: z.string(),
      /** Who contributed it. */
      contributor: z.string(),
      title: z.string(),
      text: z.string(),
      source: z.string(),
      /** Of the answer, in millionths. */
      share: z.number().int().min(0).max(1_000_000),
      /** To the question, in millionths. */
      similarity: z.number().int(),
    }),
  ),
});
const writtenAnswer = z.strictObject({
  text: z.string(),
  /** What the text is the characters of: with them an answer is checked by reading it. */
  tokens: z.array(z.number().int().nonnegative()).max(4_096),
  /** Whether the model ended it, and not the limit. */
  ended: z.boolean(),
});
const quotedAnswer = z.strictObject({
  ...writtenAnswer.shape,
  /** What the text was written from, numbered from 1 as it cites them. None where there is nothing to go by, and nothing is written then. */
  passages: z.array(
    z.strictObject({
      contributionId: z.string(),
      contributor: z.string(),
      title: z.string(),
      text: z.string(),
      source: z.string(),
    }),
  ),
});
const vectorAnswer = z.strictObject({
  /** Of length 1, in millionths: the dot product of two of them is how much alike their texts are. All zeros where there is nothing to go by. */
  vector: z.array(z.number().int().min(-1_000_000).max(1_000_000)).min(1).max(4_096),
});
const decimal = z.string().regex(/^(0|[1-9]\d{0,77})$/u, "a decimal integer");
const hexText = z.string().regex(/^0x[0-9a-f]*$/u, "0x and lower-case hexadecimal digits");
/** A receipt as an answer states it: an answer is canonical JSON, which has no integers of that size. */
const statedReceipt = z.strictObject({
  versionId: decimal,
  consumer: hexText,
  requestHash: hexText,
  outputHash: hexText,
  fee: decimal,
  paymentId: hexText,
  cumulative: decimal,
  time: decimal,
});
const actionAnswer = z.strictObject({
  /** What the agent drafted. */
  reply: z.string(),
  /** What it bought for that, in the order of its tools. */
  inferences: z.array(
    z.strictObject({
      modelId: decimal,
      receipt: statedReceipt,
      /** Of the model's provider. */
      signature: hexText,
      answer: z.union([labelAnswer, passagesAnswer, writtenAnswer, quotedAnswer]),
    }),
  ),
  /** Of the sum tree over the receipts: with the action's own receipt it binds what was used and paid. */
  inferencesRoot: hexText,
});
const answerSchema = z.union([labelAnswer, passagesAnswer, writtenAnswer, quotedAnswer, vectorAnswer, actionAnswer]);
const receiptSchema = z.strictObject({
  versionId: z.coerce.bigint(),
  consumer: z.string().transform((value) => asAddress(value)),
  requestHash: hash,
  outputHash: hash,
  fee: z.coerce.bigint(),
  paymentId: hash,
  cumulative: z.coerce.bigint(),
  time: z.coerce.bigint(),
});
const saltSchema = hash.optional();
const signature = z.custom<Hex>((value) => typeof value === "string" && /^0x[0-9a-f]+$/u.test(value));
const recordSchema = z.strictObject({
  receipt: receiptSchema,
  signature,
  request: requestSchema,
  answer: answerSchema,
  salt: saltSchema,
});

/** A line with what a channel's payer has confirmed, before the records: who reads them one by one knows it then. */
const statementSchema = z.strictObject({
  statement: z.strictObject({
    channelId: hash,
    /** Struct hash and fee of each receipt. */
    receipts: z.array(z.tuple([hash, decimal])),
    signature,
  }),
});

/** How such a line begins, as canonical JSON. */
const STATEMENT = '{"statement":';

/** One text for the same bytes: the request's hash is of the text. */
function isBase64Of(size: number, text: string): boolean {
  const bytes = Buffer.from(text, "base64");
  return size <= MAX_IMAGE_BYTES && bytes.length === size && bytes.toString("base64") === text;
}

/** What a consumer asks: the preimage of a receipt's requestHash. */
export type InferenceRequest = z.output<typeof requestSchema>;
/** What the model answered: the preimage of a receipt's outputHash. */
export type InferenceAnswer = ModelAnswer | VectorAnswer | ActionAnswer;
/** What a model answers a question with. */
export type ModelAnswer = LabelAnswer | PassagesAnswer | WrittenAnswer | QuotedAnswer;
export type LabelAnswer = z.output<typeof labelAnswer>;
export type PassagesAnswer = z.output<typeof passagesAnswer>;
export type WrittenAnswer = z.output<typeof writtenAnswer>;
export type QuotedAnswer = z.output<typeof quotedAnswer>;
/** Where a model places a text. */
export type VectorAnswer = z.output<typeof vectorAnswer>;
/** What an agent answers with. */
export type ActionAnswer = z.output<typeof actionAnswer>;

/** The answer in a few words: its label, its text, the passage with the largest share, the reply, or how long its vector is. */
export function shortAnswer(answer: InferenceAnswer): string {
  if ("text" in answer) return answer.text;
  if ("reply" in answer) return answer.reply;
  if ("vector" in answer) return `a vector of ${answer.vector.length} numbers`;
  return "label" in answer ? answer.label : (answer.passages[0]?.text ?? "");
}
/** A receipt with what it is about. */
export interface ReceiptRecord extends SignedReceipt {
  readonly request: InferenceRequest;
  readonly answer: InferenceAnswer;
  /** With it the payment's nonce binds model and request; undefined for a payment that binds nothing. */
  readonly salt?: Hash | undefined;
}

export { answerSchema, receiptSchema, requestSchema, saltSchema };

export function requestHash(request: InferenceRequest): Hash {
  return hashCanonicalJson(request);
}

export function outputHash(answer: InferenceAnswer): Hash {
  return hashCanonicalJson(answer);
}

/**
 * Stores the receipts of a model and epoch, and before them what the payers of channels have confirmed of them, one canonical JSON
 * object per line, and returns the URI to commit.
 */
export async function putReceipts(
  content: ContentFiles,
  records: readonly ReceiptRecord[],
  statements: readonly SignedStatement[] = [],
): Promise<string> {
  const sold = records.map(({ receipt, signature, request, answer, salt }) => {
    const { versionId, fee, cumulative, time, ...rest } = receipt;
    const amounts = { fee: `${fee}`, cumulative: `${cumulative}` };
    const plain = { ...rest, ...amounts, versionId: `${versionId}`, time: `${time}` };
    return canonicalJson({ receipt: plain, signature, request, answer, ...(salt === undefined ? {} : { salt }) });
  });
  const confirmed = statements.map(({ receipts, ...rest }) =>
    canonicalJson({ statement: { ...rest, receipts: receipts.map(({ hash, fee }) => [hash, `${fee}`]) } }),
  );
  return content.put(new TextEncoder().encode([...confirmed, ...sold].map((line) => `${line}\n`).join("")));
}

/**
 * A line of a receipts file. A record whose request or answer is not what its receipt binds is refused: the file is then not the
 * provider's.
 *
 * @throws ContentError with the line
 */
export function parseRecord(line: string, number: number, uri: string): ReceiptRecord {
  let record: ReceiptRecord;
  try {
    record = recordSchema.parse(JSON.parse(line));
  } catch (error) {
    throw new ContentError(`line ${number} of a receipts file cannot be read: ${messageOf(error)}`, { value: uri });
  }
  const { receipt, request, answer } = record;
  if (requestHash(request) === receipt.requestHash && outputHash(answer) === receipt.outputHash) return record;
  throw new ContentError(`line ${number} of a receipts file states another request or answer than its receipt`, {
    value: uri,
  });
}

/** What is confirmed by a line of a receipts file; undefined for a line that is none of that kind. */
export function parseStatement(line: string): SignedStatement | undefined {
  // a record may take megabytes to read
  if (!line.startsWith(STATEMENT)) return undefined;
  try {
    const { receipts, ...rest } = statementSchema.parse(JSON.parse(line)).statement;
    return { ...rest, receipts: receipts.map(([hash, fee]) => ({ hash, fee: BigInt(fee) })) };
  } catch {
    return undefined;
  }
}
