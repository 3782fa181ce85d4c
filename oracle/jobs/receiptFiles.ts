import { canonicalJson, hashCanonicalJson } from "@openledger/protocol/canonicalJson.ts";
import { asAddress, asHash, type Hash, type Hex } from "@openledger/protocol/hex.ts";
import { z } from "zod";
import { ContentError, messageOf } from "../common/errors.ts";
import type { ContentFiles } from "./contentFiles.ts";
import type { SignedReceipt } from "../settlement/receipts.ts";

const hash = z.string().transform((value) => asHash(value));
const requestSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("text"), input: z.string().min(1).max(65_536) }),
  z.strictObject({
    kind: z.literal("image"),
    width: z.number().int().positive(),
    height: z.number().int().positive(),
    channels: z.number().int().positive(),
    /** Base64 of the pixel bytes. */
    pixels: z.string(),
  }),
]);
const answerSchema = z.strictObject({
  label: z.string(),
  /** Probability of the label in millionths. */
  confidence: z.number().int().min(0).max(1_000_000),
});
const receiptSchema = z.strictObject({
  versionId: z.coerce.bigint(),
  consumer: z.string().transform((value) => asAddress(value)),
  requestHash: hash,
  outputHash: hash,
  fee: z.coerce.bigint(),
  paymentId: hash,
  time: z.coerce.bigint(),
});
const recordSchema = z.strictObject({
  receipt: receiptSchema,
  signature: z.custom<Hex>((value) => typeof value === "string" && /^0x[0-9a-f]+$/u.test(value)),
  request: requestSchema,
  answer: answerSchema,
});

/** What a consumer asks: the preimage of a receipt's requestHash. */
export type InferenceRequest = z.output<typeof requestSchema>;
/** What the model answered: the preimage of a receipt's outputHash. */
export type InferenceAnswer = z.output<typeof answerSchema>;
/** A receipt with what it is about. */
export interface ReceiptRecord extends SignedReceipt {
  readonly request: InferenceRequest;
  readonly answer: InferenceAnswer;
}

export { answerSchema, receiptSchema, requestSchema };

export function requestHash(request: InferenceRequest): Hash {
  return hashCanonicalJson(request);
}

export function outputHash(answer: InferenceAnswer): Hash {
  return hashCanonicalJson(answer);
}

/** Stores the receipts of a model and epoch, one canonical JSON object per line, and returns the URI to commit. */
export async function putReceipts(content: ContentFiles, records: readonly ReceiptRecord[]): Promise<string> {
  const lines = records.map(({ receipt, signature, request, answer }) => {
    const { versionId, fee, time, ...rest } = receipt;
    const plain = { ...rest, versionId: `${versionId}`, fee: `${fee}`, time: `${time}` };
    return canonicalJson({ receipt: plain, signature, request, answer });
  });
  return content.put(new TextEncoder().encode(lines.map((line) => `${line}\n`).join("")));
}

/**
 * Fetches the receipts of a model and epoch. A record whose request or answer is not what its receipt binds is refused:
 * the file is then not the provider's.
 *
 * @throws ContentError with the line
 */
export async function getReceipts(content: ContentFiles, uri: string): Promise<ReceiptRecord[]> {
  const text = new TextDecoder("utf-8", { fatal: true }).decode(await content.get(uri));
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line, i) => parseRecord(line, i + 1, uri));
}

function parseRecord(line: string, number: number, uri: string): ReceiptRecord {
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
