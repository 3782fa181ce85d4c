import { OPEN } from "@openledger/protocol/units.ts";
import { describe, expect, it } from "vitest";
import type { ContributorRow, EconomyResult } from "../../economy/result/economyResult.ts";
import { tellStory } from "./story.ts";

function row(name: string, changes: Partial<ContributorRow>): ContributorRow {
  const rest = { behaviour: "mixed", datanet: "Letters", account: "0x1", accepted: "1/1", claim: undefined };
  return { name, examples: 10, score: 5n, bondCharged: 0n, earned: 0n, ...rest, ...changes };
}

function told(contributors: readonly ContributorRow[], balanced = true): string {
  const books = { feesIn: 4n * OPEN, contributors: 2n * OPEN, claimed: 2n * OPEN, balanced };
  const operators = ["retrained", "verified"].map((training) => ({ versions: [{ training }] }));
  const parts = { models: [{ duplicates: 3 }], consumption: [{ inferences: 8 }], operators };
  return tellStory({ contributors, books, rootHash: `0x${"ab".repeat(32)}`, ...parts } as unknown as EconomyResult);
}

describe("the story of an economy", () => {
  it("says what came in, who earned most, and that the books balance", () => {
    const text = told([row("ada", { earned: OPEN }), row("bob", { earned: OPEN / 2n })]);
    expect(text).toContain("2 people contributed 20 examples; 3 duplicates");
    expect(text).toContain("8 answers were paid for: 4.000000 OPEN came in, 2.000000 of it for contributors");
    expect(text).toContain("2 of them earned; ada earned most, 1.000000 OPEN");
    expect(text).toContain(
      "1 of 2 operators trained 1 models again, each on its own; all reached the same root, 0xabababab…",
    );
    expect(text).toContain("balance to the wei");
    expect(told([], false)).not.toContain("balance");
  });

  it("says why the others earned nothing, and who lost a bond", () => {
    const text = told([
      row("copier", { score: 0n }),
      row("liar", { score: -2n, bondCharged: OPEN }),
      row("spammer", { score: 7n }),
    ]);
    expect(text).toMatch(/copier earned nothing: copies/u);
    expect(text).toMatch(/liar earned nothing: their data works against/u);
    expect(text).toMatch(/spammer earned nothing: a part of their data helps/u);
    expect(text).toMatch(/liar lost bonds/u);
    expect(text).not.toContain("earned most");
  });

  it("lists four names and counts the rest", () => {
    expect(told(["a", "b", "c", "d", "e", "f"].map((name) => row(name, { score: 0n })))).toContain(
      "a, b, c, d and 2 more earned nothing",
    );
  });
});
