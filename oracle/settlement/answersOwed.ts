import type { CountedReceipt } from "./receipts.ts";
import type { VersionIndex } from "./inputs.ts";

/** How much of what some contributions scored in a pool is owed to one paid answer. */
export interface OwedAnswer {
  /** Place among the receipts that were given. */
  readonly place: number;
  /** Of all that the given answers add to the scores, 0 … 1. */
  readonly share: number;
}

/**
 * The paid answers that contributions earned by, the largest share first. A score is the sum of what each answer adds to it: the fee that
 * counts, times the influence on the answer. Answers that the contributions were no help with are left out.
 *
 * @param psi of each receipt's answer, receipts x k
 */
export function answersOwed(
  version: VersionIndex,
  contributionIds: ReadonlySet<bigint>,
  receipts: readonly Pick<CountedReceipt, "counted">[],
  psi: Float64Array,
): OwedAnswer[] {
  const { k, rows, features } = version;
  // what all the contributions together have in each column
  const column = new Float64Array(k);
  for (const [row, { contributionId, scale }] of rows.entries()) {
    if (!contributionIds.has(contributionId)) continue;
    for (let j = 0; j < k; j++) column[j]! += scale * features[row * k + j]!;
  }
  const added = receipts.map(({ counted }, place) => {
    let [square, product] = [0, 0];
    for (let j = 0; j < k; j++) {
      const component = psi[place * k + j]!;
      square += component * component;
      product += component * column[j]!;
    }
    return square === 0 ? 0 : (Number(counted) * product) / Math.sqrt(square);
  });
  const total = added.reduce((sum, value) => sum + Math.max(0, value), 0);
  return added
    .map((value, place) => ({ place, share: total === 0 ? 0 : value / total }))
    .filter(({ share }) => share > 0)
    .sort((a, b) => b.share - a.share || a.place - b.place);
}
