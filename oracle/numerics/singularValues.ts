import { symmetricEigen } from "./symmetricEigen.ts";

/** A = Σ_i values[i] · left_i ⊗ right_i, values descending. */
export interface SingularValues {
  readonly values: Float64Array;
  /** Row i is the left vector of values[i], rows long; zero where values[i] is 0. */
  readonly left: Float64Array;
  /** Row i is the right vector of values[i], columns long; zero where values[i] is 0 and the matrix is wide. */
  readonly right: Float64Array;
}

/**
 * Thin singular value decomposition through the eigenvectors of the smaller Gram matrix. Values below 1e-7 of the largest are lost to
 * rounding (their squares are below the eigenvalues' error) and are returned as 0.
 *
 * @param matrix rows x columns
 */
export function singularValues(matrix: Float64Array, rows: number, columns: number): SingularValues {
  if (columns > rows) {
    const { values, left, right } = singularValues(transposed(matrix, rows, columns), columns, rows);
    return { values, left: right, right: left };
  }
  const gram = new Float64Array(columns * columns);
  for (let r = 0; r < rows; r++) {
    for (let i = 0; i < columns; i++) {
      const factor = matrix[r * columns + i]!;
      for (let j = 0; j <= i; j++) gram[i * columns + j]! += factor * matrix[r * columns + j]!;
    }
  }
  const eigen = symmetricEigen(gram, columns);
  const values = new Float64Array(columns);
  const right = new Float64Array(columns * columns);
  const left = new Float64Array(columns * rows);
  const largest = Math.sqrt(Math.max(0, eigen.values[columns - 1] ?? 0));
  for (let i = 0; i < columns; i++) {
    const from = columns - 1 - i;
    const vector = eigen.vectors.subarray(from * columns, (from + 1) * columns);
    right.set(vector, i * columns);
    const value = Math.sqrt(Math.max(0, eigen.values[from]!));
    if (value <= 1e-7 * largest) continue;
    values[i] = value;
    for (let r = 0; r < rows; r++) {
      let sum = 0;
      for (let j = 0; j < columns; j++) sum += matrix[r * columns + j]! * vector[j]!;
      left[i * rows + r] = sum / value;
    }
  }
  return { values, left, right };
}

function transposed(matrix: Float64Array, rows: number, columns: number): Float64Array {
  const result = new Float64Array(matrix.length);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) result[c * rows + r] = matrix[r * columns + c]!;
  return result;
}
