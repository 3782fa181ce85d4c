import { writeUint } from "../bytes.ts";
import { OrderError } from "../errors.ts";
import { buildSumTree, LEAF_PREFIX, type SumTree } from "./sumTree.ts";

/** What each contribution adds: the tree's total counts them. */
const SUM = 1n;

/**
 * The tree of the contributions of a Datanet that a version finds harmful.
 *
 * @param contributionIds strictly ascending
 * @throws OrderError
 */
export function buildHarmfulTree(contributionIds: readonly bigint[]): SumTree {
  for (let i = 1; i < contributionIds.length; i++) {
    const id = contributionIds[i]!;
    if (id <= contributionIds[i - 1]!) throw new OrderError("harmful contribution", i, `contribution ${id}`);
  }
  const preimage = new Uint8Array(33);
  preimage[0] = LEAF_PREFIX;
  return buildSumTree(
    contributionIds.length,
    (i) => {
      writeUint(preimage, 1, 32, contributionIds[i]!, "contributionId");
      return preimage;
    },
    () => SUM,
  );
}
