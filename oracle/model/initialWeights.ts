import { InputError } from "../common/errors.ts";
import type { RandomStream } from "../numerics/random.ts";
import { randomStream } from "../numerics/random.ts";
import type { Architecture, Layer, Parameter } from "./architecture.ts";
import type { Recipe } from "./recipe.ts";
import type { Weights } from "./weights.ts";

/** What a random stream of a training run is for; part of its stream number, so that no two uses share draws. */
export const STREAM = { initial: 0, batches: 1, dropout: 2 } as const;

/** Standard deviation of the initial embeddings. */
const EMBEDDING_SCALE = 0.1;

/** An initial value from a stream. */
type Draw = (stream: RandomStream) => number;

/**
 * Initial weights of a member: weights and biases of a layer uniform in ±1/√inputs (LeCun), embeddings normal with standard
 * deviation 0.1, gains 1 and their biases 0. An adapter's B is 0, so that a model with fresh adapters is its parent (Hu et al. 2021, §4.1).
 *
 * @param given stands where a tensor of the same name and shape is: nothing is drawn for it
 */
export function initialWeights(
  recipe: Recipe,
  architecture: Architecture,
  member: number,
  given: Weights = [],
): Weights {
  const known = new Map(given.map((tensor) => [tensor.name, tensor]));
  const tensors = new Map<string, Float32Array>();
  for (const layer of architecture.layers) {
    for (const [{ name, shape, elements }, draw] of drawsOf(layer)) {
      const stream = randomStream(recipe.seed, member, STREAM.initial, tensors.size);
      const same = known.get(name);
      const isGiven = same !== undefined && same.shape.join() === shape.join();
      tensors.set(name, isGiven ? same.values : Float32Array.from({ length: elements }, () => draw(stream)));
    }
  }
  return architecture.parameters.map(({ name, shape }) => ({ name, shape, values: tensors.get(name)! }));
}

/**
 * The weights that a member starts from: a parent's where there is one, with fresh adapters where the recipe adds some to it.
 * @throws ParentNeededError when adapters have nothing to adapt
 */
export function startingWeights(
  recipe: Recipe,
  architecture: Architecture,
  member: number,
  parent: Weights | undefined,
): Weights {
  if (parent === undefined) {
    if (recipe.adapters !== undefined) throw new ParentNeededError();
    return initialWeights(recipe, architecture, member);
  }
  const given = new Map(parent.map((tensor) => [tensor.name, tensor]));
  const fresh = recipe.adapters !== undefined && !parent.some(({ name }) => architecture.trained.has(name));
  if (!fresh) return parent;
  return initialWeights(recipe, architecture, member).flatMap((tensor) => {
    if (architecture.trained.has(tensor.name)) return [tensor];
    const found = given.get(tensor.name);
    return found === undefined ? [] : [found];
  });
}

/** A recipe of adapters without a version to put them on. */
export class ParentNeededError extends InputError {
  constructor() {
    super("the recipe trains adapters of a parent version: give the parent's weights, or leave the adapters out");
  }
}

function drawsOf(layer: Layer): [Parameter, Draw][] {
  switch (layer.kind) {
    case "embeddingBag":
    case "embedding":
      return [[layer.table, (stream) => EMBEDDING_SCALE * stream.normal()]];
    case "norm":
      return [
        [layer.gain, () => 1],
        [layer.bias, () => 0],
      ];
    case "dense":
    case "convolution": {
      const bound = 1 / Math.sqrt(layer.inputs);
      const uniform: Draw = (stream) => bound * (2 * stream.uniform() - 1);
      const weight: Draw = layer.kind === "dense" && layer.initial === "zero" ? () => 0 : uniform;
      return [
        [layer.weight, weight],
        ...(layer.bias === undefined ? [] : [[layer.bias, uniform] as [Parameter, Draw]]),
      ];
    }
  }
}
