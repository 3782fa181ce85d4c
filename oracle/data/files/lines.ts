const LF = 0x0a;
const CR = 0x0d;

/** A line of a file: its bytes are from start to end, and the next line begins at `next`. */
export interface Line {
  readonly start: number;
  readonly end: number;
  readonly next: number;
}

/** The lines of a text, whichever of LF, CRLF and CR ends each of them. */
export function* lineEnds(bytes: Buffer): Generator<Line> {
  let [start, lf, cr] = [0, -1, -1];
  while (start < bytes.length) {
    if (lf < start) lf = found(bytes, LF, start);
    if (cr < start) cr = found(bytes, CR, start);
    const end = Math.min(lf, cr);
    const next = end === cr && lf === cr + 1 ? end + 2 : Math.min(end + 1, bytes.length);
    yield { start, end, next };
    start = next;
  }
}

/** Where the byte is, or the length where it is not. */
function found(bytes: Buffer, byte: number, from: number): number {
  const at = bytes.indexOf(byte, from);
  return at < 0 ? bytes.length : at;
}
