import { PANEL, solvePacked } from "../../numerics/cholesky32.ts";
import type { CurvatureWeights, KernelInfluenceOptions } from "./kernelInfluence.ts";
import { factorise, rootWeights } from "./kernelInfluence.ts";
import type { AttributionMethod, TappedModel } from "./tappedModel.ts";
import { eachKernelBlock, kernelElements, squaredNorms } from "./tappedModel.ts";

/**
 * Squared norm of every training row's loss gradient, ‖∇L_i‖² = (1 - p_i)² K(i, i): self-influence with the identity for the Hessian
 * (Pruthi et al. 2020, §4.1). Cost: one pass over the features.
 */
export function gradientNorms(model: TappedModel): Float64Array {
  const layers = squaredNorms(model.space, model.training);
  return model.trainingDoubt.map((doubt, i) => doubt * doubt * layers.reduce((sum, layer) => sum + layer[i]!, 0));
}

/**
 * φ_iᵀ (Φᵀ R Φ + λI)^-1 φ_i of every training row, from the kernel: R_i^-1 [(K_R + λI)^-1 K_R]_ii with K_R = R^1/2 K R^1/2.
 * Cost: a Cholesky factorisation and N right-hand sides, 7/3·N³ flops.
 */
export function leverages(model: TappedModel, options: KernelInfluenceOptions): Float64Array {
  const { space, rows } = model;
  const root = rootWeights(model, options.weights);
  const mark = space.mark();
  const factor = factorise(model, root, options.damping);
  const right = space.allocate(PANEL * rows);
  const result = new Float64Array(rows);
  eachKernelBlock(model, model.training, (first, count, block) => {
    const kernel = space.floats(block, count * rows);
    const values = space.floats(right, rows * count);
    for (let i = 0; i < count; i++) {
      for (let row = 0; row < rows; row++)
        values[row * count + i] = root[row]! * root[first + i]! * kernel[i * rows + row]!;
    }
    solvePacked(space, rows, factor, count, right);
    for (let i = 0; i < count; i++)
      result[first + i] = values[(first + i) * count + i]! / (root[first + i]! * root[first + i]!);
  });
  space.release(mark);
  return result;
}

/** Self-influence of every training row in the tangent kernel: (1 - p_i)² times its leverage. High for labels that the others contradict. */
export function selfInfluence(model: TappedModel, weights: CurvatureWeights, damping: number): Float64Array {
  return leverages(model, { weights, damping }).map(
    (leverage, i) => leverage * model.trainingDoubt[i]! * model.trainingDoubt[i]!,
  );
}

/** Workspace elements of {@link leverages}. */
export function leverageElements(rows: number): number {
  return kernelElements(rows, PANEL) + PANEL * rows;
}

/**
 * l-RelatIF (Barshan et al. 2020): influence relative to what the row does to its own loss, s(q, i) / √(g_iᵀ H^-1 g_i): an outlier that moves the
 * model a lot everywhere does not rank first everywhere. `method` must be the kernel influence of the same options.
 */
export function lRelatIf(method: AttributionMethod, options: KernelInfluenceOptions): AttributionMethod {
  return {
    name: "l-relatif",
    elements: (architecture, rows, outputs) =>
      Math.max(method.elements(architecture, rows, outputs), leverageElements(rows)),
    scores(model) {
      const self = selfInfluence(model, options.weights, options.damping).map(Math.sqrt);
      const scores = method.scores(model);
      for (let q = 0; q < model.outputs; q++) {
        for (let i = 0; i < model.rows; i++) {
          const at = q * model.rows + i;
          scores[at] = self[i]! > 0 ? scores[at]! / self[i]! : 0;
        }
      }
      return scores;
    },
  };
}
