import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Example } from "../example.ts";
import { imageExample, textExample } from "../example.ts";
import { loadFolder } from "../loadFolder.ts";
import { normaliseText } from "../normaliseText.ts";
import { realData } from "../testing/realData.ts";
import { findDuplicates, findSimilarVectors } from "./findDuplicates.ts";
import { createLeaderIndex } from "./leaders.ts";
import { jaccard, minHashBuckets, shinglesOf } from "./minHash.ts";
import { mix32 } from "./mix32.ts";
import { cosine, createSimHash } from "./simHash.ts";

const text = (input: string, label = "a") => textExample(input, label);

describe("findDuplicates on text", () => {
  it("keeps the earliest row of a cluster and says why the others go", () => {
    const { kept, evidence } = findDuplicates([
      text("Where is my new card? I ordered it two weeks ago."),
      text("Something quite different about the weather."),
      text("Where is my new card? I ordered it two weeks ago."),
      text("where is my NEW card?! I ordered it – two weeks ago"),
      text("Where is my new card please? I ordered it two weeks ago."),
    ]);
    expect(kept).toEqual([0, 1]);
    expect(evidence.map(({ row, original, reason }) => [row, original, reason])).toEqual([
      [2, 0, "same-bytes"],
      [3, 0, "same-text"],
      [4, 0, "similar-text"],
    ]);
    expect(evidence[2]!.similarity).toBeGreaterThanOrEqual(0.8);
    expect(evidence[2]!.similarity).toBeLessThan(1);
  });

  it("sees a copy under another label", () => {
    const { evidence } = findDuplicates([text("my card is lost", "lost"), text("my card is lost", "found")]);
    expect(evidence).toEqual([{ row: 1, original: 0, reason: "same-text", similarity: 1 }]);
  });

  it("points copies of a repetition at the row that was kept", () => {
    const near = "Where is my new card please? I ordered it two weeks ago.";
    const { evidence } = findDuplicates([
      text("Where is my new card? I ordered it two weeks ago."),
      text(near),
      text(near),
    ]);
    expect(evidence.map(({ original }) => original)).toEqual([0, 0]);
  });

  it("does not join texts that merely share a pattern", () => {
    const { evidence } = findDuplicates([text("translate bread into Finnish"), text("translate horse into Spanish")]);
    expect(evidence).toEqual([]);
  });

  it("never changes its verdict on earlier rows when later ones are added", () => {
    const rows = fc.array(fc.constantFrom("pay my bill", "pay my bills", "Pay my bill!", "pay the bill now", "bill"), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(rows, rows, (first, second) => {
        const before = findDuplicates(first.map((row) => text(row)));
        const after = findDuplicates([...first, ...second].map((row) => text(row)));
        expect(after.kept.slice(0, before.kept.length)).toEqual(before.kept);
        expect(after.evidence.slice(0, before.evidence.length)).toEqual(before.evidence);
      }),
    );
  });

  it("accounts for every row exactly once, each repetition after its original", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1, maxLength: 6 }).filter((s) => s.trim() !== "")), (inputs) => {
        const { kept, evidence } = findDuplicates(inputs.map((input) => text(input)));
        const rows = [...kept, ...evidence.map(({ row }) => row)].sort((a, b) => a - b);
        expect(rows).toEqual(inputs.map((_, row) => row));
        for (const { row, original } of evidence) {
          expect(original).toBeLessThan(row);
          expect(kept).toContain(original);
        }
      }),
    );
  });

  it("treats texts without a word as one text", () => {
    expect(findDuplicates([text("?!"), text("…")]).kept).toEqual([0]);
  });
});

describe("findDuplicates on images", () => {
  const image = (pixels: readonly number[], width = pixels.length, label = "0"): Example =>
    imageExample({ width, height: pixels.length / width, channels: 1, pixels: Uint8Array.from(pixels) }, label);
  const noise = (seed: number) => Array.from({ length: 64 }, (_, i) => mix32(seed * 64 + i) & 255);

  it("keeps the earliest of equal and slightly changed images", () => {
    const brighter = noise(1).map((value) => Math.min(255, value + 3));
    const { kept, evidence } = findDuplicates([image(noise(1)), image(noise(2)), image(noise(1)), image(brighter)]);
    expect(kept).toEqual([0, 1]);
    expect(evidence.map(({ original, reason }) => [original, reason])).toEqual([
      [0, "same-bytes"],
      [0, "similar-vector"],
    ]);
  });

  it("compares images of one shape only", () => {
    expect(findDuplicates([image(noise(1), 64), image(noise(1), 8)]).kept).toEqual([0, 1]);
  });

  it("tolerates an image that is black all over", () => {
    expect(findDuplicates([image(new Array(64).fill(0)), image(noise(1))]).kept).toEqual([0, 1]);
  });
});

describe("findSimilarVectors", () => {
  it("joins vectors by angle, not by length", () => {
    const vector = (seed: number, scale: number) =>
      Float32Array.from({ length: 32 }, (_, i) => scale * ((mix32(seed * 32 + i) & 1023) - 512));
    const { kept, evidence } = findSimilarVectors([vector(1, 1), vector(2, 1), vector(1, 3), vector(1, -1)]);
    expect(kept).toEqual([0, 1, 3]);
    expect(evidence).toEqual([{ row: 2, original: 0, reason: "similar-vector", similarity: 1 }]);
  });
});

describe("the parts", () => {
  it("measure Jaccard similarity as defined", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(30), { minLength: 1 }), fc.array(fc.nat(30)), (a, b) => {
        const left = new Set(a);
        const right = new Set(b);
        const common = [...left].filter((value) => right.has(value)).length;
        const sorted = (set: Set<number>) => Uint32Array.from(set).sort();
        expect(jaccard(sorted(left), sorted(right))).toBe(common / (left.size + right.size - common));
      }),
    );
  });

  it("measure the cosine as defined", () => {
    expect(cosine(Uint8Array.of(3, 4), Uint8Array.of(4, 3))).toBe(24 / 25);
    expect(cosine(Uint8Array.of(0, 0), Uint8Array.of(4, 3))).toBe(0);
  });

  it("match the published values of MurmurHash3's finalizer", () => {
    // smhasher's fmix32: 0 → 0, 1 → 0x514e28b7, 0xffffffff → 0x81f16f39
    expect([0, 1, 0xffffffff].map(mix32)).toEqual([0, 0x514e28b7, 0x81f16f39]);
  });

  it("bound the comparisons when every item falls into one bucket", () => {
    let comparisons = 0;
    const index = createLeaderIndex<number>(
      () => [0],
      () => (comparisons++, 0),
      0.5,
    );
    for (let id = 0; id < 1000; id++) index.place(id, id);
    expect(comparisons).toBeLessThanOrEqual(64 * 1000);
  });
});

/** Rows that no earlier original resembles, found by comparing with all of them. */
function keptByBruteForce<T>(items: readonly T[], similarity: (a: T, b: T) => number, threshold: number): number[] {
  const kept: number[] = [];
  items.forEach((item, row) => {
    if (!kept.some((original) => similarity(item, items[original]!) >= threshold)) kept.push(row);
  });
  return kept;
}

describe("against comparing everything with everything", () => {
  const clinc = realData("clinc150");
  const mnist = realData("mnist");

  it.skipIf(clinc === undefined)("finds the near-duplicates of 2,000 requests", () => {
    const examples = loadFolder(clinc!, { limit: 2_000 }).train;
    const texts = [
      ...new Set(examples.map((example) => (example.kind === "text" ? normaliseText(example.input) : ""))),
    ];
    const shingles = texts.map(shinglesOf);
    const index = createLeaderIndex(minHashBuckets, jaccard, 0.8);
    const kept = shingles.flatMap((set, row) => (index.place(row, set) ? [] : [row]));
    expect(kept).toEqual(keptByBruteForce(shingles, jaccard, 0.8));
    expect(kept.length).toBeLessThan(texts.length);
  });

  it.skipIf(mnist === undefined)("finds the near-duplicates of 1,000 ones", () => {
    const examples = loadFolder(mnist!)
      .train.filter(({ label }) => label === "1")
      .slice(0, 1_000);
    const pixels = examples.map((example) => (example.kind === "image" ? example.input.pixels : new Uint8Array()));
    const index = createLeaderIndex(createSimHash(784), cosine, 0.98);
    const kept = pixels.flatMap((row, id) => (index.place(id, row) ? [] : [id]));
    expect(kept).toEqual(keptByBruteForce(pixels, cosine, 0.98));
    expect(kept.length).toBeLessThan(pixels.length);
  });
});
