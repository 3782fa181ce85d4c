import { PANEL } from "../../numerics/cholesky32.ts";
import { aligned } from "../../numerics/workspace.ts";
import type { AttributionMethod } from "./tappedModel.ts";
import { crossKernel, eachKernelBlock, kernelElements, singleLayer, squaredNorms } from "./tappedModel.ts";

/** Share of the mean squared gradient norm per parameter that damps a layer (Kwon et al. 2024, §4). */
const DAMPING = 0.1;

/**
 * DataInf (Kwon et al. 2024): the inverse of each layer's empirical Fisher replaced by the mean of the inverses of its rank-one parts. With
 * g = gradient of the cross-entropy in layer l, K its kernel and λ_l = 0.1 · mean ‖g_i‖² / parameters,
 * s(q, k) = Σ_l (1/λ_l) [K(q, k) - (1/N) Σ_i K(q, i) K(i, k) / (λ_l + K(i, i))].
 * Cost: per layer one kernel of N x N and 2·Q·N² flops; gradients are never formed.
 */
export const dataInf: AttributionMethod = {
  name: "datainf",
  elements: (_architecture, rows, outputs) =>
    kernelElements(rows, outputs) + aligned(rows * outputs) + aligned(PANEL * outputs),
  scores(model) {
    const { space, rows, outputs, trainingDoubt, queryDoubt } = model;
    const result = new Float32Array(outputs * rows);
    const norms = squaredNorms(space, model.training);
    const mark = space.mark();
    const coefficients = space.allocate(PANEL * outputs);
    const corrections = space.allocate(outputs * rows);
    for (const [l, tap] of model.training.layers.entries()) {
      const layer = singleLayer(model, l);
      const cross = crossKernel(layer);
      const diagonal = norms[l]!.map((norm, i) => norm * trainingDoubt[i]! * trainingDoubt[i]!);
      const parameters = layerParameters(tap, model.architecture.layers[l]!);
      const lambda = (DAMPING * diagonal.reduce((sum, value) => sum + value, 0)) / rows / parameters;
      if (!(lambda > 0)) continue; // every gradient of the layer is 0
      eachKernelBlock(layer, layer.training, (first, count, block) => {
        const weights = space.floats(coefficients, outputs * count);
        for (let q = 0; q < outputs; q++) {
          for (let i = 0; i < count; i++) {
            const row = first + i;
            const doubt = trainingDoubt[row]! * trainingDoubt[row]!;
            weights[q * count + i] = (cross[q * rows + row]! * doubt) / (rows * (lambda + diagonal[row]!));
          }
        }
        const beta = first === 0 ? 0 : 1;
        // prettier-ignore
        space.kernels.gemm(outputs, rows, count, 1, coefficients, count, 1, block, rows, 1, beta, corrections, rows, space.scratch);
      });
      const correction = space.floats(corrections, outputs * rows);
      for (let q = 0; q < outputs; q++) {
        for (let k = 0; k < rows; k++) {
          const at = q * rows + k;
          result[at]! += (queryDoubt[q]! * trainingDoubt[k]! * (cross[at]! - correction[at]!)) / lambda;
        }
      }
    }
    space.release(mark);
    return result;
  },
};

function layerParameters(
  tap: { kind: string; inputs: number; outputs: number },
  layer: { kind: string; buckets?: number },
): number {
  if (tap.kind === "bag") return (layer.buckets ?? 0) * tap.outputs;
  return tap.kind === "outer" ? (tap.inputs + 1) * tap.outputs : tap.outputs;
}
