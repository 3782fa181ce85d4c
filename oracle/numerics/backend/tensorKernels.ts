import type { DataType, NamedTensorInfoMap, TensorInfo } from "@tensorflow/tfjs";
import type { IeeeBackend } from "./ieeeBackend.ts";

/** One operation on this backend: reads its inputs' memory, returns new tensors. */
export type TensorKernel = (
  inputs: NamedTensorInfoMap,
  attributes: Readonly<Record<string, unknown>>,
  backend: IeeeBackend,
) => TensorInfo | TensorInfo[];

/** Operations of TensorFlow.js that networks need, by their names there. */
export const tensorKernels: Readonly<Record<string, TensorKernel>> = {
  Add: (inputs, _, backend) => elementwise(inputs, backend, (a, b) => a + b),
  Multiply: (inputs, _, backend) => elementwise(inputs, backend, (a, b) => a * b),
  BatchMatMul: matMul,
  Cast({ x }, { dtype }, backend) {
    if (dtype === x!.dtype) return shared(backend, x!, x!.shape);
    const target = dtype as DataType;
    return { dataId: backend.write(backend.readSync(x!.dataId), x!.shape, target), shape: x!.shape, dtype: target };
  },
  Identity: ({ x }, _, backend) => shared(backend, x!, x!.shape),
  Reshape: ({ x }, { shape }, backend) => shared(backend, x!, inferred(shape as number[], x!.shape)),
  Softmax({ logits }, _, backend) {
    const [rows, classes] = matrixShape(logits!);
    const out = backend.output(logits!.shape);
    backend.withDoubles(classes, (scratch) => {
      backend.kernels.softmax(rows, classes, backend.pointer(logits!), backend.pointer(out), scratch);
    });
    return out;
  },
};

function elementwise(
  inputs: NamedTensorInfoMap,
  backend: IeeeBackend,
  combine: (a: number, b: number) => number,
): TensorInfo {
  const [a, b] = [inputs["a"]!, inputs["b"]!];
  if (a.shape.join() !== b.shape.join())
    throw new RangeError(`shapes [${a.shape.join()}] and [${b.shape.join()}] differ`);
  const out = backend.output(a.shape);
  const [left, right, result] = [backend.floats(a), backend.floats(b), backend.floats(out)];
  for (let i = 0; i < result.length; i++) result[i] = combine(left[i]!, right[i]!);
  return out;
}

function matMul(
  inputs: NamedTensorInfoMap,
  { transposeA, transposeB }: Readonly<Record<string, unknown>>,
  backend: IeeeBackend,
) {
  const [a, b] = [inputs["a"]!, inputs["b"]!];
  const [aRows, aColumns] = matrixShape(a);
  const [bRows, bColumns] = matrixShape(b);
  const [m, k] = transposeA === true ? [aColumns, aRows] : [aRows, aColumns];
  const n = transposeB === true ? bRows : bColumns;
  const aStrides: readonly [number, number] = transposeA === true ? [1, aColumns] : [aColumns, 1];
  const bStrides: readonly [number, number] = transposeB === true ? [1, bColumns] : [bColumns, 1];
  const out = backend.output([m, n]);
  const [pa, pb, po] = [backend.pointer(a), backend.pointer(b), backend.pointer(out)];
  backend.kernels.gemm(m, n, k, 1, pa, ...aStrides, pb, ...bStrides, 0, po, n, backend.scratch);
  return out;
}

/** The same data under another shape. */
function shared(backend: IeeeBackend, x: TensorInfo, shape: readonly number[]): TensorInfo {
  backend.incRef(x.dataId);
  return { dataId: x.dataId, shape: [...shape], dtype: x.dtype };
}

/** Replaces the one -1 in a shape by what is left of the elements. */
function inferred(shape: readonly number[], from: readonly number[]): number[] {
  const elements = from.reduce((product, size) => product * size, 1);
  const known = shape.reduce((product, size) => (size === -1 ? product : product * size), 1);
  return shape.map((size) => (size === -1 ? elements / known : size));
}

/** @throws RangeError for a tensor that is not a matrix */
export function matrixShape({ shape }: TensorInfo): [number, number] {
  if (shape.length !== 2) throw new RangeError(`a matrix is needed, not shape [${shape.join()}]`);
  return [shape[0]!, shape[1]!];
}
