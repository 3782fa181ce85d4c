import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { z } from "zod";
import { InputError } from "../../common/errors.ts";
import { withFileErrors } from "../../common/fileErrors.ts";
import { type InferenceRequest, requestSchema } from "../../jobs/receiptFiles.ts";

/** The questions of a job, in the order of its file. */
export interface Questions {
  /** SHA-256 of the file. */
  readonly sha256: string;
  readonly rows: readonly InferenceRequest[];
}

const MOST_ROWS = 100_000;
/** A line is a request, or what is asked alone: a text, or an object with one. */
const lineSchema = z.union([
  requestSchema,
  z.string().transform((input) => ({ kind: "text", input })),
  z.strictObject({ input: z.string() }).transform(({ input }) => ({ kind: "text", input })),
]);

/** Reads JSON, one question a line. @throws InputError with the line, for a file of which anything cannot be asked */
export function readQuestions(file: string): Questions {
  const bytes = withFileErrors(file, () => readFileSync(file));
  const lines = bytes.toString("utf8").split(/\r?\n/u);
  if (lines.at(-1) === "") lines.pop();
  if (lines.length === 0 || lines.length > MOST_ROWS) {
    throw new InputError("the file has no questions, or too many", {
      value: `${lines.length} lines in ${file}`,
      limit: `1 to ${MOST_ROWS} lines`,
      remedy: "Write a question on each line, and split what is longer.",
    });
  }
  return { sha256: createHash("sha256").update(bytes).digest("hex"), rows: lines.map(readQuestion) };
}

function readQuestion(line: string, i: number): InferenceRequest {
  try {
    return requestSchema.parse(lineSchema.parse(JSON.parse(line)));
  } catch (error) {
    throw new InputError(`line ${i + 1} is no question`, {
      value: line.slice(0, 200),
      limit: '"a text", {"input":"a text"}, or a request with its kind, as JSON',
      remedy: "Correct the line; nothing was asked or paid.",
      cause: error,
    });
  }
}
