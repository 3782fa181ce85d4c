import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { faults, rowOf } from "./faults.ts";

const audit = readFileSync("docs/audit/README.md", "utf8").replace(/ +/gu, " ");

describe("faults of the past", () => {
  it.each(Object.entries(faults))("%s: can be put back, has a finder, and stands in the audit", (name, fault) => {
    const [now, before] = fault.edit;
    expect(readFileSync(fault.file, "utf8").split(now)).toHaveLength(2);
    expect(before).not.toBe(now);
    expect(readFileSync(fault.test, "utf8").split(fault.finds)).toHaveLength(2);
    expect(audit).toContain(rowOf(name));
  });
});
