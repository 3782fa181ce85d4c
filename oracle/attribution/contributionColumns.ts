/** Columns of an index over this many contributions: a multiple of 32, at most `rank`. */
export function contributionColumns(rank: number, contributions: number): number {
  return Math.min(rank, Math.ceil(contributions / 32) * 32);
}
