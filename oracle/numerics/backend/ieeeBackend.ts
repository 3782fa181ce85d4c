import type { BackendValues, DataType, TensorInfo } from "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs";
import type { KernelFactory, Kernels } from "../kernels.ts";
import type { Heap } from "./heap.ts";
import { createHeap } from "./heap.ts";

interface Stored {
  readonly pointer: number;
  readonly elements: number;
  readonly dtype: "float32" | "int32";
  references: number;
}

/**
 * A TensorFlow.js backend whose arithmetic is the numerics profile `ieee-sequential/1`: every product and sum rounded once, every sum in
 * index order ({@link Kernels}). Tensors live in one WebAssembly memory and are float32 or int32.
 */
export class IeeeBackend extends tf.KernelBackend {
  readonly kernels: Kernels;
  /** Scratch of `gemm`. */
  readonly scratch: number;
  readonly #heap: Heap;
  readonly #data: tf.DataStorage<Stored>;

  constructor(createKernels: KernelFactory) {
    super();
    this.#heap = createHeap();
    this.kernels = createKernels(this.#heap.memory);
    this.scratch = this.#heap.allocate(2 ** 21);
    this.#data = new tf.DataStorage(this, tf.engine());
  }

  /** Address of a tensor's first element. */
  pointer({ dataId }: TensorInfo): number {
    return this.#data.get(dataId).pointer;
  }

  /** The elements of a float32 tensor, valid as long as the tensor lives. */
  floats(info: TensorInfo): Float32Array {
    const { pointer, elements } = this.#data.get(info.dataId);
    return new Float32Array(this.#heap.memory.buffer, pointer, elements);
  }

  /** A new tensor with undefined content. */
  output(shape: readonly number[], dtype: DataType = "float32"): TensorInfo {
    return { dataId: this.write(null, [...shape], dtype), shape: [...shape], dtype };
  }

  /** Room for `elements` float64 for the time of `use`. */
  withDoubles<Result>(elements: number, use: (pointer: number) => Result): Result {
    const pointer = this.#heap.allocate(8 * elements);
    try {
      return use(pointer);
    } finally {
      this.#heap.free(pointer);
    }
  }

  doubles(pointer: number, elements: number): Float64Array {
    return new Float64Array(this.#heap.memory.buffer, pointer, elements);
  }

  override write(values: BackendValues | null, shape: number[], dtype: DataType): tf.DataId {
    const dataId = {};
    this.#store(dataId, values, shape, dtype, 1);
    return dataId;
  }

  override move(dataId: tf.DataId, values: BackendValues, shape: number[], dtype: DataType, refCount: number): void {
    this.#store(dataId, values, shape, dtype, refCount);
  }

  #store(dataId: tf.DataId, values: BackendValues | null, shape: number[], dtype: DataType, references: number): void {
    if (dtype !== "float32" && dtype !== "int32") throw new TypeError(`tensors are float32 or int32, not ${dtype}`);
    const elements = shape.reduce((product, size) => product * size, 1);
    const pointer = this.#heap.allocate(4 * elements);
    this.#data.set(dataId, { pointer, elements, dtype, references });
    if (values !== null) this.#view(dataId).set(values as Float32Array | Int32Array);
  }

  #view(dataId: tf.DataId): Float32Array | Int32Array {
    const { pointer, elements, dtype } = this.#data.get(dataId);
    const { buffer } = this.#heap.memory;
    return dtype === "int32" ? new Int32Array(buffer, pointer, elements) : new Float32Array(buffer, pointer, elements);
  }

  override readSync(dataId: tf.DataId): Float32Array | Int32Array {
    return this.#view(dataId).slice();
  }

  override read(dataId: tf.DataId): Promise<BackendValues> {
    return Promise.resolve(this.readSync(dataId));
  }

  override disposeData(dataId: tf.DataId, force = false): boolean {
    if (!this.#data.has(dataId)) return true;
    const stored = this.#data.get(dataId);
    stored.references--;
    if (!force && stored.references > 0) return false;
    this.#heap.free(stored.pointer);
    this.#data.delete(dataId);
    return true;
  }

  override incRef(dataId: tf.DataId): void {
    this.#data.get(dataId).references++;
  }

  override refCount(dataId: tf.DataId): number {
    return this.#data.has(dataId) ? this.#data.get(dataId).references : 0;
  }

  override numDataIds(): number {
    return this.#data.numDataIds();
  }

  override memory(): { unreliable: boolean } {
    return { unreliable: false };
  }

  override floatPrecision(): 32 {
    return 32;
  }

  override epsilon(): number {
    return 1e-7;
  }
}
