import { z } from "zod";
import { ContentError } from "../common/errors.ts";
import type { Architecture, Layer, Parameter } from "./architecture.ts";
import { checkWeights, type Tensor, TensorMismatchError, type Weights } from "./weights.ts";

/** Which tensor of somebody else's file is which parameter of a recipe's network. */
export const nameMapSchema = z.strictObject({
  /** By the parameter's name, as in `{"layers.0.weight": "fc1.weight"}`. */
  parameters: z.record(z.string(), z.string()),
  /** Tensors of the file that belong to no parameter, such as counters. */
  ignored: z.array(z.string()).default([]),
});

export type NameMap = z.output<typeof nameMapSchema>;

/** A name map does not fit the recipe or the file. */
export class NameMapError extends ContentError {}

/**
 * The weights of a recipe's network out of tensors as PyTorch stores them: a dense layer's matrix is outputs x inputs there and turned here; tables, norms
 * and biases lie the same. Nothing is left over on either side.
 *
 * @throws NameMapError for a parameter or a tensor without its other side; TensorMismatchError for another shape; WeightValueError
 */
export function weightsByName(architecture: Architecture, tensors: Weights, { parameters, ignored }: NameMap): Weights {
  const turned = new Set(architecture.layers.flatMap(matrixOf));
  const unknown = Object.keys(parameters).find((name) => !architecture.parameters.some((one) => one.name === name));
  if (unknown !== undefined) {
    throw new NameMapError("the name map has a parameter that the recipe's network has not", {
      value: unknown,
      limit: architecture.parameters.map(({ name }) => name).join(", "),
      remedy: "Take it out, or use the recipe of that network.",
    });
  }
  const found = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const weights = architecture.parameters.map((parameter) => {
    const tensor = named(parameter, parameters[parameter.name], found);
    return { ...(turned.has(parameter.name) ? transposed(parameter, tensor) : tensor), name: parameter.name };
  });
  const taken = new Set([...Object.values(parameters), ...ignored]);
  const left = tensors.find(({ name }) => !taken.has(name));
  if (left !== undefined) {
    throw new NameMapError("the file has a tensor that the name map does not mention", {
      value: left.name,
      remedy: 'Give it to a parameter, or list it under "ignored".',
    });
  }
  checkWeights(architecture, weights);
  return weights;
}

/** The parameter of a layer that is a matrix of inputs x outputs. @throws NameMapError for a convolution */
function matrixOf(layer: Layer): string[] {
  if (layer.kind === "convolution") {
    throw new NameMapError("a convolution's kernels cannot be taken from another library", {
      value: layer.name,
      limit: "recipes of dense, embedding, norm and transformer layers",
    });
  }
  return layer.kind === "dense" ? [layer.weight.name] : [];
}

function named(parameter: Parameter, name: string | undefined, tensors: ReadonlyMap<string, Tensor>): Tensor {
  const tensor = name === undefined ? undefined : tensors.get(name);
  if (tensor !== undefined) return tensor;
  throw new NameMapError(
    name === undefined
      ? "the name map lacks a parameter of the recipe's network"
      : "the file lacks a tensor that the name map mentions",
    {
      value: name ?? parameter.name,
      limit: `${parameter.name} of shape [${parameter.shape.join(", ")}]`,
      remedy: `The file has ${[...tensors.keys()].slice(0, 20).join(", ")}.`,
    },
  );
}

function transposed({ name, shape: [rows = 0, columns = 0] }: Parameter, tensor: Tensor): Tensor {
  if (tensor.shape.join() !== `${columns},${rows}`) {
    throw new TensorMismatchError(
      tensor.name,
      `of shape [${tensor.shape.join(", ")}]`,
      `[${columns}, ${rows}], outputs before inputs, for ${name}`,
    );
  }
  const values = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      values[row * columns + column] = tensor.values[column * rows + row]!;
    }
  }
  return { name, shape: [rows, columns], values };
}
