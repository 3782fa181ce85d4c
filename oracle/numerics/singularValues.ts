import { ContentError } from "../common/errors.ts";
import { binaryScale } from "./binaryScale.ts";

/** A = Σ_i values[i] · left_i ⊗ right_i, values descending. */
export interface SingularValues {
  readonly values: Float64Array;
  /** Row i is the left vector of values[i], rows long; zero where values[i] is 0. */
  readonly left: Float64Array;
  /** Row i is the right vector of values[i], columns long; zero where values[i] is 0 and the matrix is wide. */
  readonly right: Float64Array;
}

/** The matrix holds values that are not finite. */
export class SingularValueError extends ContentError {
  constructor() {
    super("the matrix has no singular values: it holds values that are not finite");
  }
}

/** Passes over all pairs of columns; fewer than ten are usual. */
const MOST_SWEEPS = 60;
/** Beside a largest entry of 1, a column this short is noise whose square would vanish. */
const NEGLIGIBLE = 2 ** -500;

/**
 * Thin singular value decomposition by one-sided Jacobi rotations (Hestenes 1958; Demmel and Veselić 1992): columns are rotated in pairs until they
 * are orthogonal, so that no matrix is squared and small values keep their digits. Values below the rounding of the largest are returned as 0.
 *
 * @param matrix rows x columns
 * @throws SingularValueError
 */
export function singularValues(matrix: Float64Array, rows: number, columns: number): SingularValues {
  if (columns > rows) {
    const { values, left, right } = singularValues(transposed(matrix, rows, columns), columns, rows);
    return { values, left: right, right: left };
  }
  const scale = binaryScale(matrix);
  if (Number.isNaN(scale)) throw new SingularValueError();
  const scaled = transposed(matrix, rows, columns).map((value) => value / scale);
  const images = Array.from({ length: columns }, (_, c) => scaled.subarray(c * rows, (c + 1) * rows));
  const axes = Array.from({ length: columns }, (_, c) => {
    const axis = new Float64Array(columns);
    axis[c] = 1;
    return axis;
  });
  orthogonalise(images, axes);

  const lengths = images.map((image) => Math.sqrt(dot(image, image)));
  const order = [...lengths.keys()].sort((a, b) => lengths[b]! - lengths[a]! || a - b);
  const rounding = Number.EPSILON * rows * (lengths[order[0]!] ?? 0);
  const values = new Float64Array(columns);
  const left = new Float64Array(columns * rows);
  const right = new Float64Array(columns * columns);
  for (const [to, from] of order.entries()) {
    right.set(axes[from]!, to * columns);
    const length = lengths[from]!;
    if (length <= rounding) continue;
    values[to] = length * scale;
    for (let r = 0; r < rows; r++) left[to * rows + r] = images[from]![r]! / length;
  }
  return { values, left, right };
}

/** Rotates pairs of images, and their axes along, until all images are orthogonal. */
function orthogonalise(images: readonly Float64Array[], axes: readonly Float64Array[]): void {
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    let rotated = false;
    for (let i = 0; i < images.length; i++) {
      for (let j = i + 1; j < images.length; j++) {
        const rotation = rotationBetween(images[i]!, images[j]!);
        if (rotation === undefined) continue;
        rotated = true;
        rotate(images[i]!, images[j]!, rotation);
        rotate(axes[i]!, axes[j]!, rotation);
      }
    }
    if (!rotated) return;
  }
}

interface Rotation {
  readonly sine: number;
  readonly cosine: number;
}

/** The smaller rotation that makes two vectors orthogonal; undefined where they are. */
function rotationBetween(x: Float64Array, y: Float64Array): Rotation | undefined {
  const [xx, yy, xy] = [dot(x, x), dot(y, y), dot(x, y)];
  const [xLength, yLength] = [Math.sqrt(xx), Math.sqrt(yy)];
  if (Math.min(xLength, yLength) <= NEGLIGIBLE) return undefined;
  if (Math.abs(xy) <= Number.EPSILON * x.length * xLength * yLength) return undefined;
  const ratio = (yy - xx) / (2 * xy);
  const tangent = (ratio < 0 ? -1 : 1) / (Math.abs(ratio) + Math.sqrt(1 + ratio * ratio));
  const cosine = 1 / Math.sqrt(1 + tangent * tangent);
  return { sine: cosine * tangent, cosine };
}

function rotate(x: Float64Array, y: Float64Array, { sine, cosine }: Rotation): void {
  for (let i = 0; i < x.length; i++) {
    const [xi, yi] = [x[i]!, y[i]!];
    x[i] = cosine * xi - sine * yi;
    y[i] = sine * xi + cosine * yi;
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function transposed(matrix: Float64Array, rows: number, columns: number): Float64Array {
  const result = new Float64Array(matrix.length);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) result[c * rows + r] = matrix[r * columns + c]!;
  return result;
}
