import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import type { Architecture } from "../model/architecture.ts";
import { architectureOf, trainedLayers } from "../model/architecture.ts";
import { preparedInputs } from "../model/batches.ts";
import { forward, inputTensors } from "../model/forward.ts";
import { fusedOps, logLikelihood, margins } from "../model/networkOps.ts";
import type { LabelledRows } from "../model/rows.ts";
import { labelsOf, NO_LABEL, rowCount } from "../model/rows.ts";
import { smallTransformers } from "../model/testing/smallModels.ts";
import { trainMember } from "../model/train.ts";
import type { Weights } from "../model/weights.ts";
import { useIeeeBackend } from "../numerics/backend/useIeeeBackend.ts";
import { createWasmKernels } from "../numerics/wasmKernels.ts";
import { createMemberKernel } from "./memberKernel.ts";
import type { TapTarget } from "./taps.ts";
import { tapShape } from "./taps.ts";

/** Gradient of each row's target in the parameters of each trained layer: one backward pass per row. */
function explicitGradients(architecture: Architecture, weights: Weights, rows: LabelledRows, target: TapTarget) {
  useIeeeBackend(createWasmKernels);
  const inputs = preparedInputs(rows.inputs);
  const layers = trainedLayers(architecture);
  const byLayer: Float64Array[][] = layers.map(() => []);
  for (let row = 0; row < rowCount(rows.inputs); row++) {
    tf.tidy(() => {
      const input = inputTensors(inputs, [row]);
      const labels = tf.tensor1d(labelsOf(rows, [row]), "int32");
      const parameters = weights.map(({ values, shape }) => tf.tensor(values, [...shape]));
      const targetOf = (...current: tf.Tensor[]) => {
        const logits = forward(fusedOps, architecture, current, input);
        return target === "margin" ? margins(logits, labels).margin : logLikelihood(logits, labels);
      };
      const seed = target === "margin" ? tf.ones([architecture.positions]) : tf.scalar(1);
      const found = tf
        .grads(targetOf)(parameters, seed)
        .map((gradient) => [...gradient.dataSync()]);
      for (const [l, layer] of layers.entries()) {
        const own =
          "table" in layer
            ? [layer.table]
            : [layer.kind === "norm" ? layer.gain : layer.weight, "bias" in layer ? layer.bias : undefined];
        const names = own.map((parameter) => parameter?.name);
        byLayer[l]!.push(
          Float64Array.from(architecture.parameters.flatMap(({ name }, i) => (names.includes(name) ? found[i]! : []))),
        );
      }
    });
  }
  return byLayer;
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}

/** Queries of which only one token is judged. */
function oneToken({ inputs, labels }: LabelledRows, count: number): LabelledRows {
  if (inputs.kind !== "tokens") throw new TypeError("sequences are needed");
  const { length } = inputs;
  const only = labels
    .slice(0, count * length)
    .map((label, i) => (i % length === Math.floor(i / length) % 2 ? label : NO_LABEL));
  return { inputs: { kind: "tokens", ids: inputs.ids.slice(0, count * length), length }, labels: only };
}

describe.each(smallTransformers())("features of a $name", ({ recipe, rows, start }) => {
  const architecture = architectureOf(recipe);
  const weights = trainMember(createWasmKernels, recipe, rows, 0, { ...(start && { start }) });
  const kinds = trainedLayers(architecture).map((layer) => tapShape(layer).kind);

  it("give the kernel of explicit gradients, token by token and summed", () => {
    const queries = oneToken(rows, 10);
    const own = explicitGradients(architecture, weights, rows, "likelihood");
    const other = explicitGradients(architecture, weights, queries, "margin");
    const scales = own.map((layer) => layer.length / layer.reduce((sum, gradient) => sum + dot(gradient, gradient), 0));
    const n = rowCount(rows.inputs);
    const expected = Array.from({ length: 10 }, (_, q) =>
      Array.from({ length: n }, (_unused, row) =>
        own.reduce((sum, layer, l) => sum + scales[l]! * dot(layer[row]!, other[l]![q]!), 0),
      ),
    ).flat();
    const kernel = createMemberKernel(createWasmKernels, recipe, weights, rows, 0);
    const largest = Math.max(...expected.map(Math.abs));
    kernel.queryKernel(queries, (first, count, block) => {
      expect([first, count]).toEqual([0, 10]);
      const found = kernel.space.floats(block, 10 * n);
      const error = expected.reduce((max, value, i) => Math.max(max, Math.abs(found[i]! - value) / largest), 0);
      expect(error).toBeLessThan(5e-6);
    });
    expect(kernel.taps.layers.map(({ kind }) => kind)).toEqual(kinds);
  });
});

describe("a layer over a sequence", () => {
  it("is kept as the cheaper of its gradients and what they are made of", () => {
    const [long, short] = smallTransformers().map(({ recipe }) =>
      trainedLayers(architectureOf(recipe)).map((layer) => [layer.name, tapShape(layer).kind]),
    );
    expect(new Set(long!.map(([, kind]) => kind))).toEqual(new Set(["gradient"]));
    const ghosts = short!.filter(([, kind]) => kind !== "gradient");
    expect(ghosts).toEqual([
      ["layers.0.tokens", "tokens"],
      ["layers.1.up", "sequence"],
      ["layers.1.down", "sequence"],
    ]);
  });
});
