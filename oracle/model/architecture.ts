import type { Activation } from "./networkOps.ts";
import type { Recipe } from "./recipe.ts";
import { RecipeError } from "./recipe.ts";

/** A parameter tensor. */
export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly elements: number;
}

/** What all layers with parameters have. */
interface Part {
  readonly name: string;
  readonly outputs: number;
  /** Times that the layer is applied per row: positions of an image or a sequence, else 1. */
  readonly positions: number;
  /** False for the parts of a parent version that adapters leave as they are. */
  readonly trained: boolean;
}

interface Affine extends Part {
  /** Inputs of one application: all features, or one patch. */
  readonly inputs: number;
  readonly activation: Activation;
  /** inputs x outputs. */
  readonly weight: Parameter;
}

export interface DenseLayer extends Affine {
  readonly kind: "dense";
  /** Absent in adapters, and in keys: what it adds to a score is the same for all positions, and the softmax drops it. */
  readonly bias: Parameter | undefined;
  readonly dropout: number;
  /** Weights that a fresh model has: random ones, or none, so that the layer adds nothing yet. */
  readonly initial: "random" | "zero";
}

export interface ConvolutionLayer extends Affine {
  readonly kind: "convolution";
  readonly bias: Parameter;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly kernel: number;
  readonly stride: number;
}

export interface EmbeddingBagLayer extends Part {
  readonly kind: "embeddingBag";
  readonly buckets: number;
  /** buckets x outputs. */
  readonly table: Parameter;
}

/** One vector per position: that of its token, or that of its place. */
export interface EmbeddingLayer extends Part {
  readonly kind: "embedding";
  readonly reads: "tokens" | "places";
  readonly entries: number;
  /** entries x outputs. */
  readonly table: Parameter;
}

export interface NormLayer extends Part {
  readonly kind: "norm";
  readonly gain: Parameter;
  readonly bias: Parameter;
}

/** A layer with parameters: what is initialised, and what attribution reads. */
export type Layer = DenseLayer | ConvolutionLayer | EmbeddingBagLayer | EmbeddingLayer | NormLayer;

/** A dense part of a block; with an adapter its pre-activation is W·x + b + scale·B·A·x. */
export interface Projection {
  readonly base: DenseLayer;
  readonly adapter: { readonly a: DenseLayer; readonly b: DenseLayer; readonly scale: number } | undefined;
}

/** The sum of a token's and a place's vector. */
export interface EmbeddingStep {
  readonly kind: "embeddings";
  readonly tokens: EmbeddingLayer;
  readonly places: EmbeddingLayer;
}

export interface BlockStep {
  readonly kind: "block";
  readonly heads: number;
  readonly length: number;
  readonly attentionNorm: NormLayer;
  readonly query: Projection;
  readonly key: Projection;
  readonly value: Projection;
  readonly output: Projection;
  readonly denseNorm: NormLayer;
  readonly up: Projection;
  readonly down: Projection;
}

/** What a forward pass does, in order. */
export type Step = DenseLayer | ConvolutionLayer | EmbeddingBagLayer | NormLayer | EmbeddingStep | BlockStep;

export interface Architecture {
  readonly steps: readonly Step[];
  /** In the order in which the forward pass reaches them. */
  readonly layers: readonly Layer[];
  readonly parameters: readonly Parameter[];
  /** Names of the parameters that training changes. */
  readonly trained: ReadonlySet<string>;
  /** Features of an input row; 0 for bags and tokens. */
  readonly inputWidth: number;
  /** Outputs, and labels, per row: the length of a sequence, else 1. */
  readonly positions: number;
  readonly classes: number;
}

const ACTIVATIONS = { identity: 0, silu: 1, relu: 2, gelu: 3, tanh: 4 } as const;

/** Features that a layer hands on per row. */
export function outputWidth(layer: Layer): number {
  return layer.positions * layer.outputs;
}

/** The layers that attribution reads, in their order. */
export function trainedLayers(architecture: Architecture): Layer[] {
  return architecture.layers.filter(({ trained }) => trained);
}

/**
 * Shapes and parameters of a recipe's network.
 * @throws RecipeError when a kernel is larger than the image it reads
 */
export function architectureOf(recipe: Recipe): Architecture {
  const { input } = recipe;
  const positions = input.kind === "tokens" ? input.length : 1;
  const parts = createParts(positions, recipe.adapters);
  let [height, width, channels] = input.kind === "image" ? [input.height, input.width, input.channels] : [0, 0, 0];
  const inputWidth = input.kind === "dense" ? input.width : height * width * channels;
  let features = inputWidth;
  const steps: Step[] = [];
  for (const [index, layer] of recipe.layers.entries()) {
    const name = `layers.${index}`;
    switch (layer.kind) {
      case "dense": {
        steps.push(parts.dense(name, features, layer.units, ACTIVATIONS[layer.activation], layer.dropout));
        features = layer.units;
        break;
      }
      case "convolution": {
        const { kernel, stride, filters } = layer;
        if (kernel > height || kernel > width) {
          throw new RecipeError(
            `✖ kernel ${kernel} is larger than its input of ${height} x ${width}: use a smaller kernel or stride\n  → at ${name}`,
          );
        }
        const outHeight = Math.floor((height - kernel) / stride) + 1;
        const outWidth = Math.floor((width - kernel) / stride) + 1;
        const geometry = { height, width, channels, kernel, stride, positions: outHeight * outWidth };
        steps.push(parts.convolution(name, geometry, filters, ACTIVATIONS[layer.activation]));
        [height, width, channels] = [outHeight, outWidth, filters];
        features = outHeight * outWidth * filters;
        break;
      }
      case "embeddingBag": {
        steps.push(parts.embeddingBag(name, input.kind === "bags" ? input.buckets : 0, layer.dimension));
        features = layer.dimension;
        break;
      }
      case "embedding": {
        const tokens = parts.embedding(`${name}.tokens`, "tokens", recipe.classes, layer.dimension);
        const places = parts.embedding(`${name}.places`, "places", positions, layer.dimension);
        steps.push({ kind: "embeddings", tokens, places });
        features = layer.dimension;
        break;
      }
      case "transformerBlock": {
        steps.push(parts.block(name, features, layer.units, layer.heads, ACTIVATIONS[layer.activation]));
        break;
      }
      case "norm": {
        steps.push(parts.norm(name, features));
        break;
      }
    }
  }
  steps.push(parts.dense("classifier", features, recipe.classes, 0, 0));
  const { layers, parameters, trained } = parts;
  return { steps, layers, parameters, trained, inputWidth, positions, classes: recipe.classes };
}

type Geometry = Pick<ConvolutionLayer, "height" | "width" | "channels" | "kernel" | "stride" | "positions">;

/** Makes layers and lists them and their parameters in the order in which they are made. */
function createParts(positions: number, adapters: Recipe["adapters"]) {
  const layers: Layer[] = [];
  const parameters: Parameter[] = [];
  const trained = new Set<string>();
  const baseTrained = adapters === undefined;

  function parameter(name: string, shape: readonly number[], isTrained = baseTrained): Parameter {
    const elements = shape.reduce((product, n) => product * n, 1);
    const result = { name, shape, elements };
    parameters.push(result);
    if (isTrained) trained.add(name);
    return result;
  }
  function listed<Made extends Layer>(layer: Made): Made {
    layers.push(layer);
    return layer;
  }
  function affine(name: string, inputs: number, outputs: number) {
    const weight = parameter(`${name}.weight`, [inputs, outputs]);
    return { name, inputs, outputs, trained: baseTrained, weight, bias: parameter(`${name}.bias`, [outputs]) };
  }
  function dense(name: string, inputs: number, outputs: number, activation: Activation, dropout: number): DenseLayer {
    const shape = { ...affine(name, inputs, outputs), positions, activation, dropout };
    return listed({ kind: "dense", ...shape, initial: "random" });
  }
  /** Without bias and activation. */
  function linear(name: string, inputs: number, outputs: number, trained: boolean, initial: DenseLayer["initial"]) {
    const weight = parameter(`${name}.weight`, [inputs, outputs], trained);
    const shape = { name, inputs, outputs, positions, trained, weight, bias: undefined, initial };
    return listed<DenseLayer>({ kind: "dense", ...shape, activation: 0, dropout: 0 });
  }
  function convolution(name: string, geometry: Geometry, filters: number, activation: Activation): ConvolutionLayer {
    const patch = geometry.kernel * geometry.kernel * geometry.channels;
    return listed({ kind: "convolution", ...affine(name, patch, filters), ...geometry, activation });
  }
  function embeddingBag(name: string, buckets: number, outputs: number): EmbeddingBagLayer {
    const table = parameter(`${name}.table`, [buckets, outputs]);
    return listed({ kind: "embeddingBag", name, positions, trained: baseTrained, buckets, outputs, table });
  }
  function embedding(name: string, reads: EmbeddingLayer["reads"], entries: number, outputs: number): EmbeddingLayer {
    const table = parameter(`${name}.table`, [entries, outputs]);
    return listed({ kind: "embedding", name, positions, trained: baseTrained, reads, entries, outputs, table });
  }
  function norm(name: string, outputs: number): NormLayer {
    const [gain, bias] = [parameter(`${name}.gain`, [outputs]), parameter(`${name}.bias`, [outputs])];
    return listed({ kind: "norm", name, positions, trained: baseTrained, outputs, gain, bias });
  }
  function block(name: string, width: number, units: number, heads: number, activation: Activation): BlockStep {
    function projection(part: string, inputs: number, outputs: number, kind: Activation): Projection {
      const whole = `${name}.${part}`;
      const base =
        part === "key" ? linear(whole, inputs, outputs, baseTrained, "random") : dense(whole, inputs, outputs, kind, 0);
      if (adapters === undefined || !adapters.targets.some((target) => target === part)) {
        return { base, adapter: undefined };
      }
      const a = linear(`${whole}.a`, inputs, adapters.rank, true, "random");
      const b = linear(`${whole}.b`, adapters.rank, outputs, true, "zero");
      return { base, adapter: { a, b, scale: adapters.scale } };
    }
    return {
      kind: "block",
      heads,
      length: positions,
      attentionNorm: norm(`${name}.attentionNorm`, width),
      query: projection("query", width, width, 0),
      key: projection("key", width, width, 0),
      value: projection("value", width, width, 0),
      output: projection("output", width, width, 0),
      denseNorm: norm(`${name}.denseNorm`, width),
      up: projection("up", width, units, activation),
      down: projection("down", units, width, 0),
    };
  }
  return { layers, parameters, trained, dense, convolution, embeddingBag, embedding, norm, block };
}
