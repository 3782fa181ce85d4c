import { bm25, randomScores } from "./baselines.ts";
import { dataInf } from "./dataInf.ts";
import { exactHessian } from "./exactHessian.ts";
import { gradCos, gradDot } from "./gradDot.ts";
import { kernelInfluence } from "./kernelInfluence.ts";
import { kroneckerFactored } from "./kroneckerFactors.ts";
import { logra } from "./logra.ts";
import { lRelatIf } from "./selfInfluence.ts";
import type { AttributionMethod } from "./tappedModel.ts";
import { trakProjected } from "./trakProjected.ts";

const LOGISTIC = { weights: "logistic", damping: 0.3 } as const;

/** Every method by the name under which it is asked for, with the settings that docs/attribution.md reports. */
export const METHODS: ReadonlyMap<string, AttributionMethod> = new Map([
  ["grad-dot", gradDot],
  ["grad-cos", gradCos],
  ["datainf", dataInf],
  ["k-fac", kroneckerFactored({ eigenvalues: "product", damping: 1 })],
  ["ek-fac", kroneckerFactored({ eigenvalues: "corrected", damping: 1 })],
  ["logra", logra({ side: 16, damping: 0.1, seed: 0 })],
  ["trak", trakProjected({ dimension: 2048, damping: 1, seed: 0 })],
  ["trak-kernel", kernelInfluence({ weights: "uniform", damping: 1 })],
  ["fisher-kernel", kernelInfluence({ weights: "residual", damping: 0.3 })],
  ["kernel", kernelInfluence(LOGISTIC)],
  ["hessian", exactHessian({ damping: 3 })],
  ["l-relatif", lRelatIf(kernelInfluence(LOGISTIC), LOGISTIC)],
  ["bm25", bm25],
  ["random", randomScores(0)],
]);
