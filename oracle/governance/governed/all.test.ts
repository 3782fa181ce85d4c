import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { REPOSITORY } from "../../chain/artifacts.ts";
import { GOVERNED } from "./all.ts";
import { formatBounds, formatValue } from "../policyWords.ts";

const page = readFileSync(join(REPOSITORY, "docs", "governance.md"), "utf8");

describe("docs/governance.md", () => {
  it("has every function that governance alone may call, with its protection and its bounds, and no other", () => {
    const rows = page
      .split("<!-- governed -->")[1]!
      .split("<!-- /governed -->")[0]!
      .split("\n")
      .filter((line) => line.startsWith("| `"))
      .map((line) =>
        line
          .split("|")
          .map((cell) => cell.trim())
          .slice(1, -1),
      );
    const expected = GOVERNED.map(({ contract, name, kind, about, values }) => [
      `\`${contract}.${name}\``,
      kind,
      about,
      values
        .filter((value) => formatBounds(value) !== "")
        .map((value) => `${value.name}: ${formatBounds(value)}`)
        .join("; "),
    ]);
    expect(rows).toEqual(expected);
  });
});

describe("formatValue", () => {
  it("shows seconds in the largest unit that divides them, parts in percent, money in OPEN", () => {
    expect(["0", "59", "3600", "3601", "86400", "129600"].map((s) => formatValue("seconds", BigInt(s)))).toEqual([
      "0 s",
      "59 s",
      "1 h",
      "3601 s",
      "1 d",
      "36 h",
    ]);
    expect(formatValue("bps", 1250n)).toBe("12.5 %");
    expect(formatValue("OPEN", 10n ** 17n)).toBe("0.1 OPEN");
    expect(formatValue("time", 1_800_000_000n)).toBe("2027-01-15T08:00:00Z");
  });
});

describe("formatBounds", () => {
  it("says what bounds there are, and what else has to hold", () => {
    const value = { name: "x", unit: "count" } as const;
    expect(formatBounds(value)).toBe("");
    expect(formatBounds({ ...value, least: 1n })).toBe("at least 1");
    expect(formatBounds({ ...value, most: 9n })).toBe("at most 9");
    expect(formatBounds({ ...value, least: 1n, most: 9n, rule: "odd" })).toBe("1 to 9, odd");
  });
});
