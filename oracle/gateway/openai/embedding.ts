import { z } from "zod";
import { InputError } from "../../common/errors.ts";
import { toJson } from "../../common/json.ts";
import type { PaidAnswer } from "../paidCall.ts";
import { modelName } from "./modelName.ts";
import { oneText } from "./oneText.ts";
import { usageOf } from "./usage.ts";

const MILLION = 1_000_000;

/** A request for the vector of one text. OpenAI's own clients ask for base64 of little-endian float32 and decode it. */
export const embeddingRequestSchema = z.looseObject({
  model: modelName,
  input: oneText,
  encoding_format: z.enum(["float", "base64"]).nullish(),
  dimensions: z.number().int().min(1).nullish(),
});

/** @throws InputError if another length of vector is wanted than the version gives */
export function requireDimension(wanted: number | null | undefined, given: number): void {
  if (wanted === undefined || wanted === null || wanted === given) return;
  throw new InputError("the model gives vectors of another length", {
    value: wanted,
    limit: `${given}`,
    remedy: `Leave "dimensions" out, or ask for ${given}.`,
  });
}

/** OpenAI's list of one vector, with what the receipt is for beside it. */
export function embeddingList(
  { model, input, encoding_format: format }: z.output<typeof embeddingRequestSchema>,
  { answer, receipt, signature }: PaidAnswer,
): string {
  const components = "vector" in answer ? answer.vector.map((component) => component / MILLION) : [];
  const embedding = format === "base64" ? Buffer.from(littleEndian(components)).toString("base64") : components;
  return toJson({
    object: "list",
    model: model.toString(),
    data: [{ object: "embedding", index: 0, embedding }],
    usage: usageOf(input, "", receipt.fee),
    openledger: { answer, receipt, signature },
  });
}

function littleEndian(components: readonly number[]): ArrayBuffer {
  const bytes = new DataView(new ArrayBuffer(4 * components.length));
  components.forEach((component, i) => bytes.setFloat32(4 * i, component, true));
  return bytes.buffer;
}
