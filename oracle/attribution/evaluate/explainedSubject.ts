import { selectRows } from "../../model/rows.ts";
import type { KernelFactory } from "../../numerics/kernels.ts";
import { fitMember } from "../fitMember.ts";
import type { Scheme } from "../scheme.ts";
import { contributorsOfRows } from "./contributions.ts";
import type { ScenarioSubject } from "./fidelityStudy.ts";
import { deliveredOutputs } from "./fidelityStudy.ts";
import type { ExplainedOutput } from "./report/examples.ts";
import { explainOutputs } from "./report/examples.ts";

/** Columns of a projection that is not used. */
const NO_PROJECTION = 32;

/** Explains outputs spread evenly over the test rows by the training rows behind them, under the first model. */
export function explainedSubject(
  createKernels: KernelFactory,
  scheme: Scheme,
  subject: ScenarioSubject,
  outputs: number,
): ExplainedOutput[] {
  const { contributions, recipe, models, classes, examples } = subject;
  const rows = contributions.training.labels.length;
  const contributorOfRow = contributorsOfRows(contributions);
  const training = {
    rows: contributions.training,
    contributionOfRow: Int32Array.from({ length: rows }, (_, row) => row),
    contributions: rows,
  };
  const delivered = deliveredOutputs(createKernels, subject);
  const chosen = Int32Array.from({ length: outputs }, (_, i) => Math.floor((i * examples.test.length) / outputs));
  const operator = fitMember(createKernels, scheme, recipe, models[0]!, training, NO_PROJECTION);
  const influence = operator.influence(selectRows(delivered, chosen));
  const scores = new Float32Array(outputs * rows);
  for (let row = 0; row < rows; row++) {
    for (let q = 0; q < outputs; q++) scores[q * rows + row] = influence[row * outputs + q]!;
  }
  return explainOutputs(
    scores,
    Array.from(chosen, (q) => ({ query: examples.test[q]!, delivered: classes[delivered.labels[q]!]! })),
    examples.training.map((example, row) => ({
      example,
      contributor: contributions.contributors[contributorOfRow[row]!]!.name,
    })),
  );
}
