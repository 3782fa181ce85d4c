import { z } from "zod";
import { InputError } from "../../common/errors.ts";
import { type TensorForm, TensorMismatchError, WeightValueError, type Weights } from "../weights.ts";

/** Integer sums of products stay exact up to here (numerics/kernels.ts). */
const WIDEST = 2_048;
const inEights = (max: number) => z.number().int().min(8).max(max).multipleOf(8);

/** The sizes of a BERT encoder. */
export const bertShapeSchema = z
  .strictObject({
    layers: z.number().int().min(1).max(48),
    heads: z.number().int().min(1).max(64),
    hidden: inEights(WIDEST),
    units: inEights(WIDEST),
    vocabulary: z.number().int().min(4).max(1_000_000),
    /** Places that the model has learned, the most that a piece of text can have. */
    places: z.number().int().min(3).max(8_192),
    /** Tokens of a piece of text with its begin and end: a longer text is read in pieces. */
    length: z.number().int().min(3).max(8_192),
    epsilon: z.number().positive().max(1),
  })
  .refine(({ hidden, heads }) => hidden % heads === 0, "hidden is a multiple of heads")
  .refine(({ length, places }) => length <= places, "length is at most places");

export type BertShape = z.output<typeof bertShapeSchema>;

/** The tensors of a BERT encoder in the project's weights. Matrices have a row for each output. */
export function bertTensors({ layers, hidden, units, vocabulary, places }: BertShape): TensorForm[] {
  const forms: TensorForm[] = [];
  const add = (name: string, ...shape: number[]): void => {
    forms.push({ name, shape, elements: shape.reduce((product, size) => product * size, 1) });
  };
  const dense = (name: string, out: number, inputs: number): void => {
    add(`${name}.weights`, out, inputs);
    add(`${name}.bias`, out);
  };
  const norm = (name: string): void => {
    add(`${name}.gain`, hidden);
    add(`${name}.bias`, hidden);
  };
  add("words", vocabulary, hidden);
  add("places", places, hidden);
  norm("embedding.norm");
  for (let layer = 0; layer < layers; layer++) {
    // query, key and value one below the other
    dense(`${layer}.attention`, 3 * hidden, hidden);
    dense(`${layer}.attended`, hidden, hidden);
    norm(`${layer}.attended.norm`);
    dense(`${layer}.up`, units, hidden);
    dense(`${layer}.down`, hidden, units);
    norm(`${layer}.down.norm`);
  }
  return forms;
}

/** @throws TensorMismatchError, WeightValueError */
export function checkBertWeights(shape: BertShape, weights: Weights): void {
  const forms = bertTensors(shape);
  for (const [i, { name, shape: expected, elements }] of forms.entries()) {
    const found = weights[i];
    const size = `[${expected.join(", ")}]`;
    if (found?.name !== name) throw new TensorMismatchError(name, "missing", size);
    if (found.shape.join() !== expected.join() || found.values.length !== elements) {
      throw new TensorMismatchError(name, `[${found.shape.join(", ")}]`, size);
    }
    const bad = found.values.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) throw new WeightValueError(name, bad, found.values[bad]!);
  }
  const extra = weights[forms.length];
  if (extra !== undefined) throw new TensorMismatchError(extra.name, "present", "no such tensor");
}

/** @throws InputError */
export function parseBertShape(value: unknown): BertShape {
  const parsed = bertShapeSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new InputError(`the sizes of a BERT encoder cannot be used: ${z.prettifyError(parsed.error)}`, { value });
}
