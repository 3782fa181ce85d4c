/**
 * The positions of a sequence in the order of its suffixes, by induced sorting (Nong, Zhang and Chan 2009): time and memory grow with its length,
 * however often it repeats itself.
 *
 * @param values integers from 0 to `highest`
 */
export function suffixArray(values: ArrayLike<number>, highest: number): Int32Array {
  const n = values.length;
  const sorted = new Int32Array(n);
  if (n < 2) return sorted;
  // a suffix is "small" where it stands before the one that follows it
  const small = new Uint8Array(n);
  for (let i = n - 2; i >= 0; i--) {
    small[i] = values[i]! === values[i + 1]! ? small[i + 1]! : Number(values[i]! < values[i + 1]!);
  }
  const { firstLarge, firstSmall } = buckets(values, small, highest);
  const number = new Int32Array(n + 1).fill(-1);
  const starts: number[] = [];
  for (let i = 1; i < n; i++) {
    if (small[i] === 1 && small[i - 1] === 0) number[i] = starts.push(i) - 1;
  }
  const induce = (ordered: ArrayLike<number>): void => {
    sorted.fill(-1);
    const smallAt = firstSmall.slice();
    for (let i = 0; i < ordered.length; i++) sorted[smallAt[values[ordered[i]!]!]!++] = ordered[i]!;
    const largeAt = firstLarge.slice();
    sorted[largeAt[values[n - 1]!]!++] = n - 1;
    for (let i = 0; i < n; i++) {
      const before = sorted[i]! - 1;
      if (before >= 0 && small[before] === 0) sorted[largeAt[values[before]!]!++] = before;
    }
    const ends = firstLarge.slice();
    for (let i = n - 1; i >= 0; i--) {
      const before = sorted[i]! - 1;
      if (before >= 0 && small[before] === 1) sorted[--ends[values[before]! + 1]!] = before;
    }
  };
  induce(starts);
  if (starts.length === 0) return sorted;

  const pieces = sorted.filter((position) => number[position] !== -1);
  const names = new Int32Array(starts.length);
  const endOf = (start: number): number => starts[number[start]! + 1] ?? n;
  let name = 0;
  for (let i = 1; i < pieces.length; i++) {
    if (!samePiece(values, pieces[i - 1]!, endOf(pieces[i - 1]!), pieces[i]!, endOf(pieces[i]!))) name++;
    names[number[pieces[i]!]!] = name;
  }
  induce(suffixArray(names, name).map((piece) => starts[piece]!));
  return sorted;
}

/** Where the large and the small suffixes that begin with each value come to lie; one more than there are values, so that ends have a place. */
function buckets(values: ArrayLike<number>, small: Uint8Array, highest: number) {
  const firstLarge = new Int32Array(highest + 2);
  const firstSmall = new Int32Array(highest + 2);
  for (let i = 0; i < values.length; i++) {
    if (small[i] === 0) firstSmall[values[i]!]!++;
    else firstLarge[values[i]! + 1]!++;
  }
  for (let value = 0; value <= highest; value++) {
    firstSmall[value]! += firstLarge[value]!;
    firstLarge[value + 1]! += firstSmall[value]!;
  }
  return { firstLarge, firstSmall };
}

/** Whether two pieces, each up to and with the start of the next, are the same. */
function samePiece(values: ArrayLike<number>, a: number, aEnd: number, b: number, bEnd: number): boolean {
  if (aEnd - a !== bEnd - b || aEnd === values.length || bEnd === values.length) return false;
  for (let i = 0; i <= aEnd - a; i++) if (values[a + i] !== values[b + i]) return false;
  return true;
}
