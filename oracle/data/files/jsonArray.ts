const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPENING = new Set([0x5b, 0x7b]);
const CLOSING = new Set([0x5d, 0x7d]);

/** An element of an array: its place from 1, and its bytes. */
export interface ArrayElement {
  readonly row: number;
  readonly bytes: Buffer;
}

/**
 * The elements of the array that begins at `start`, without parsing them, so that one broken element costs itself and no file becomes one string.
 * What is missing at the end, or too much there, is given as a last element, which is no JSON.
 */
export function* arrayElements(bytes: Buffer, start: number): Generator<ArrayElement> {
  let [row, depth, from, inString] = [1, 0, start + 1, false];
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (inString) {
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) inString = true;
    else if (OPENING.has(byte)) depth++;
    else if (CLOSING.has(byte) && --depth === 0) {
      const last = bytes.subarray(from, at);
      if (row > 1 || !isBlank(last)) yield { row: row++, bytes: last };
      const rest = bytes.subarray(at + 1);
      if (!isBlank(rest)) yield { row, bytes: rest };
      return;
    } else if (byte === COMMA && depth === 1) {
      yield { row: row++, bytes: bytes.subarray(from, at) };
      from = at + 1;
    }
  }
  yield { row, bytes: bytes.subarray(from) };
}

function isBlank(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d));
}
