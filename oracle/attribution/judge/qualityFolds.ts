/** A contributor of quality data is heard with so many rows at most: the first ones that it registered. */
export const QUALITY_ROWS_PER_CONTRIBUTOR = 2_500;

/**
 * Divides the rows of a quality set among its folds, stratified by label: the rows of a label are dealt out one after the other, and
 * the next label goes on where it ended, so that every fold has as many rows of each label as any other, give or take one, and no
 * label begins with the same fold every time.
 *
 * @param labels class of each row
 * @param count of folds
 * @returns fold of each row, 0 … count − 1
 */
export function foldsOf(labels: Int32Array, count: number): Int32Array {
  const rows = Array.from(labels.keys()).sort((a, b) => labels[a]! - labels[b]! || a - b);
  const folds = new Int32Array(labels.length);
  for (const [place, row] of rows.entries()) folds[row] = place % count;
  return folds;
}
