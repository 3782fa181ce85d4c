import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Encoder } from "../../model/answers/encoder.ts";
import { withVectorCache } from "./vectorCache.ts";

let folder: string;
let file: string;
let asked: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "openledger-test-"));
  file = join(folder, "deep", "base.vectors");
  asked = [];
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Length and first character of a text, and what it was asked for. */
const encoder: Encoder = {
  dimension: 2,
  encode(texts) {
    asked.push(...texts);
    return Float32Array.from(texts.flatMap((text) => [text.length + 0.1, text.codePointAt(0) ?? 0]));
  },
};
const texts = Array.from({ length: 50 }, (_, i) => `text ${i % 40} \ud83d\ude00`);

describe("the vectors of texts", () => {
  it("are computed once for each text, in this process and the next", () => {
    const expected = encoder.encode(texts);
    asked = [];
    const first = withVectorCache(encoder, file);
    expect(first.encode(texts)).toEqual(expected);
    expect(first.encode(texts)).toEqual(expected);
    expect(asked).toEqual(texts.slice(0, 40));
    expect(withVectorCache(encoder, file).encode(texts)).toEqual(expected);
    expect(asked).toHaveLength(40);
  });

  it("are there after a preparation, which lets other work go on", async () => {
    const cached = withVectorCache(encoder, file);
    let others = 0;
    const preparing = cached.prepare(texts);
    const beside = setImmediate(() => others++);
    await preparing;
    clearImmediate(beside);
    expect(others).toBe(1);
    asked = [];
    expect(cached.encode(texts)).toEqual(encoder.encode(texts));
    expect(asked).toEqual(texts);
  });

  it("are computed beside this thread where they are many, and kept in the same order", async () => {
    const alone = withVectorCache(encoder, join(folder, "alone.vectors"));
    const chunkSizes: number[] = [];
    const cached = withVectorCache(encoder, file, async function* (chunks) {
      chunkSizes.push(...chunks.map(({ length }) => length));
      for (const chunk of chunks) yield await Promise.resolve(encoder.encode(chunk));
    });
    const others = Array.from({ length: 50 }, (_, i) => `other text ${i}`);
    for (const [more, expected] of [
      [texts, []],
      [
        [...texts, ...others],
        [16, 16, 16, 2],
      ],
    ] as const) {
      await alone.prepare(more);
      await cached.prepare(more);
      expect(chunkSizes).toEqual(expected);
    }
    expect(readFileSync(file)).toEqual(readFileSync(join(folder, "alone.vectors")));
  });

  it("survive a record that was cut off", () => {
    withVectorCache(encoder, file).encode(texts.slice(0, 3));
    const whole = readFileSync(file);
    appendFileSync(file, whole.subarray(0, 17));
    expect(withVectorCache(encoder, file).encode(texts.slice(0, 4))).toEqual(encoder.encode(texts.slice(0, 4)));
    expect(readFileSync(file).subarray(0, whole.length)).toEqual(whole);
    expect(readFileSync(file)).toHaveLength((whole.length / 3) * 4);
  });

  it("are none for no text", async () => {
    const cached = withVectorCache(encoder, file);
    await cached.prepare([]);
    expect(cached.encode([])).toEqual(new Float32Array(0));
  });
});
