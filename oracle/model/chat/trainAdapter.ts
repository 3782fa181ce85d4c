import type { KernelFactory } from "../../numerics/kernels.ts";
import { permutation, randomStream } from "../../numerics/random.ts";
import { aligned, createWorkspace } from "../../numerics/workspace.ts";
import type { Weights } from "../weights.ts";
import type { AdapterGradient } from "./adapterGradient.ts";
import type { ChatRecipe } from "./chatRecipe.ts";
import { freshAdapter } from "./headAdapter.ts";
import type { ReadLesson } from "./lessons.ts";

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

/**
 * Trains the adapter: Adam on the mean loss of a batch's tokens, with a rate that falls to 0; the order of the lessons is the seed's. The generator reads
 * every lesson once, before; a step goes through the adapter and the matrix of the words alone.
 */
export function trainAdapter(
  createKernels: KernelFactory,
  recipe: ChatRecipe,
  hidden: number,
  lessons: readonly ReadLesson[],
  gradientOf: (weights: Weights, lesson: ReadLesson) => AdapterGradient,
): Weights {
  const start = freshAdapter(recipe, hidden);
  const count = lessons.length;
  if (count === 0 || recipe.epochs === 0) return start;
  const [a, b] = start as [Weights[0], Weights[0]];
  const size = a.values.length + b.values.length;
  const space = createWorkspace(createKernels, 4 * aligned(size), "use a smaller base");
  const [w, g, m, v] = [space.allocate(size), space.allocate(size), space.allocate(size), space.allocate(size)];
  const values = space.floats(w, size);
  values.set(a.values);
  values.set(b.values, a.values.length);
  for (const moment of [m, v]) space.floats(moment, size).fill(0);
  const present = (): Weights => [
    { ...a, values: values.slice(0, a.values.length) },
    { ...b, values: values.slice(a.values.length) },
  ];

  const perEpoch = Math.ceil(count / recipe.batch);
  const steps = recipe.epochs * perEpoch;
  let [power1, power2] = [1, 1];
  for (let step = 0; step < steps; step++) {
    const [epoch, first] = [Math.floor(step / perEpoch), (step % perEpoch) * recipe.batch];
    const order = permutation(randomStream(recipe.seed, 1, epoch), count);
    const sum = new Float64Array(size);
    let tokens = 0;
    const weights = present();
    for (const i of order.subarray(first, first + recipe.batch)) {
      const { gradient } = gradientOf(weights, lessons[i]!);
      for (let at = 0; at < size; at++) sum[at] = sum[at]! + gradient[at]!;
      tokens += lessons[i]!.tokens.length;
    }
    const mean = space.floats(g, size);
    for (let at = 0; at < size; at++) mean[at] = sum[at]! / tokens;
    power1 *= BETA1;
    power2 *= BETA2;
    const rate = (recipe.learningRate * (1 - step / steps)) / (1 - power1);
    space.kernels.adamStep(size, rate, BETA1, BETA2, 1 / (1 - power2), EPSILON, w, g, m, v);
  }
  return present();
}
