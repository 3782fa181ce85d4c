import { createHash } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, readFileSync, truncateSync } from "node:fs";
import { dirname } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { Encoder } from "../../model/answers/encoder.ts";
import { littleEndianBytes } from "../../model/weights.ts";

const KEY_BYTES = 32;
/** Texts that are encoded before they are written, a second's work or two: what an interruption costs, and how long the process does nothing else. */
const CHUNK = 16;

/** An encoder that remembers. */
export interface CachedEncoder extends Encoder {
  /** Encodes what is not known yet, and lets other work of the process go on in between; `encode` finds it then. */
  prepare(texts: readonly string[]): Promise<void>;
}

/**
 * Keeps the vectors of an encoder whose vectors depend on the text alone, in a file of records: the text's sha256 and its vector as little-endian
 * float32. A record that was cut off by an interruption is dropped. The file must be used with one encoder only.
 */
export function withVectorCache(encoder: Encoder, file: string): CachedEncoder {
  const { dimension } = encoder;
  const recordBytes = KEY_BYTES + 4 * dimension;
  const known = readRecords(file, recordBytes);

  function add(texts: readonly string[]): void {
    const vectors = encoder.encode(texts);
    const records = texts.map((text, i) => {
      const vector = vectors.slice(i * dimension, (i + 1) * dimension);
      const key = keyOf(text);
      known.set(key.toString("hex"), vector);
      return Buffer.concat([key, littleEndianBytes(vector)]);
    });
    appendFileSync(file, Buffer.concat(records));
  }

  function* missing(texts: readonly string[]): Generator<readonly string[]> {
    const unknown = [...new Set(texts)].filter((text) => !known.has(keyOf(text).toString("hex")));
    for (let from = 0; from < unknown.length; from += CHUNK) yield unknown.slice(from, from + CHUNK);
  }

  return {
    dimension,
    async prepare(texts) {
      for (const some of missing(texts)) {
        add(some);
        await setImmediate();
      }
    },
    encode(texts) {
      for (const some of missing(texts)) add(some);
      const rows = new Float32Array(texts.length * dimension);
      for (const [row, text] of texts.entries()) rows.set(known.get(keyOf(text).toString("hex"))!, row * dimension);
      return rows;
    },
  };
}

function keyOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function readRecords(file: string, recordBytes: number): Map<string, Float32Array> {
  const known = new Map<string, Float32Array>();
  if (!existsSync(file)) {
    mkdirSync(dirname(file), { recursive: true });
    return known;
  }
  const bytes = readFileSync(file);
  const whole = bytes.length - (bytes.length % recordBytes);
  if (whole < bytes.length) truncateSync(file, whole);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < whole; at += recordBytes) {
    const vector = new Float32Array((recordBytes - KEY_BYTES) / 4);
    for (let i = 0; i < vector.length; i++) vector[i] = view.getFloat32(at + KEY_BYTES + 4 * i, true);
    known.set(bytes.toString("hex", at, at + KEY_BYTES), vector);
  }
  return known;
}
