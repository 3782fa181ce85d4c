import * as tf from "@tensorflow/tfjs";
import { useIeeeBackend } from "../numerics/backend/useIeeeBackend.ts";
import type { KernelFactory } from "../numerics/kernels.ts";
import type { TrainingEngine } from "./engine.ts";
import { fusedOps } from "./networkOps.ts";
import { createOptimizer } from "./optimizer.ts";

/** The numerics profile `ieee-sequential/1`: the only engine whose results are signed. */
export function ieeeEngine(createKernels: KernelFactory): TrainingEngine {
  return {
    use: () => {
      useIeeeBackend(createKernels);
    },
    ops: fusedOps,
    parameters: (start) => start.map(({ values, shape }) => tf.tensor(values, [...shape])),
    createOptimizer,
  };
}
