import { biasCorrections } from "./denseTraining.ts";
import type { DenseRun, DenseTrainer } from "./denseTraining.ts";
import type { DenseWorkspace, Reals, Region } from "./denseKernels.ts";

/** Adjoint of one query through the optimizer's state. */
interface Adjoint {
  readonly lambda: Region<Reals>;
  readonly moments: readonly Region<Reals>[];
}

/** Backpropagates through whole training runs. Create it once: its memory is that of `queries` adjoints. */
export interface Metagradients {
  /**
   * Trains and differentiates the run.
   *
   * @param cotangents called with the trained network in place; returns at most `queries` gradients of output functions f
   * @returns queries x examples: d f(theta_T) / d w_i at the trainer's row weights
   */
  run(run: DenseRun, cotangents: () => readonly Reals[]): Float64Array;
}

/**
 * MAGIC (Ilyas and Engstrom 2025): the exact derivative of a trained model's output in the weight of every training row, by
 * reverse-mode differentiation of the deterministic training L_t = (1/B) Σ_{i in batch t} w_i · loss_i.
 *
 * One step backwards needs, at the parameters before the step, one forward pass, one backward pass and one R-pass per query,
 * which gives the Hessian-vector product and all per-row derivatives <grad loss_i, u> = (p - y)_i · R{z}_i at once.
 * Parameters are stored every ⌈√T⌉ steps and replayed in between: two trainings plus one R-pass per step and query.
 *
 * @param trainer made with room for second derivatives
 * @param queries most cotangents of one run
 */
export function createMetagradients(workspace: DenseWorkspace, trainer: DenseTrainer, queries: number): Metagradients {
  const { kernels } = workspace;
  const { net, recipe, moments } = trainer;
  const { optimizer } = recipe;
  const count = net.parameters.view.length;
  const examples = trainer.rowWeights.view.length;
  const classes = recipe.widths.at(-1)!;
  const adjoints: Adjoint[] = Array.from({ length: queries }, () => ({
    lambda: workspace.reals(count),
    moments: moments.map(() => workspace.reals(count)),
  }));
  const direction = workspace.reals(count);

  /** Adjoint of the update alone: `direction` becomes the adjoint of the step's gradient. */
  function reverseUpdate(adjoint: Adjoint, rate: number, t: number): void {
    const lambda = adjoint.lambda.pointer;
    if (optimizer.kind === "sgd") {
      const velocity = adjoint.moments[0]!.pointer;
      kernels.adjointMomentum(count, rate, optimizer.momentum, lambda, velocity, direction.pointer);
      if (optimizer.decay !== 0) kernels.addScaled(count, optimizer.decay, direction.pointer, lambda);
      return;
    }
    const { beta1, beta2, epsilon, rootEpsilon, decay } = optimizer;
    const { c1, c2 } = biasCorrections(optimizer, t);
    const [m, v] = [moments[0]!.pointer, moments[1]!.pointer];
    const [lm, lv] = [adjoint.moments[0]!.pointer, adjoint.moments[1]!.pointer];
    const g = net.gradient.pointer;
    // prettier-ignore
    kernels.adjointAdam(count, rate, beta1, beta2, c1, c2, epsilon, rootEpsilon, decay, g, m, v, lambda, lm, lv, direction.pointer);
  }

  /** One step backwards from the states before and after step t. */
  function reverseStep(
    run: DenseRun,
    t: number,
    before: Reals,
    after: readonly Reals[],
    active: number,
    scores: Float64Array,
  ): void {
    net.parameters.view.set(before);
    moments.forEach((moment, i) => {
      moment.view.set(after[i + 1]!);
    });
    const { rows, ids, scale } = trainer.differentiate(run, t);
    const probabilities = net.output.view;
    const rate = trainer.rateAt(run, t);
    for (let q = 0; q < active; q++) {
      const adjoint = adjoints[q]!;
      reverseUpdate(adjoint, rate, t);
      net.hessianVector(rows, trainer.batchWeights.pointer, scale, direction.pointer, adjoint.lambda.pointer);
      const rz = net.outputR.view;
      for (let r = 0; r < rows; r++) {
        let derivative = 0;
        for (let k = 0; k < classes; k++) derivative += probabilities[r * classes + k]! * rz[r * classes + k]!;
        derivative -= rz[r * classes + trainer.batchLabels.view[r]!]!;
        scores[q * examples + ids[r]!]! += scale * derivative;
      }
    }
  }

  return {
    run(run, cotangents) {
      const steps = run.batches.starts.length - 1;
      const stride = Math.ceil(Math.sqrt(steps));
      const checkpoints: Reals[][] = [];
      trainer.start(run);
      for (let t = 0; t < steps; t++) {
        if (t % stride === 0) checkpoints.push(trainer.saveState());
        trainer.step(run, t);
      }
      const starts = cotangents();
      if (starts.length > queries) throw new RangeError(`room for ${queries} queries, not ${starts.length}`);
      for (const [q, start] of starts.entries()) {
        adjoints[q]!.lambda.view.set(start);
        for (const moment of adjoints[q]!.moments) moment.view.fill(0);
      }
      const scores = new Float64Array(starts.length * examples);
      for (let c = checkpoints.length - 1; c >= 0; c--) {
        const first = c * stride;
        const last = Math.min(first + stride, steps);
        trainer.restoreState(checkpoints[c]!);
        const states: Reals[][] = [checkpoints[c]!];
        for (let t = first; t < last; t++) {
          trainer.step(run, t);
          states.push(trainer.saveState());
        }
        for (let t = last - 1; t >= first; t--) {
          reverseStep(run, t, states[t - first]![0]!, states[t - first + 1]!, starts.length, scores);
        }
      }
      return scores;
    },
  };
}
