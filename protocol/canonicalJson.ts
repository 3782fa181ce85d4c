import { MalformedError } from "./errors.ts";
import type { Hash } from "./hex.ts";
import { keccakText } from "./keccak.ts";

/** What canonical JSON can say. Amounts are decimal strings. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * The one text of a JSON value: no white space, keys in the order of their UTF-16 code units, numbers and strings as
 * ECMAScript writes them (RFC 8785, JSON Canonicalization Scheme).
 *
 * @throws MalformedError for what has no canonical form: undefined, NaN, infinities, bigint, lone surrogates, objects with a
 * prototype of their own such as Date or Map.
 */
export function canonicalJson(value: Json): string {
  return write(value, "$");
}

/** keccak-256 of the canonical text. */
export function hashCanonicalJson(value: Json): Hash {
  return keccakText(canonicalJson(value));
}

const LONE_SURROGATE = /\p{Surrogate}/u;

function write(value: unknown, path: string): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new MalformedError(path, String(value), "a finite number");
    return JSON.stringify(value);
  }
  if (typeof value === "string") {
    if (LONE_SURROGATE.test(value)) throw new MalformedError(path, value, "text without lone surrogates");
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map((item, i) => write(item, `${path}[${i}]`)).join(",")}]`;
  if (typeof value === "object" && isPlain(value)) {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, item]) => `${write(key, path)}:${write(item, `${path}.${key}`)}`).join(",")}}`;
  }
  throw new MalformedError(
    path,
    typeof value === "bigint" ? `${value}n` : typeof value,
    "JSON; write amounts and ids as decimal strings and leave absent keys out",
  );
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
