import type { ChannelConfig } from "@openledger/protocol/eip712/channel.ts";
import { receiptType } from "@openledger/protocol/eip712/receipt.ts";
import type { Hash } from "@openledger/protocol/hex.ts";
import { z } from "zod";
import { ContentError, InputError, messageOf } from "../../common/errors.ts";
import { toJson } from "../../common/json.ts";
import { openLineFile, readLineFile } from "../../common/lineFile.ts";
import { requestHash } from "../../jobs/receiptFiles.ts";
import { configSchema } from "../channels/voucherCall.ts";
import { type BoughtAnswer, paidAnswer } from "../client.ts";
import type { Questions } from "./questionFile.ts";

/** What a job is: its first line says it. */
const headerSchema = z.strictObject({
  format: z.literal("openledger-job/1"),
  /** 16 bytes that name it. */
  job: z.string().regex(/^[0-9a-f]{32}$/u),
  modelId: z.coerce.bigint(),
  /** SHA-256 of the file of questions. */
  questions: z.string().regex(/^[0-9a-f]{64}$/u),
  rows: z.number().int().positive(),
  /** The channel that pays for it and for nothing else. */
  channel: configSchema,
});
const rowSchema = paidAnswer.extend({
  /** Counted from 1, as lines are. */
  row: z.number().int().positive(),
});

export type JobHeader = z.output<typeof headerSchema>;
/** A row that was answered. */
export type AnsweredRow = z.output<typeof rowSchema>;

/** What a job has come to. */
export interface JobState {
  readonly header: JobHeader;
  readonly answered: readonly AnsweredRow[];
}

/** The file of a job, to which answers are added. */
export interface AnswerFile extends JobState {
  /** It is on disk when this returns. */
  add(row: number, bought: BoughtAnswer): void;
  close(): void;
}

/** @returns undefined where nothing is there yet. @throws ContentError for a file that is none of a job */
export function readAnswerFile(file: string): JobState | undefined {
  const [first, ...lines] = readLineFile(file);
  if (first === undefined) return undefined;
  const read = <S extends z.ZodType>(line: string, i: number, schema: S): z.output<S> => {
    try {
      return schema.parse(JSON.parse(line));
    } catch (error) {
      throw new ContentError(`line ${i + 1} of the file of answers cannot be read: ${messageOf(error)}`, {
        value: file,
        limit: "a file that this program has written",
        remedy: "Restore it, or begin another job with another --out.",
        cause: error,
      });
    }
  };
  return {
    header: read(first, 0, headerSchema),
    answered: lines.map((line, i) => read(line, i + 1, rowSchema)),
  };
}

/** @param begin what a job is that has no file yet. @throws InputError for the file of a job about other questions, or another model */
export function openAnswerFile(
  file: string,
  questions: Questions,
  modelId: bigint,
  begin: () => { readonly job: string; readonly channel: ChannelConfig },
): AnswerFile {
  const known = readAnswerFile(file);
  if (known !== undefined) requireSame(file, known, questions, modelId);
  const state = known ?? {
    header: {
      format: "openledger-job/1" as const,
      ...begin(),
      modelId,
      questions: questions.sha256,
      rows: questions.rows.length,
    },
    answered: [],
  };
  const lines = openLineFile(file);
  if (known === undefined) lines.add(toJson(state.header));
  return { ...state, add: (row, bought) => lines.add(toJson({ row, ...bought })), close: lines.close };
}

function requireSame(file: string, { header, answered }: JobState, { sha256, rows }: Questions, modelId: bigint): void {
  const other = answered.find(({ row, receipt }) => {
    const asked = rows[row - 1];
    return asked === undefined || requestHash(asked) !== receipt.requestHash;
  });
  if (header.questions === sha256 && header.modelId === modelId && other === undefined) return;
  throw new InputError("the file has the answers of another job", {
    value: `${file}: model ${header.modelId}, questions with SHA-256 ${header.questions}`,
    limit: `model ${modelId}, questions with SHA-256 ${sha256}`,
    remedy: "Name another --out; to go on with that job, give its questions and its model.",
  });
}

/** Struct hashes of the receipts: what came with an answer to what was asked. */
export function receiptHashes(answered: readonly Pick<AnsweredRow, "receipt">[]): ReadonlySet<Hash> {
  return new Set(answered.map(({ receipt }) => receiptType.hash(receipt)));
}
