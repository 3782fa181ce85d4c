import { createHash } from "node:crypto";
import { canonicalJson } from "@openledger/protocol/canonicalJson.ts";
import { ContentError } from "../common/errors.ts";
import type { Architecture } from "./architecture.ts";

/** A named float32 tensor, row-major. */
export interface Tensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** A tensor's name and size, before its values are known. */
export interface TensorForm {
  readonly name: string;
  readonly shape: readonly number[];
  readonly elements: number;
}

/** The parameters of one model, in the order of its architecture. */
export type Weights = readonly Tensor[];

/** A model's weights do not have the tensors that its recipe describes. */
export class TensorMismatchError extends ContentError {
  readonly tensor: string;
  constructor(tensor: string, found: string, expected: string) {
    super(`tensor "${tensor}" is ${found}, the recipe needs ${expected}: use the weights that belong to this recipe`);
    this.tensor = tensor;
  }
}

/** A parameter is not a number. */
export class WeightValueError extends ContentError {
  readonly tensor: string;
  constructor(tensor: string, element: number, value: number) {
    super(
      `tensor "${tensor}" holds ${value} at element ${element}: the training that made these weights went out of range`,
    );
    this.tensor = tensor;
  }
}

/**
 * sha256 over the canonical bytes: for each tensor in order the canonical JSON of name and shape, a newline, and the values
 * as little-endian float32.
 */
export function weightsHash(weights: Weights): `0x${string}` {
  const hash = createHash("sha256");
  for (const { name, shape, values } of weights) {
    hash.update(`${canonicalJson({ name, shape: [...shape] })}\n`);
    hash.update(littleEndianBytes(values));
  }
  return `0x${hash.digest("hex")}`;
}

/** The values as little-endian float32, whatever the machine's order. */
export function littleEndianBytes(values: Float32Array): Uint8Array {
  const bytes = new Uint8Array(values.byteLength);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < values.length; i++) view.setFloat32(4 * i, values[i]!, true);
  return bytes;
}

/** @throws TensorMismatchError naming the first tensor that does not fit; WeightValueError for a value that is not finite */
export function checkWeights(architecture: Architecture, weights: Weights): void {
  for (const [i, expected] of architecture.parameters.entries()) {
    const found = weights[i];
    const shape = `[${expected.shape.join(", ")}]`;
    if (found?.name !== expected.name) throw new TensorMismatchError(expected.name, "missing", shape);
    if (found.shape.join() !== expected.shape.join() || found.values.length !== expected.elements) {
      throw new TensorMismatchError(
        expected.name,
        `[${found.shape.join(", ")}] of ${found.values.length} values`,
        shape,
      );
    }
    const bad = found.values.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) throw new WeightValueError(expected.name, bad, found.values[bad]!);
  }
  const extra = weights[architecture.parameters.length];
  if (extra !== undefined) throw new TensorMismatchError(extra.name, "present", "no such tensor");
}
