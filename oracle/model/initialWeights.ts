import type { RandomStream } from "../numerics/random.ts";
import { randomStream } from "../numerics/random.ts";
import type { Architecture } from "./architecture.ts";
import type { Recipe } from "./recipe.ts";
import type { Weights } from "./weights.ts";

/** What a random stream of a training run is for; part of its stream number, so that no two uses share draws. */
export const STREAM = { initial: 0, batches: 1, dropout: 2 } as const;

/** Standard deviation of the initial embeddings. */
const EMBEDDING_SCALE = 0.1;

/**
 * Initial weights of a member: weights and biases of a layer uniform in ±1/√inputs (LeCun), embeddings normal with standard
 * deviation 0.1.
 */
export function initialWeights(recipe: Recipe, architecture: Architecture, member: number): Weights {
  const tensors = new Map<string, Float32Array>();
  for (const layer of architecture.layers) {
    const drawn = layer.kind === "embeddingBag" ? [layer.table] : [layer.weight, layer.bias];
    for (const { name, elements } of drawn) {
      const stream = randomStream(recipe.seed, member, STREAM.initial, tensors.size);
      const bound = layer.kind === "embeddingBag" ? undefined : 1 / Math.sqrt(layer.inputs);
      tensors.set(
        name,
        Float32Array.from({ length: elements }, () => draw(stream, bound)),
      );
    }
  }
  return architecture.parameters.map(({ name, shape }) => ({ name, shape, values: tensors.get(name)! }));
}

function draw(stream: RandomStream, bound: number | undefined): number {
  return bound === undefined ? EMBEDDING_SCALE * stream.normal() : bound * (2 * stream.uniform() - 1);
}
