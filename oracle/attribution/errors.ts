import { ContentError } from "../common/errors.ts";

/** A layer's part of the kernel is zero or not finite, so it cannot be normalised. */
export class KernelRangeError extends ContentError {
  readonly layer: string;
  constructor(layer: string, trace: number) {
    super(
      `the kernel of layer "${layer}" has trace ${trace}: the layer passes no gradient, or the model's weights are out of range`,
    );
    this.layer = layer;
  }
}

/** What a layer computes for a row is not a number. */
export class FeatureRangeError extends ContentError {
  readonly layer: string;
  readonly row: number;
  constructor(what: "input" | "derivative", layer: string, row: number, value: number) {
    super(
      `the ${what} of layer "${layer}" is ${value} at row ${row}: the model's weights or that row are out of range`,
    );
    this.layer = layer;
    this.row = row;
  }
}

/** Arguments of an index that do not belong together. */
export class IndexInputError extends ContentError {}
