import type { Recipe } from "../../model/recipe.ts";
import type { LabelledRows } from "../../model/rows.ts";
import { concatenateInputs } from "../../model/rows.ts";
import type { Weights } from "../../model/weights.ts";
import type { KernelFactory } from "../../numerics/kernels.ts";
import { contributionBasis } from "../contributionBasis.ts";
import { fitMember } from "../fitMember.ts";
import type { Scheme } from "../scheme.ts";
import type { Contributions } from "./contributions.ts";

/** Influence of every contribution on outputs and on quality rows under one model, outputs first: rows x contributions. */
export function memberInfluence(
  createKernels: KernelFactory,
  scheme: Scheme,
  recipe: Recipe,
  weights: Weights,
  contributions: Contributions,
  outputs: LabelledRows,
): Float32Array {
  const { training, contributionOfRow, contributorOf, quality } = contributions;
  const count = contributorOf.length;
  const rank = Math.ceil(count / 32) * 32;
  const set = { rows: training, contributionOfRow, contributions: count };
  const member = fitMember(createKernels, scheme, recipe, weights, set, rank);
  member.project(contributionBasis(createKernels, new Float32Array(), count, rank, scheme.seed));
  const queries = {
    inputs: concatenateInputs([outputs.inputs, quality.inputs]),
    labels: Int32Array.from([...outputs.labels, ...quality.labels]),
  };
  const psi = member.query(queries);
  const influence = new Float32Array(queries.labels.length * count);
  for (let q = 0; q < queries.labels.length; q++) influence.set(psi.subarray(q * rank, q * rank + count), q * count);
  return influence;
}

/** Mean over models. */
export function meanInfluence(members: readonly Float32Array[]): Float32Array {
  return Float32Array.from({ length: members[0]!.length }, (_, i) => {
    let sum = 0;
    for (const member of members) sum += member[i]!;
    return sum / members.length;
  });
}
