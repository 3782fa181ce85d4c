import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { settings } from "./schema.ts";

const guide = readFileSync(new URL("../../docs/operators.md", import.meta.url), "utf8");
const rows = new Map(
  guide.split("\n").flatMap((line) => {
    const [, name, fallback, about] = line.split("|").map((cell) => cell.trim());
    return name?.startsWith("`") && about !== undefined ? [[name.slice(1, -1), { fallback, about }] as const] : [];
  }),
);

describe("the operators' guide", () => {
  it("lists every setting with its default and its meaning", () => {
    for (const [name, { schema, about }] of Object.entries(settings)) {
      const fallback = schema.safeParse(undefined);
      const shown = fallback.success && fallback.data !== undefined ? String(fallback.data) : "";
      expect(rows.get(name), name).toEqual({ fallback: shown === "" ? "" : `\`${shown}\``, about });
    }
  });
});
