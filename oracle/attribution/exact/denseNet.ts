import { ACTIVATIONS } from "./denseKernels.ts";
import type { Activation, DenseWorkspace, Reals, Region } from "./denseKernels.ts";

/** A fully connected classifier: `widths` runs from the input to the classes; the last layer is linear. */
export interface DenseArchitecture {
  readonly widths: readonly number[];
  readonly activation: Exclude<Activation, "identity">;
  /** Probability that a hidden unit is dropped while training, in [0, 1). */
  readonly dropout: number;
}

/** Where a layer's weights (inputs x outputs, row-major) and biases lie in the flat parameter vector. */
export interface DenseLayer {
  readonly inputs: number;
  readonly outputs: number;
  readonly weights: number;
  readonly bias: number;
}

export function denseLayers(architecture: DenseArchitecture): DenseLayer[] {
  const layers: DenseLayer[] = [];
  let offset = 0;
  for (let l = 1; l < architecture.widths.length; l++) {
    const inputs = architecture.widths[l - 1]!;
    const outputs = architecture.widths[l]!;
    layers.push({ inputs, outputs, weights: offset, bias: offset + inputs * outputs });
    offset += (inputs + 1) * outputs;
  }
  return layers;
}

export function parameterCount(architecture: DenseArchitecture): number {
  return denseLayers(architecture).reduce((sum, layer) => sum + (layer.inputs + 1) * layer.outputs, 0);
}

/** Draws of one training step's dropout masks: the step's number is the counter's high half. */
export interface DropoutDraw {
  readonly key: bigint;
  readonly step: number;
}

/**
 * One network over one workspace. `forward`, `backward` and the R-pass use the rows of the last `forward`; nothing is allocated
 * after creation. Buffers of layer l (1-based) hold `rows` x `widths[l]` numbers.
 */
export interface DenseNet {
  readonly layers: readonly DenseLayer[];
  readonly parameters: Region<Reals>;
  readonly gradient: Region<Reals>;
  /** Input row buffer, `maximalRows` x `widths[0]`, for callers that gather a batch. */
  readonly input: Region<Reals>;
  /** Logits after `forward`, probabilities after `probabilities`. */
  readonly output: Region<Reals>;
  /** Weights and biases uniform in ±1/√inputs (the default of PyTorch's Linear), a function of the key alone. */
  initialise(key: bigint): void;
  /** Reads the rows at `input`. Dropout acts only when a draw is given. */
  forward(rows: number, draw?: DropoutDraw): void;
  /** Logits become probabilities in `output`; `losses` (a pointer, or 0) receives the cross-entropies. */
  probabilities(rows: number, labels: number, losses: number): void;
  /** Gradient of scale · Σ weight · cross-entropy into `gradient`; needs `probabilities`. */
  backward(rows: number, labels: number, weights: number, scale: number): void;
  /** Backpropagates deltas that the caller put into `outputDelta`. */
  backwardFromDelta(rows: number): void;
  readonly outputDelta: Region<Reals>;
  /** What layer l reads (index l - 1), after `forward`, and its deltas, after a backward pass. */
  readonly activations: readonly Region<Reals>[];
  readonly deltas: readonly Region<Reals>[];
  /**
   * Pearlmutter's R-operator after `backward`: `product` += H·direction for the Hessian H of the loss that `backward`
   * differentiated, and `outputR` = the directional derivative of the logits.
   */
  hessianVector(rows: number, weights: number, scale: number, direction: number, product: number): void;
  readonly outputR: Region<Reals>;
}

/** @param secondOrder makes room for the R-operator */
export function createDenseNet(
  workspace: DenseWorkspace,
  architecture: DenseArchitecture,
  maximalRows: number,
  secondOrder: boolean,
): DenseNet {
  const { kernels, scratch } = workspace;
  const width = workspace.precision === "f32" ? 4 : 8;
  const layers = denseLayers(architecture);
  const depth = layers.length;
  const count = parameterCount(architecture);
  const buffer = (l: number): Region<Reals> => workspace.reals(maximalRows * architecture.widths[l]!);
  const hidden = layers.map((_, l) => l + 1);

  const parameters = workspace.reals(count);
  const gradient = workspace.reals(count);
  const h = [buffer(0), ...hidden.map(buffer)];
  const slope = [h[0]!, ...hidden.map(buffer)];
  const upstream = [h[0]!, ...hidden.map(buffer)];
  const delta = [h[0]!, ...hidden.map(buffer)];
  const none: Region<Reals> = { pointer: 0, view: h[0]!.view };
  const optional = (l: number): Region<Reals> => (secondOrder ? buffer(l) : none);
  const curvature = [none, ...hidden.map(optional)];
  const ra = [none, ...hidden.map(optional)];
  const rh = [none, ...hidden.map(optional)];
  const rDelta = [none, ...hidden.map(optional)];

  const at = (base: number, offset: number): number => base + offset * width;
  const kind = (l: number): number => (l === depth ? ACTIVATIONS.identity : ACTIVATIONS[architecture.activation]);

  function backwardFromDelta(rows: number): void {
    for (let l = depth; l >= 1; l--) {
      const { inputs, outputs, weights, bias } = layers[l - 1]!;
      const d = delta[l]!.pointer;
      // prettier-ignore
      kernels.gemm(inputs, outputs, rows, h[l - 1]!.pointer, 1, inputs, d, outputs, 1, 0, at(gradient.pointer, weights), outputs, scratch);
      kernels.columnSums(rows, outputs, d, at(gradient.pointer, bias), 0);
      if (l === 1) break;
      const up = upstream[l - 1]!.pointer;
      // prettier-ignore
      kernels.gemm(rows, inputs, outputs, d, outputs, 1, at(parameters.pointer, weights), 1, outputs, 0, up, inputs, scratch);
      kernels.multiply(rows * inputs, up, slope[l - 1]!.pointer, delta[l - 1]!.pointer);
    }
  }

  return {
    layers,
    parameters,
    gradient,
    input: h[0]!,
    output: h[depth]!,
    outputDelta: delta[depth]!,
    activations: h.slice(0, depth),
    deltas: delta.slice(1),
    outputR: ra[depth]!,
    initialise(key) {
      for (const [l, layer] of layers.entries()) {
        const bound = 1 / Math.sqrt(layer.inputs);
        const size = (layer.inputs + 1) * layer.outputs;
        kernels.uniform(size, key ^ (BigInt(l + 1) << 32n), -bound, bound, at(parameters.pointer, layer.weights));
      }
    },
    forward(rows, draw) {
      for (let l = 1; l <= depth; l++) {
        const { inputs, outputs, weights, bias } = layers[l - 1]!;
        const out = h[l]!.pointer;
        // prettier-ignore
        kernels.gemm(rows, outputs, inputs, h[l - 1]!.pointer, inputs, 1, at(parameters.pointer, weights), outputs, 1, 0, out, outputs, scratch);
        const bend = curvature[l]!.pointer;
        kernels.activate(rows, outputs, kind(l), at(parameters.pointer, bias), out, slope[l]!.pointer, bend);
        if (l < depth && architecture.dropout > 0 && draw !== undefined) {
          const counter = (BigInt(draw.step) << 32n) | (BigInt(l) << 28n);
          // prettier-ignore
          kernels.dropout(rows * outputs, architecture.dropout, draw.key, counter, out, slope[l]!.pointer, bend);
        }
      }
    },
    probabilities(rows, labels, losses) {
      kernels.softmax(rows, layers[depth - 1]!.outputs, h[depth]!.pointer, labels, losses);
    },
    backward(rows, labels, weights, scale) {
      const classes = layers[depth - 1]!.outputs;
      kernels.lossDelta(rows, classes, scale, weights, h[depth]!.pointer, labels, delta[depth]!.pointer);
      backwardFromDelta(rows);
    },
    backwardFromDelta,
    hessianVector(rows, weights, scale, direction, product) {
      if (!secondOrder) throw new Error("this network was created without room for second derivatives");
      for (let l = 1; l <= depth; l++) {
        const { inputs, outputs, weights: w, bias } = layers[l - 1]!;
        const out = ra[l]!.pointer;
        // prettier-ignore
        kernels.gemm(rows, outputs, inputs, h[l - 1]!.pointer, inputs, 1, at(direction, w), outputs, 1, 0, out, outputs, scratch);
        if (l > 1) {
          // prettier-ignore
          kernels.gemm(rows, outputs, inputs, rh[l - 1]!.pointer, inputs, 1, at(parameters.pointer, w), outputs, 1, 1, out, outputs, scratch);
        }
        kernels.addRow(rows, outputs, at(direction, bias), out);
        if (l < depth) kernels.multiply(rows * outputs, out, slope[l]!.pointer, rh[l]!.pointer);
      }
      const classes = layers[depth - 1]!.outputs;
      // prettier-ignore
      kernels.lossDeltaR(rows, classes, scale, weights, h[depth]!.pointer, ra[depth]!.pointer, rDelta[depth]!.pointer);
      for (let l = depth; l >= 1; l--) {
        const { inputs, outputs, weights: w, bias } = layers[l - 1]!;
        const rd = rDelta[l]!.pointer;
        const d = delta[l]!.pointer;
        // prettier-ignore
        kernels.gemm(inputs, outputs, rows, h[l - 1]!.pointer, 1, inputs, rd, outputs, 1, 1, at(product, w), outputs, scratch);
        kernels.columnSums(rows, outputs, rd, at(product, bias), 1);
        if (l === 1) break;
        // prettier-ignore
        kernels.gemm(inputs, outputs, rows, rh[l - 1]!.pointer, 1, inputs, d, outputs, 1, 1, at(product, w), outputs, scratch);
        const down = rDelta[l - 1]!.pointer;
        // prettier-ignore
        kernels.gemm(rows, inputs, outputs, rd, outputs, 1, at(parameters.pointer, w), 1, outputs, 0, down, inputs, scratch);
        // prettier-ignore
        kernels.gemm(rows, inputs, outputs, d, outputs, 1, at(direction, w), 1, outputs, 1, down, inputs, scratch);
        // prettier-ignore
        kernels.chainR(rows * inputs, slope[l - 1]!.pointer, upstream[l - 1]!.pointer, curvature[l - 1]!.pointer, ra[l - 1]!.pointer, down);
      }
    },
  };
}
