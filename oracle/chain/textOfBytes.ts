const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const BACKSLASH = 0x5c;

/**
 * The bytes of a string on the chain as text that a database, JSON and every reader can hold: anybody may put any bytes
 * there. UTF-8 stays as it is; NUL, backslashes and bytes that are no UTF-8 become `\x` and two hexadecimal digits each.
 * Different bytes give different texts, and the bytes follow from the text (docs/architecture.md).
 */
export function textOfBytes(bytes: Uint8Array): string {
  if (!bytes.includes(0) && !bytes.includes(BACKSLASH)) {
    const text = decoded(bytes);
    if (text !== undefined) return text;
  }
  let text = "";
  for (let i = 0; i < bytes.length;) {
    const length = sequenceLength(bytes[i]!);
    const character = length === 0 ? undefined : decoded(bytes.subarray(i, i + length));
    text += character ?? `\\x${bytes[i]!.toString(16).padStart(2, "0")}`;
    i += character === undefined ? 1 : length;
  }
  return text;
}

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}

/** How many bytes a character has that begins with this one; 0 for a byte that is escaped. */
function sequenceLength(first: number): number {
  if (first === 0 || first === BACKSLASH) return 0;
  if (first < 0x80) return 1;
  if (first < 0xc0) return 0;
  return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}
