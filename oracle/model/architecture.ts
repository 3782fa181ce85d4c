import type { Recipe } from "./recipe.ts";
import { RecipeError } from "./recipe.ts";

/** A parameter tensor. */
export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly elements: number;
}

interface Affine {
  readonly name: string;
  /** Inputs and outputs of one application: all features, or one patch and its filters. */
  readonly inputs: number;
  readonly outputs: number;
  readonly activation: 0 | 1 | 2;
  /** inputs x outputs. */
  readonly weight: Parameter;
  readonly bias: Parameter;
}

export interface DenseLayer extends Affine {
  readonly kind: "dense";
  readonly dropout: number;
}

export interface ConvolutionLayer extends Affine {
  readonly kind: "convolution";
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly kernel: number;
  readonly stride: number;
  /** Output positions per image. */
  readonly positions: number;
}

export interface EmbeddingBagLayer {
  readonly kind: "embeddingBag";
  readonly name: string;
  readonly buckets: number;
  readonly outputs: number;
  /** buckets x outputs. */
  readonly table: Parameter;
}

export type Layer = DenseLayer | ConvolutionLayer | EmbeddingBagLayer;

export interface Architecture {
  readonly layers: readonly Layer[];
  readonly parameters: readonly Parameter[];
  /** Features of an input row; 0 for bags. */
  readonly inputWidth: number;
  readonly classes: number;
}

const ACTIVATIONS = { identity: 0, silu: 1, relu: 2 } as const;

/** Features that a layer hands on per row. */
export function outputWidth(layer: Layer): number {
  return layer.kind === "convolution" ? layer.positions * layer.outputs : layer.outputs;
}

/**
 * Shapes and parameters of a recipe's network.
 * @throws RecipeError when a kernel is larger than the image it reads
 */
export function architectureOf(recipe: Recipe): Architecture {
  const parameters: Parameter[] = [];
  function parameter(name: string, shape: readonly number[]): Parameter {
    const elements = shape.reduce((product, n) => product * n, 1);
    const result = { name, shape, elements };
    parameters.push(result);
    return result;
  }
  function affine(name: string, inputs: number, outputs: number) {
    return {
      name,
      inputs,
      outputs,
      weight: parameter(`${name}.weight`, [inputs, outputs]),
      bias: parameter(`${name}.bias`, [outputs]),
    };
  }

  const { input } = recipe;
  let [height, width, channels] = input.kind === "image" ? [input.height, input.width, input.channels] : [0, 0, 0];
  const inputWidth = input.kind === "dense" ? input.width : height * width * channels;
  let features = inputWidth;
  const layers: Layer[] = [];
  for (const [index, layer] of recipe.layers.entries()) {
    const name = `layers.${index}`;
    switch (layer.kind) {
      case "dense": {
        const { dropout } = layer;
        layers.push({
          kind: "dense",
          ...affine(name, features, layer.units),
          activation: ACTIVATIONS[layer.activation],
          dropout,
        });
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
        const shape = affine(name, kernel * kernel * channels, filters);
        const activation = ACTIVATIONS[layer.activation];
        const positions = outHeight * outWidth;
        layers.push({ kind: "convolution", ...shape, activation, height, width, channels, kernel, stride, positions });
        [height, width, channels] = [outHeight, outWidth, filters];
        break;
      }
      case "embeddingBag": {
        const buckets = input.kind === "bags" ? input.buckets : 0;
        const table = parameter(`${name}.table`, [buckets, layer.dimension]);
        layers.push({ kind: "embeddingBag", name, buckets, outputs: layer.dimension, table });
        break;
      }
    }
    features = outputWidth(layers.at(-1));
  }
  layers.push({ kind: "dense", ...affine("classifier", features, recipe.classes), activation: 0, dropout: 0 });
  return { layers, parameters, inputWidth, classes: recipe.classes };
}
