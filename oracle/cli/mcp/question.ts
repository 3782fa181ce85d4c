import { z } from "zod";
import { MAX_TEXT_LENGTH } from "../../data/checkedText.ts";
import { InputError } from "../../common/errors.ts";
import { ID_TEXT } from "../../common/idText.ts";
import { type InferenceRequest, requestSchema } from "../../jobs/receiptFiles.ts";

/** Control characters other than line ends and tabs: no question needs them. */
const CONTROL = /(?![\n\t])\p{Cc}/u;

/** A model as a program names it. */
export const modelArgument = z
  .union([z.string(), z.number().int()])
  .transform(String)
  .pipe(z.string().regex(ID_TEXT, "a model's id, such as 1: list_models has them"))
  .describe("The model's id");

export const textArgument = z
  .string()
  .max(MAX_TEXT_LENGTH, `a text of at most ${MAX_TEXT_LENGTH} characters`)
  .refine((text) => !CONTROL.test(text), "a text without control characters")
  .describe("The question");

/** @throws InputError for a text that no model reads */
export function questionOf(text: string): InferenceRequest {
  const read = requestSchema.safeParse({ kind: "text", input: text });
  if (read.success) return read.data;
  throw new InputError("the question cannot be read", {
    value: text,
    limit: read.error.issues.map(({ message }) => message).join("; "),
    remedy: "Send another text. Nothing was paid.",
  });
}
