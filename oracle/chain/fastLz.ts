const HASH_SIZE = 8_192;
const MAX_DISTANCE = 8_191;
/** The longest match and the longest run of literals that one instruction holds. */
const [LONGEST_MATCH, LONGEST_RUN] = [262, 32];
/** Bytes at the end that are never looked up. */
const TAIL = 13;

/**
 * How many bytes FastLZ (level 1) makes of these. The OP stack estimates by it what a transaction costs on layer 1, so the number has
 * to be the one that its clients compute, byte for byte; what it would be packed into is of no use.
 */
export function fastLzLength(bytes: Uint8Array): number {
  const seen = new Uint32Array(HASH_SIZE);
  const limit = Math.max(bytes.length - TAIL, 0);
  const wordAt = (i: number) => bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16);
  const remember = (i: number) => {
    seen[hashOf(wordAt(i))] = i;
    return i + 1;
  };

  let length = 0;
  let anchor = 0;
  let at = 2;
  while (at < limit) {
    let found = 0;
    for (;;) {
      const word = wordAt(at);
      const place = hashOf(word);
      found = seen[place]!;
      seen[place] = at;
      const distance = at - found;
      if (at >= limit) break;
      at++;
      if (distance <= MAX_DISTANCE && word === wordAt(found)) break;
    }
    if (at >= limit) break;
    at--;
    if (at > anchor) length += literals(at - anchor);
    const matched = sharedLength(bytes, found + 3, at + 3, limit + 9);
    length += match(matched);
    at = remember(remember(at + matched));
    anchor = at;
  }
  return length + literals(bytes.length - anchor);
}

function hashOf(word: number): number {
  return (Math.imul(2_654_435_769, word) >>> 19) & (HASH_SIZE - 1);
}

function literals(run: number): number {
  const rest = run % LONGEST_RUN;
  return (LONGEST_RUN + 1) * Math.floor(run / LONGEST_RUN) + (rest === 0 ? 0 : rest + 1);
}

function match(matched: number): number {
  const left = matched - 1;
  return 3 * Math.floor(left / LONGEST_MATCH) + (left % LONGEST_MATCH >= 6 ? 3 : 2);
}

/** How far the bytes at `p` and `q` agree, plus the byte in which they differ, as the reference counts. */
function sharedLength(bytes: Uint8Array, p: number, q: number, end: number): number {
  const most = end - q;
  let length = 0;
  while (length < most) {
    length++;
    if (bytes[p + length - 1] !== bytes[q + length - 1]) break;
  }
  return length;
}
