import { shown } from "../errors.ts";
import { malformedRow } from "./rows.ts";

/** Deepest nesting of a row. Printing and checking are recursive, and rows are flat. */
const MAX_DEPTH = 64;
/** Longest row, in bytes. */
export const MAX_ROW_BYTES = 1 << 24;

/** Strings as wholes, and the characters that structure JSON. */
const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]:,]/gsu;

/** The fields of an object that was opened, and whether a string that comes now names one; no fields for an array. */
interface Open {
  readonly keys: Set<string> | undefined;
  expectsKey: boolean;
}

/**
 * One row of JSON.
 *
 * @throws DataError `row-malformed` for what is no JSON, is nested deeper than {@link MAX_DEPTH} or names a field twice, of which parsers keep
 * whichever they like.
 */
export function parseRow(bytes: Buffer): unknown {
  if (bytes.length > MAX_ROW_BYTES) {
    throw malformedRow(`a row of ${bytes.length} bytes`, `a row has at most ${MAX_ROW_BYTES} bytes`, "split it");
  }
  const text = bytes.toString("utf8");
  requireFlat(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw malformedRow(shown(text.trim()), "a line is one JSON value", "check its quotes and commas");
  }
  requireDistinctKeys(text);
  return value;
}

function requireFlat(text: string): void {
  let depth = 0;
  for (const [token] of text.matchAll(TOKENS)) {
    if (token === "{" || token === "[") depth++;
    else if (token === "}" || token === "]") depth--;
    if (depth <= MAX_DEPTH) continue;
    throw malformedRow(`a row nested more than ${MAX_DEPTH} deep`, "a row is an object of values", "flatten it");
  }
}

/** @param text valid JSON */
function requireDistinctKeys(text: string): void {
  const open: Open[] = [];
  for (const [token] of text.matchAll(TOKENS)) {
    const inner = open.at(-1);
    if (token === "{") open.push({ keys: new Set(), expectsKey: true });
    else if (token === "[") open.push({ keys: undefined, expectsKey: false });
    else if (token === "}" || token === "]") open.pop();
    else if (inner?.keys === undefined) continue;
    else if (token === ",") inner.expectsKey = true;
    else if (token === ":") inner.expectsKey = false;
    else if (inner.expectsKey) addKey(inner.keys, JSON.parse(token) as string);
  }
}

function addKey(keys: Set<string>, key: string): void {
  if (keys.has(key)) {
    throw malformedRow(`the field ${shown(key)} is there twice`, "a row names every field once", "remove one of them");
  }
  keys.add(key);
}
