import type { KernelFactory } from "../numerics/kernels.ts";
import { randomStream } from "../numerics/random.ts";
import { drawToken } from "./drawToken.ts";
import { openModel } from "./predict.ts";
import type { Recipe } from "./recipe.ts";
import { RowsError } from "./rows.ts";
import type { Weights } from "./weights.ts";

/** How the next token is chosen. */
export interface Sampling {
  readonly seed: number;
  /** Logits are divided by it; at 0 the likeliest token is always taken. */
  readonly temperature: number;
}

/**
 * Tokens that a language model puts after a prompt, each drawn from the model's distribution over what follows the last `length` tokens. The
 * same arguments give the same tokens on every machine.
 *
 * @returns the new tokens alone
 * @throws RowsError for a model of other inputs and for an empty prompt, TensorMismatchError
 */
export function generate(
  createKernels: KernelFactory,
  recipe: Recipe,
  weights: Weights,
  prompt: Int32Array,
  count: number,
  { seed, temperature }: Sampling,
): Int32Array {
  const { input, classes } = recipe;
  if (input.kind !== "tokens") throw new RowsError("only a model of tokens goes on from a prompt");
  if (prompt.length === 0) throw new RowsError("the prompt is empty: give at least one token");
  const tokens = [...prompt];
  const stream = randomStream(seed, 0);
  const model = openModel(createKernels, recipe, weights);
  try {
    while (tokens.length < prompt.length + count) {
      const context = tokens.slice(-input.length);
      const ids = new Int32Array(input.length);
      ids.set(context);
      const { logits } = model.predict({ kind: "tokens", ids, length: input.length });
      const last = logits.subarray((context.length - 1) * classes, context.length * classes);
      tokens.push(drawToken(last, temperature, stream.uniform()));
    }
  } finally {
    model.close();
  }
  return Int32Array.from(tokens.slice(prompt.length));
}
