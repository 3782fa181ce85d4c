import { createHash } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, readFileSync, truncateSync } from "node:fs";
import { dirname } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { Encoder } from "../../model/answers/encoder.ts";
import { littleEndianBytes } from "../../model/weights.ts";

const KEY_BYTES = 32;
/** Texts that are encoded before they are written, a second's work or two: what an interruption costs, and how long the process does nothing else. */
const CHUNK = 16;
/** Chunks that are worth starting threads for. */
const MANY_CHUNKS = 4;

/** An encoder that remembers. */
export interface CachedEncoder extends Encoder {
  /** Encodes what is not known yet, and lets other work of the process go on in between; `encode` finds it then. */
  prepare(texts: readonly string[]): Promise<void>;
}

/** The same vectors as `Encoder.encode`'s, of each chunk of texts in their order, computed beside this thread. */
export type EncodeBeside = (chunks: readonly (readonly string[])[]) => AsyncIterable<Float32Array>;

/**
 * Keeps the vectors of an encoder whose vectors depend on the text alone, in a file of records: the text's sha256 and its vector as little-endian
 * float32. A record that was cut off by an interruption is dropped. The file must be used with one encoder only.
 *
 * @param encodeBeside what many texts are prepared with; the encoder itself when absent
 */
export function withVectorCache(encoder: Encoder, file: string, encodeBeside?: EncodeBeside): CachedEncoder {
  const { dimension } = encoder;
  const recordBytes = KEY_BYTES + 4 * dimension;
  const known = readRecords(file, recordBytes);

  function add(texts: readonly string[], vectors: Float32Array): void {
    const records = texts.map((text, i) => {
      const vector = vectors.slice(i * dimension, (i + 1) * dimension);
      const key = keyOf(text);
      known.set(key.toString("hex"), vector);
      return Buffer.concat([key, littleEndianBytes(vector)]);
    });
    appendFileSync(file, Buffer.concat(records));
  }

  function missing(texts: readonly string[]): (readonly string[])[] {
    const unknown = [...new Set(texts)].filter((text) => !known.has(keyOf(text).toString("hex")));
    return Array.from({ length: Math.ceil(unknown.length / CHUNK) }, (_, i) =>
      unknown.slice(i * CHUNK, (i + 1) * CHUNK),
    );
  }

  async function prepareBeside(chunks: readonly (readonly string[])[], beside: EncodeBeside): Promise<void> {
    let chunk = 0;
    for await (const vectors of beside(chunks)) add(chunks[chunk++]!, vectors);
  }

  return {
    dimension,
    async prepare(texts) {
      const chunks = missing(texts);
      if (encodeBeside !== undefined && chunks.length >= MANY_CHUNKS) return prepareBeside(chunks, encodeBeside);
      for (const some of chunks) {
        add(some, encoder.encode(some));
        await setImmediate();
      }
    },
    encode(texts) {
      for (const some of missing(texts)) add(some, encoder.encode(some));
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
