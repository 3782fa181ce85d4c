import { choleskyFactor, choleskySolve } from "../../numerics/cholesky64.ts";
import type { AttributionIndex } from "../buildIndex.ts";
import { contributionColumns } from "../contributionColumns.ts";
import { IndexInputError } from "../errors.ts";
import { noJudgement, qualityFunctional } from "../qualityFunctional.ts";
import { quantiseRows } from "../quantiseRows.ts";
import type { ChatScheme } from "./chatScheme.ts";

/** Lessons whose kernel is factored: it has a row and a column for each. */
export const MOST_LESSONS = 2_048;

/** What a version's adapter was trained on, as gradients. */
export interface LessonGradients {
  /** Of Σ log p of each lesson's tokens. */
  readonly gradients: readonly Float64Array[];
  /** Row of the index of each lesson. */
  readonly contributionOf: readonly number[];
  readonly contributions: number;
}

/**
 * The operator that answers are attributed by, contributions x parameters: (JJᵀ + λI)⁻¹·J, summed over each contribution's lessons. How much more
 * likely a contribution made an answer is its row times the gradient of the answer's log-likelihood.
 *
 * @throws IndexInputError for more lessons than can be factored
 */
export function adapterOperator({ damping }: ChatScheme, lessons: LessonGradients): Float32Array {
  const { gradients, contributionOf, contributions } = lessons;
  const count = gradients.length;
  if (count === 0 || count > MOST_LESSONS) {
    throw new IndexInputError(
      `${count} pieces of text: an adapter is attributed to 1 to ${MOST_LESSONS}, so leave Datanets out, or raise the recipe's length`,
    );
  }
  const kernel = new Float64Array(count * count);
  let trace = 0;
  for (let i = 0; i < count; i++) {
    for (let j = 0; j <= i; j++) kernel[i * count + j] = dot(gradients[i]!, gradients[j]!);
    trace += kernel[i * count + i]!;
  }
  for (let i = 0; i < count; i++) kernel[i * count + i] = kernel[i * count + i]! + (damping * trace) / count;
  const shares = new Float64Array(count * contributions);
  for (const [i, contribution] of contributionOf.entries()) shares[i * contributions + contribution] = 1;
  choleskySolve(choleskyFactor(kernel, count), count, shares, contributions);
  const parameters = gradients[0]!.length;
  const sums = new Float64Array(contributions * parameters);
  for (let i = 0; i < count; i++) {
    for (let c = 0; c < contributions; c++) {
      const share = shares[i * contributions + c]!;
      for (let p = 0; p < parameters; p++) {
        sums[c * parameters + p] = sums[c * parameters + p]! + share * gradients[i]![p]!;
      }
    }
  }
  return Float32Array.from(sums);
}

/** ψ of an answer: what each contribution did for its log-likelihood, k components. */
export function adapterFeatures(operator: Float32Array, gradient: Float64Array, k: number): Float64Array {
  const psi = new Float64Array(k);
  const parameters = gradient.length;
  for (let c = 0; c < operator.length / parameters; c++) {
    psi[c] = dot(operator.subarray(c * parameters, (c + 1) * parameters), gradient);
  }
  return psi;
}

/**
 * The attribution index of a version that writes: every contribution has a column of its own, and a Datanet's G is the mean over its quality questions of
 * what each contribution does for the right answer.
 *
 * @param quality gradients of the mean log p of the right answers' tokens, for each Datanet
 * @throws IndexInputError for more contributions than columns, or no quality questions; as `adapterOperator`
 */
export function buildAdapterIndex(
  scheme: ChatScheme,
  lessons: LessonGradients,
  quality: readonly (readonly Float64Array[])[],
): AttributionIndex {
  const { contributions } = lessons;
  if (quality.every((questions) => questions.length === 0))
    throw new IndexInputError("the quality sets are empty: set questions aside to judge data by");
  if (contributions > scheme.rank) {
    throw new IndexInputError(
      `${contributions} contributions: a version that writes has at most ${scheme.rank}, so let sources be combined into fewer`,
    );
  }
  const k = contributionColumns(scheme.rank, contributions);
  const operator = adapterOperator(scheme, lessons);
  const identity = new Float32Array(contributions * k);
  for (let c = 0; c < contributions; c++) identity[c * k + c] = 1;
  const qualities = quality.map((questions) => {
    if (questions.length === 0) return noJudgement(k);
    const values = new Float64Array(questions.length * k);
    for (const [q, gradient] of questions.entries()) values.set(adapterFeatures(operator, gradient, k), q * k);
    return qualityFunctional(values, k, new Int32Array(questions.length), 1);
  });
  return { k, ...quantiseRows(identity, contributions, k), qualities, projections: [operator] };
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
