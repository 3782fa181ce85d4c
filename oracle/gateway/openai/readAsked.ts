import { InputError } from "../../common/errors.ts";
import { type InferenceRequest, requestSchema } from "../../jobs/receiptFiles.ts";

/** A question as versions read it. @throws InputError for one that none can read */
export function readAsked(asked: object): InferenceRequest {
  const read = requestSchema.safeParse(asked);
  if (read.success) return read.data;
  throw new InputError("the question cannot be read", {
    value: asked,
    limit: read.error.issues.map(({ message }) => message).join("; "),
    remedy: "Send another text.",
  });
}

export function textRequest(input: string): InferenceRequest {
  return readAsked({ kind: "text", input });
}
