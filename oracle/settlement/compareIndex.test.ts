import { describe, expect, it } from "vitest";
import { versionIndex } from "../../test/fixtures/settlement.ts";
import { compareIndexes, firstWrongQuality } from "./compareIndex.ts";
import type { VersionIndex } from "./inputs.ts";

const ours = versionIndex(4n, { seed: 2, accounts: 1, contributions: 12, k: 32, models: 1, epochs: 1 });

function withRow(index: number, change: Partial<VersionIndex["rows"][number]>): VersionIndex {
  return { ...ours, rows: ours.rows.map((row, i) => (i === index ? { ...row, ...change } : row)) };
}

describe("comparison of indexes", () => {
  it("finds nothing between equals, and no wrong quality in a true index", () => {
    expect(compareIndexes(ours, structuredClone(ours))).toBeUndefined();
    expect(firstWrongQuality(ours)).toBeUndefined();
  });

  it("names what the registry decides", () => {
    const place = { versionId: 4n, index: 3, contributionId: ours.rows[3]!.contributionId };
    for (const field of ["contributionId", "examples"] as const) {
      const row = ours.rows[3]!;
      const theirs =
        field === "examples" ? { examples: row.examples + 1 } : { contributionId: row.contributionId + 1n };
      expect(compareIndexes(ours, withRow(3, theirs))).toMatchObject({
        tree: "index",
        place,
        field,
        remedy: "wrong index",
      });
    }
    const short = { ...ours, rows: ours.rows.slice(0, -1) };
    expect(compareIndexes(ours, short)).toMatchObject({ theirs: "absent", remedy: "wrong index" });
    expect(compareIndexes(short, ours)).toMatchObject({ ours: "absent", remedy: "wrong index" });
  });

  it("names a quality that contradicts its own features", () => {
    const wrong = withRow(7, { quality: ours.rows[7]!.quality + 1n });
    expect(compareIndexes(ours, wrong)).toMatchObject({
      field: "quality",
      remedy: "wrong quality",
      place: { index: 7 },
    });
    expect(firstWrongQuality(wrong)).toBe(7);
  });

  it("says that nothing on the chain decides other features, though consistent", () => {
    const features = ours.features.slice();
    features[5 * 32]! += features[5 * 32]! < 127 ? 1 : -1;
    const silent: VersionIndex = {
      ...ours,
      parts: ours.parts.map((part) => ({ ...part, quality: new Int16Array(32) })),
      rows: ours.rows.map((row) => ({ ...row, quality: 0n })),
    };
    expect(compareIndexes(silent, { ...silent, features })).toMatchObject({
      field: "features",
      remedy: undefined,
      place: { index: 5 },
    });
    expect(compareIndexes(ours, { ...ours, certificateBps: 1 })).toMatchObject({
      field: "certificateBps",
      remedy: undefined,
    });
    const parts = ours.parts.map((part) => ({ ...part, quality: part.quality.map((g) => -g) }));
    const flipped = { ...ours, parts, rows: ours.rows.map((row) => ({ ...row, quality: -row.quality })) };
    expect(compareIndexes(ours, flipped)).toMatchObject({ field: "quality", remedy: undefined });
  });

  it("judges every row by its own Datanet", () => {
    const [first, second] = ours.parts;
    const swapped = [
      { ...first!, quality: second!.quality },
      { ...second!, quality: first!.quality },
    ];
    expect(firstWrongQuality({ ...ours, parts: swapped })).toBe(0);
  });

  it("names what the Datanets judge by, where the rows are the same", () => {
    const silent: VersionIndex = { ...ours, features: new Int8Array(12 * 32) };
    for (const change of [{ quality: new Int16Array(32) }, { harmful: [ours.rows[0]!.contributionId] }]) {
      const parts = ours.parts.map((part, p) => (p === 1 ? { ...part, ...change } : part));
      expect(compareIndexes(silent, { ...silent, parts })).toMatchObject({ tree: "index", remedy: undefined });
    }
  });
});
