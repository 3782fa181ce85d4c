import { randomStream } from "../../numerics/random.ts";
import type { Decoder } from "../decoder/decoder.ts";
import type { TensorForm, Weights } from "../weights.ts";
import type { ChatRecipe } from "./chatRecipe.ts";

const f = Math.fround;

/** The tensors of an adapter: A reads a state, B adds to it. */
export function adapterTensors({ adapter: { rank } }: Pick<ChatRecipe, "adapter">, hidden: number): TensorForm[] {
  return [
    { name: "adapter.a", shape: [rank, hidden], elements: rank * hidden },
    { name: "adapter.b", shape: [hidden, rank], elements: hidden * rank },
  ];
}

/** A at random, B at 0: before any training the generator writes as it was. */
export function freshAdapter(recipe: Pick<ChatRecipe, "adapter" | "seed">, hidden: number): Weights {
  const stream = randomStream(recipe.seed, 0);
  return adapterTensors(recipe, hidden).map(({ name, shape, elements }, i) => ({
    ...{ name, shape },
    values: Float32Array.from({ length: elements }, () => (i === 0 ? stream.normal() / Math.sqrt(hidden) : 0)),
  }));
}

/** What A makes of a state: each element one float32 chain. */
export function readByAdapter([a]: Weights, state: Float32Array): Float32Array {
  const hidden = state.length;
  const values = a!.values;
  return Float32Array.from({ length: values.length / hidden }, (_, i) => {
    let sum = 0;
    for (let t = 0; t < hidden; t++) sum = f(sum + f(values[i * hidden + t]! * state[t]!));
    return sum;
  });
}

/** LoRA (Hu et al. 2021) on the state that the logits are made of: state + s·B·A·state. */
export function adaptState(weights: Weights, scale: number, state: Float32Array): Float32Array {
  const read = readByAdapter(weights, state);
  const rank = read.length;
  const b = weights[1]!.values;
  return state.map((value, j) => {
    let sum = 0;
    for (let i = 0; i < rank; i++) sum = f(sum + f(b[j * rank + i]! * read[i]!));
    return value + f(f(scale) * sum);
  });
}

/** A generator that writes as its adapter was trained to. */
export function adaptDecoder(decoder: Decoder, { adapter }: Pick<ChatRecipe, "adapter">, weights: Weights): Decoder {
  return { ...decoder, logits: (state) => decoder.logits(adaptState(weights, adapter.scale, state)) };
}
