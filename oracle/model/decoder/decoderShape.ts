import { z } from "zod";
import { InputError } from "../../common/errors.ts";

const counted = (max: number) => z.number().int().min(1).max(max);
const inSteps = (step: number, max: number) => z.number().int().min(step).max(max).multipleOf(step);

/** The sizes of a decoder of the Llama kind. */
export const decoderShapeSchema = z
  .strictObject({
    layers: counted(128),
    /** Of queries. */
    heads: counted(128),
    /** Of keys and values: each is shared by so many heads of queries. */
    keyHeads: counted(128),
    hidden: inSteps(16, 16_384),
    units: inSteps(8, 65_536),
    vocabulary: inSteps(8, 1_048_576),
    /** Places that the model has learned: prompt and answer together. */
    places: counted(131_072),
    /** Base of the angles by which places turn queries and keys. */
    theta: z.number().min(2).max(1e9),
    epsilon: z.number().positive().max(1),
  })
  .refine(({ hidden, heads }) => hidden % (16 * heads) === 0, "hidden is a multiple of 16 for each head")
  .refine(({ heads, keyHeads }) => heads % keyHeads === 0, "heads is a multiple of keyHeads");

export type DecoderShape = z.output<typeof decoderShapeSchema>;

/** @throws InputError */
export function parseDecoderShape(value: unknown): DecoderShape {
  const parsed = decoderShapeSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new InputError(`the sizes of a decoder cannot be used: ${z.prettifyError(parsed.error)}`, { value });
}

/** A part of a decoder: a matrix with a row for each output, or a gain of each column. */
export type DecoderPart =
  | { readonly kind: "matrix"; readonly name: string; readonly outputs: number; readonly inputs: number }
  | { readonly kind: "gain"; readonly name: string; readonly size: number };

/** The parts of a decoder in their order. The matrix of the words also gives the logits. */
export function decoderParts({ layers, heads, keyHeads, hidden, units, vocabulary }: DecoderShape): DecoderPart[] {
  const parts: DecoderPart[] = [];
  const matrix = (name: string, outputs: number, inputs: number) => {
    parts.push({ kind: "matrix", name, outputs, inputs });
  };
  const gain = (name: string) => {
    parts.push({ kind: "gain", name, size: hidden });
  };
  matrix("words", vocabulary, hidden);
  for (let layer = 0; layer < layers; layer++) {
    gain(`${layer}.attention.norm`);
    // queries, keys and values one below the other
    matrix(`${layer}.attention`, hidden + (2 * keyHeads * hidden) / heads, hidden);
    matrix(`${layer}.attended`, hidden, hidden);
    gain(`${layer}.units.norm`);
    matrix(`${layer}.gate`, units, hidden);
    matrix(`${layer}.up`, units, hidden);
    matrix(`${layer}.down`, hidden, units);
  }
  gain("norm");
  return parts;
}
