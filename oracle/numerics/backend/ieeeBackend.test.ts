import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { createWasmKernels } from "../wasmKernels.ts";
import { createHeap, HEAP_BYTES, HeapFullError } from "./heap.ts";
import { useIeeeBackend } from "./useIeeeBackend.ts";

describe("the ieee-sequential backend of TensorFlow.js", () => {
  it("refuses operations and element types that it does not have", () => {
    useIeeeBackend(createWasmKernels);
    expect(() => tf.tensor([true, false])).toThrow("tensors are float32 or int32, not bool");
    expect(() => tf.sin(tf.tensor([1]))).toThrow(/Kernel 'Sin' not registered/u);
    expect(() => tf.add(tf.tensor([1, 2]), tf.tensor([1]))).toThrow(/differ/u);
  });

  it("sums a product in the order of the inner index, one rounding each", () => {
    useIeeeBackend(createWasmKernels);
    // 1 is lost against 2^24 unless it is added first.
    const row = tf.tensor2d([2 ** 24, 1, 1], [1, 3]);
    const ones = tf.ones<tf.Rank.R2>([3, 1]);
    expect([...tf.matMul(row, ones).dataSync()]).toEqual([2 ** 24]);
    expect([...tf.matMul(tf.tensor2d([1, 1, 2 ** 24], [1, 3]), ones).dataSync()]).toEqual([2 ** 24 + 2]);
  });

  it("gives memory back", () => {
    const backend = useIeeeBackend(createWasmKernels);
    const before = backend.numDataIds();
    tf.tidy(() => {
      const x = tf.tensor2d([1, 2, 3, 4], [2, 2]);
      const shared = tf.reshape(x, [4]);
      expect([...tf.mul(shared, shared).dataSync()]).toEqual([1, 4, 9, 16]);
    });
    expect(backend.numDataIds()).toBe(before);
  });

  it("moves tensors of other backends over when they are used", async () => {
    await tf.setBackend("cpu");
    const x = tf.tensor1d([1, 2]);
    useIeeeBackend(createWasmKernels);
    expect([...tf.add(x, x).dataSync()]).toEqual([2, 4]);
  });
});

describe("the heap", () => {
  it("gives freed regions out again and keeps live ones apart", () => {
    const heap = createHeap();
    const first = heap.allocate(1000);
    const second = heap.allocate(1000);
    expect(second - first).toBeGreaterThanOrEqual(1000);
    heap.free(first);
    expect(heap.allocate(990)).toBe(first);
    expect(heap.allocate(990)).toBeGreaterThan(second);
    expect(first % 64).toBe(0);
  });

  it("says so when it is full", () => {
    const heap = createHeap();
    expect(() => heap.allocate(HEAP_BYTES)).toThrow(HeapFullError);
  });
});
