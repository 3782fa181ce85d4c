import { exp } from "../numerics/elementary.ts";
import type { KernelFactory } from "../numerics/kernels.ts";
import { randomStream } from "../numerics/random.ts";
import { openModel } from "./predict.ts";
import type { Recipe } from "./recipe.ts";
import { RowsError } from "./rows.ts";
import type { Weights } from "./weights.ts";

/** How the next token is chosen. */
export interface Sampling {
  readonly seed: number;
  /** Logits are divided by it; near 0 the likeliest token is always taken. */
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
      tokens.push(draw(last, temperature, stream.uniform()));
    }
  } finally {
    model.close();
  }
  return Int32Array.from(tokens.slice(prompt.length));
}

/** The class at which the cumulative distribution passes `uniform`. */
function draw(logits: Float32Array, temperature: number, uniform: number): number {
  const top = logits.reduce((max, value) => Math.max(max, value));
  const shares = Float64Array.from(logits, (value) => exp((value - top) / temperature));
  let left = uniform * shares.reduce((sum, share) => sum + share, 0);
  for (const [id, share] of shares.entries()) {
    left -= share;
    if (left < 0) return id;
  }
  return shares.length - 1;
}
