/** A layer's part of the kernel is zero or not finite, so it cannot be normalised. */
export class KernelRangeError extends Error {
  readonly layer: string;
  constructor(layer: string, trace: number) {
    super(
      `the kernel of layer "${layer}" has trace ${trace}: the layer passes no gradient, or the model's weights are out of range`,
    );
    this.name = "KernelRangeError";
    this.layer = layer;
  }
}

/** Arguments of an index that do not belong together. */
export class IndexInputError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "IndexInputError";
  }
}
