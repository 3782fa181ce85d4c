import type { AttributionMethod } from "./tappedModel.ts";
import { crossKernel, kernelElements, squaredNorms } from "./tappedModel.ts";

/**
 * Inner product of loss gradients (Charpiat et al. 2019): s(q, i) = <∇L_q, ∇L_i> = (1 - p_q)(1 - p_i) K(q, i).
 * Cost: one kernel block, 2·Q·N·Σ(inputs + outputs) flops; no inverse.
 */
export const gradDot: AttributionMethod = {
  name: "grad-dot",
  elements: (_architecture, rows, outputs) => kernelElements(rows, outputs),
  scores(model) {
    const scores = crossKernel(model);
    for (let q = 0; q < model.outputs; q++) {
      for (let i = 0; i < model.rows; i++)
        scores[q * model.rows + i]! *= model.queryDoubt[q]! * model.trainingDoubt[i]!;
    }
    return scores;
  },
};

/**
 * Cosine of loss gradients: s(q, i) = K(q, i) / √(K(q, q) K(i, i)); the factors 1 - p cancel. Cost as grad-dot.
 */
export const gradCos: AttributionMethod = {
  name: "grad-cos",
  elements: (architecture, rows, outputs) => gradDot.elements(architecture, rows, outputs),
  scores(model) {
    const scores = crossKernel(model);
    const norms = (layers: Float64Array[]): Float64Array =>
      layers.reduce((sum, layer) => sum.map((value, i) => value + layer[i]!)).map(Math.sqrt);
    const rowNorms = norms(squaredNorms(model.space, model.training));
    const queryNorms = norms(squaredNorms(model.space, model.queries));
    for (let q = 0; q < model.outputs; q++) {
      for (let i = 0; i < model.rows; i++) {
        const product = queryNorms[q]! * rowNorms[i]!;
        scores[q * model.rows + i] = product > 0 ? scores[q * model.rows + i]! / product : 0;
      }
    }
    return scores;
  },
};
