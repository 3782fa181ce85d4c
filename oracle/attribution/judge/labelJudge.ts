import { choleskyFactor, choleskySolve } from "../../numerics/cholesky64.ts";

/** Added to the diagonal of the similarities. From a tenth to one the judgements hardly differ. */
const RIDGE = 0.3;

/** Knows labels from rows with labels alone: ridge regression on the similarity to them. */
export interface LabelJudge {
  /**
   * How much a row supports a label: about 1 for a row that the judge knows, 0 for no more than labels are supported on average. Undefined
   * for a row that resembles nothing that the judge knows.
   *
   * @param similar to every row of the set that the judge's rows are from
   */
  support(similar: Float64Array, label: number): number | undefined;
}

/**
 * @param similarities of a set of rows, each with each
 * @param labels of the set's rows, from 0 on
 * @param rows those that the judge learns from
 */
export function fitLabelJudge(
  similarities: readonly Float64Array[],
  labels: Int32Array,
  classes: number,
  rows: readonly number[],
): LabelJudge {
  const count = rows.length;
  const matrix = new Float64Array(count * count);
  const coefficients = new Float64Array(count * classes);
  for (const [i, row] of rows.entries()) {
    for (let j = 0; j <= i; j++) matrix[i * count + j] = similarities[row]![rows[j]!]!;
    matrix[i * count + i]! += RIDGE;
    // What is learned adds up to 0 over the labels, so what is found does too.
    for (let c = 0; c < classes; c++) coefficients[i * classes + c] = Number(labels[row] === c) - 1 / classes;
  }
  choleskySolve(choleskyFactor(matrix, count), count, coefficients, classes);
  return {
    support(similar, label) {
      let [sum, known] = [0, false];
      for (let i = 0; i < count; i++) {
        const weight = similar[rows[i]!]!;
        if (weight > 0) known = true;
        sum += weight * coefficients[i * classes + label]!;
      }
      return known ? sum : undefined;
    },
  };
}
