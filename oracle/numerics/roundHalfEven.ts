/** Rounds to the nearest integer, ties to even. Exact for |x| < 2^51. */
export function roundHalfEven(x: number): number {
  return x + 6755399441055744 - 6755399441055744;
}
