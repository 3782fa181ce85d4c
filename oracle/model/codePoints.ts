/**
 * A kind of characters, fixed by a table: a list of pairs in base 36, how many code points to pass over and how many belong to the kind.
 */
export function memberOf(table: string): (codePoint: number) => boolean {
  const members = new Uint8Array(0x110000);
  let at = 0;
  const counts = table.split(" ").map((count) => Number.parseInt(count, 36));
  for (let i = 0; i < counts.length; i += 2) {
    const from = at + counts[i]!;
    at = from + counts[i + 1]!;
    members.fill(1, from, at);
  }
  return (codePoint) => members[codePoint] === 1;
}
