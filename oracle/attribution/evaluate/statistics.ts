import { InputError } from "../../common/errors.ts";

/** The statistics of the evaluation. Samples are arrays of finite numbers; pairs of arrays have equal lengths. */
export type Sample = ArrayLike<number>;

/** Two samples that should be paired are not, or a statistic of too few numbers was asked for. */
export class SampleError extends InputError {}

export function mean(values: Sample): number {
  if (values.length === 0) throw new SampleError("the mean of no numbers is undefined");
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}

/** Ranks from 1; equal values share the average of their ranks. */
export function ranks(values: Sample): Float64Array {
  const order = Int32Array.from({ length: values.length }, (_, i) => i).sort(
    (a, b) => values[a]! - values[b]! || a - b,
  );
  const result = new Float64Array(values.length);
  for (let first = 0; first < order.length;) {
    let end = first + 1;
    while (end < order.length && values[order[end]!] === values[order[first]!]) end++;
    for (let i = first; i < end; i++) result[order[i]!] = (first + end + 1) / 2;
    first = end;
  }
  return result;
}

/** Pearson's correlation; 0 when a sample is constant (it predicts nothing). */
export function pearson(x: Sample, y: Sample): number {
  if (x.length !== y.length || x.length < 2) {
    throw new SampleError(`a correlation needs two samples of one length ≥ 2, not ${x.length} and ${y.length}`);
  }
  const meanX = mean(x);
  const meanY = mean(y);
  let xx = 0;
  let yy = 0;
  let xy = 0;
  for (let i = 0; i < x.length; i++) {
    const dx = x[i]! - meanX;
    const dy = y[i]! - meanY;
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : 0;
}

/** Spearman's rank correlation with average ranks for ties. */
export function spearman(x: Sample, y: Sample): number {
  return pearson(ranks(x), ranks(y));
}

/**
 * Area under the ROC curve: the probability that a positive example scores above a negative one, ties counting half.
 * @throws SampleError when one of the groups is empty
 */
export function areaUnderCurve(scores: Sample, positive: ArrayLike<boolean>): number {
  const rank = ranks(scores);
  let positives = 0;
  let rankSum = 0;
  for (let i = 0; i < scores.length; i++) {
    if (!positive[i]) continue;
    positives++;
    rankSum += rank[i]!;
  }
  const negatives = scores.length - positives;
  if (positives === 0 || negatives === 0) throw new SampleError("the area under the curve needs both groups");
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}

/**
 * Reliability of a test `length` times as long as one whose reliability is r (Spearman 1910, Brown 1910): 2 for the whole from the
 * correlation of its halves.
 */
export function spearmanBrown(r: number, length = 2): number {
  return (length * r) / (1 + (length - 1) * r);
}

/** An estimate with the bounds of its 95 % interval. */
export interface Interval {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Percentile bootstrap (Efron 1979): `statistic` of `resamples` samples drawn with replacement from 0 … size - 1.
 *
 * @param statistic of a list of indices; called first with all of them in order for the estimate
 * @param random uniform in [0, 1)
 */
export function bootstrap(
  size: number,
  statistic: (indices: Int32Array) => number,
  random: () => number,
  resamples = 1000,
): Interval {
  const indices = Int32Array.from({ length: size }, (_, i) => i);
  const estimate = statistic(indices);
  const values = new Float64Array(resamples);
  for (let b = 0; b < resamples; b++) {
    for (let i = 0; i < size; i++) indices[i] = Math.floor(random() * size);
    values[b] = statistic(indices);
  }
  values.sort();
  return { estimate, low: quantile(values, 0.025), high: quantile(values, 0.975) };
}

/** Linear interpolation between order statistics; `sorted` ascending, q in [0, 1]. */
export function quantile(sorted: Sample, q: number): number {
  if (sorted.length === 0) throw new SampleError("a quantile of no numbers is undefined");
  const position = q * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (position - below) * (sorted[above]! - sorted[below]!);
}

/** The numbers of `values` at `indices`. */
export function take(values: Sample, indices: Int32Array): Float64Array {
  return Float64Array.from(indices, (i) => values[i]!);
}
