/**
 * The arithmetic that everything on the path to a root is made of. Two implementations give the same bits: plain loops
 * (plainKernels.ts, the definition) and WebAssembly SIMD (wasmKernels.ts, the one that runs).
 *
 * Pointers are byte offsets into the kernels' memory, strides and counts are in elements, matrices are row-major float32
 * with adjacent columns unless strides say otherwise. Every operation is rounded once (no fused multiply-add), and every
 * sum runs in ascending order of its index.
 */
export interface Kernels {
  readonly memory: WebAssembly.Memory;

  /** Bytes of scratch that `gemm` needs. */
  gemmScratchBytes(): number;
  /** C (m x n) = beta·C + alpha·A·B with alpha = ±1 and beta 0 or 1. */
  // prettier-ignore
  gemm(
    m: number, n: number, k: number, alpha: number,
    a: number, aRow: number, aColumn: number,
    b: number, bRow: number, bColumn: number,
    beta: number, c: number, cRow: number, scratch: number,
  ): void;

  /** Upper factor U of the upper triangle of an n x n block, in place. Returns 0, or 1 + the index of the first pivot that is not positive; the block is then undefined. */
  choleskyBlock(n: number, a: number, stride: number): number;
  /** B (n x columns) = U^-T · B. */
  solveUpperTransposed(n: number, columns: number, u: number, uStride: number, b: number, bStride: number): void;
  /** B (n x columns) = U^-1 · B, inner index descending. */
  solveUpper(n: number, columns: number, u: number, uStride: number, b: number, bStride: number): void;

  /** z += bias per row. */
  addBias(rows: number, columns: number, z: number, bias: number): void;
  /** h = activation(z). kind: 0 identity, 1 SiLU, 2 ReLU, 3 GELU (tanh form), 4 tanh. */
  activation(kind: number, count: number, z: number, h: number): void;
  /** delta *= activation'(z). */
  activateBackward(kind: number, count: number, z: number, delta: number): void;
  /** delta = scale·(softmax(z) - e_label), loss = -log p_label (float64); both 0 for a negative label. `scratch` holds `classes` float64. */
  // prettier-ignore
  crossEntropy(
    rows: number, classes: number, scale: number, z: number, labels: number, delta: number, loss: number, scratch: number,
  ): void;
  /** Class probabilities, float32. */
  softmax(rows: number, classes: number, z: number, out: number, scratch: number): void;
  /** Margin value = z_y - log Σ_{k≠y} exp z_k: delta = d value / dz, doubt = 1 - p_y; all 0 for a negative label. */
  // prettier-ignore
  margin(
    rows: number, classes: number, z: number, labels: number, value: number, delta: number, doubt: number, scratch: number,
  ): void;
  /** out[c] = Σ_r x[r][c]. */
  columnSums(rows: number, columns: number, x: number, out: number): void;
  /** x *= y. */
  multiply(count: number, x: number, y: number): void;
  /** out += scale·(x + shift)·y. */
  // prettier-ignore
  addProducts(
    rows: number, columns: number, scale: number, shift: number,
    x: number, xRow: number, y: number, yRow: number, out: number, outRow: number,
  ): void;

  /** out[r] = Σ weight·table[id] over row r's entries. Rows are compressed sparse rows: offsets (rows + 1), ids, weights. */
  // prettier-ignore
  bagForward(
    rows: number, dimension: number, offsets: number, ids: number, weights: number, table: number, out: number,
  ): void;
  /** gradient[id] += weight·delta[r] for every entry. */
  // prettier-ignore
  bagBackward(
    rows: number, dimension: number, offsets: number, ids: number, weights: number, delta: number, gradient: number,
  ): void;
  /** out (rows x (last - first)): inner products of sparse rows with the posted rows first … last - 1. */
  // prettier-ignore
  bagOverlap(
    rows: number, offsets: number, ids: number, weights: number,
    postingOffsets: number, postingRows: number, postingWeights: number, first: number, last: number, out: number,
  ): void;

  /** v = momentum·v + (g + decay·w); w -= rate·v. */
  momentumStep(count: number, rate: number, momentum: number, decay: number, w: number, g: number, v: number): void;
  /** Adam; `rate` includes 1/(1-beta1^t), correction = 1/(1-beta2^t). */
  // prettier-ignore
  adamStep(
    count: number, rate: number, beta1: number, beta2: number, correction: number, epsilon: number,
    w: number, g: number, m: number, v: number,
  ): void;

  /** Patches of channels-last images, no padding: one row per output position. */
  // prettier-ignore
  gatherPatches(
    images: number, height: number, width: number, channels: number, kernel: number, stride: number,
    x: number, patches: number,
  ): void;
  /** Transpose of gatherPatches; x is zeroed first. */
  // prettier-ignore
  scatterPatches(
    images: number, height: number, width: number, channels: number, kernel: number, stride: number,
    patches: number, x: number,
  ): void;

  /** normal = (x - mean) / √(variance + epsilon) per row; inverse[r] = 1 / √(variance + epsilon). */
  normalise(rows: number, columns: number, epsilon: number, x: number, normal: number, inverse: number): void;
  /** delta = inverse·(delta - mean(delta) - normal·mean(delta·normal)) per row. */
  normaliseBackward(rows: number, columns: number, normal: number, inverse: number, delta: number): void;
  /** out = x·gain per column. */
  scaleColumns(rows: number, columns: number, x: number, gain: number, out: number): void;
  /** out[c] = Σ_r x[r][c]·y[r][c]. */
  columnProducts(rows: number, columns: number, x: number, y: number, out: number): void;
  /** In blocks of length x length: row t becomes softmax(scale·score) over columns 0 … t, 0 beyond. `scratch` holds `length` float64. */
  causalSoftmax(blocks: number, length: number, scale: number, scores: number, scratch: number): void;
  /** delta = scale·p·(delta - Σ_c p_c delta_c) per row of the same blocks, 0 beyond column t. */
  causalSoftmaxBackward(blocks: number, length: number, scale: number, p: number, delta: number): void;
  /** out[r][c] += Σ_t Σ_s x·y over the length x length block (r, c) of two (rows·length) x (columns·length) matrices, float64 sum. */
  // prettier-ignore
  positionProducts(
    rows: number, columns: number, length: number, x: number, y: number, out: number, outRow: number,
  ): void;

  /** Rows as int16 up to ±levels: scale = largest / levels, values = x · (levels / largest), to nearest, ties to even. `columns` is a multiple of 8. */
  quantiseRows(rows: number, columns: number, levels: number, x: number, values: number, scales: number): void;
  /** n x k int16 by rows into the strips that `integerProduct` reads. n is a multiple of 8, k is even; not in place. */
  packStrips(n: number, k: number, values: number, strips: number): void;
  /** C (m x n) = Σ a·b · (aScale · bScale) + bias: A by rows, B (n x k) in strips, both as `quantiseRows` leaves them with 1,023 levels; the sums are exact up to k = 2048. */
  // prettier-ignore
  integerProduct(
    m: number, n: number, k: number,
    a: number, aScales: number, b: number, bScales: number, bias: number, c: number,
  ): void;
  /** out[r] (int32) = Σ query · row r over int8. `columns` is a multiple of 16. */
  int8Products(rows: number, columns: number, query: number, matrix: number, out: number): void;
  /** Each column becomes its softmax, in float32 alone. `columns` is a multiple of 4. */
  softmaxColumns(rows: number, columns: number, x: number): void;
  /** x = x/2 · (1 + erf(x/√2)), in float32 alone. `count` is a multiple of 4. */
  geluByErf(count: number, x: number): void;

  /** n x k int8 by rows into the strips that the two products below read. n is a multiple of 8, k is even; not in place. */
  packInt8(n: number, k: number, values: number, strips: number): void;
  /** C (m x n) = Σ a·b · scale: A float32, B int8 in strips; each sum one float32 chain. */
  floatByInt8(m: number, n: number, k: number, a: number, b: number, scales: number, c: number): void;
  /** C (m x n) = Σ a·b · (aScale · bScale): A as `quantiseRows` leaves it with 127 levels, B int8 in strips; the sums are exact. */
  // prettier-ignore
  int8ByInt8(
    m: number, n: number, k: number, a: number, aScales: number, b: number, bScales: number, c: number,
  ): void;
  /** out = x / √(mean(x²) + epsilon) · gain per row. */
  rootMeanSquare(rows: number, columns: number, epsilon: number, x: number, gain: number, out: number): void;
  /**
   * Causal attention of rows at places first, first + 1, … over a sequence's cache: `heads` queries of `size` elements per row share `keyHeads` keys
   * and values. Of each key head the cache has blocks of 16 places, size x 16, for keys and places x size for values, for `capacity` places, a
   * multiple of 16; `size` is a multiple of 16. `scratch` holds `capacity` float32, then as many float64. A row's bits depend on its own query and the
   * places up to its own alone.
   */
  // prettier-ignore
  attend(
    rows: number, first: number, heads: number, keyHeads: number, size: number, capacity: number, scale: number,
    queries: number, queryRow: number, keys: number, values: number, scratch: number, out: number,
  ): void;
}

/** Makes kernels over a memory: `createWasmKernels` in production, `createPlainKernels` as the definition to compare with. */
export type KernelFactory = (memory: WebAssembly.Memory) => Kernels;
