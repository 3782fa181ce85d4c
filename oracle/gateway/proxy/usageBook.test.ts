import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { renderUsage } from "../../invoices/usage.ts";
import { openUsageBook, readUsageBook, type UsedAnswer, usageOfKey } from "./usageBook.ts";

const used: UsedAnswer = {
  time: 1_800_000_000n,
  key: "0123456789ab",
  name: "desk",
  project: "support, EMEA",
  modelId: "1",
  receipt: `0x${"ab".repeat(32)}:5000000000000000000`,
  receiptHash: `0x${"cd".repeat(32)}`,
  fee: 1_500_000_000_000_000_000n,
};

describe("the record of what the keys of a proxy were given", () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "openledger-usage-"));
    file = join(folder, "usage");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("is empty where there is none, and has every answer, also of processes before", () => {
    expect(readUsageBook(file)).toEqual([]);
    for (const project of ["a", "b"]) {
      const book = openUsageBook(file);
      book.add({ ...used, project });
      book.close();
    }
    expect(readUsageBook(file)).toEqual([
      { ...used, project: "a" },
      { ...used, project: "b" },
    ]);
  });

  it("passes over half a line of a process that was killed, and goes on after the last whole one", () => {
    const book = openUsageBook(file);
    book.add(used);
    book.close();
    const line = readFileSync(file, "utf8");
    for (let length = 0; length < line.length; length++) {
      writeFileSync(file, line + line.slice(0, length));
      expect(readUsageBook(file)).toEqual([used]);
      const next = openUsageBook(file);
      next.add({ ...used, project: "next" });
      next.close();
      expect(readUsageBook(file)).toEqual([used, { ...used, project: "next" }]);
    }
  });

  it("refuses what it has not written, with the line", () => {
    openUsageBook(file).close();
    appendFileSync(file, "{}\n");
    expect(() => readUsageBook(file)).toThrow(/line 1/u);
  });

  it("exports lines, a table with a head, and meter events that are told apart by the receipt", () => {
    const lines = [used, { ...used, project: "", name: "=1+1", receipt: `0x${"ab".repeat(32)}:6000000000000000000` }];
    const [head, first, second] = renderUsage(lines.map(usageOfKey), "csv").split("\n");
    expect(head).toBe("time,project,key,name,modelId,receipt,fee,open");
    expect(first).toBe(
      `2027-01-15T08:00:00.000Z,"support, EMEA",0123456789ab,desk,1,${used.receipt},1500000000000000000,1.5`,
    );
    expect(second).toContain(",'=1+1,");
    const events = renderUsage(lines.map(usageOfKey), "stripe")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { identifier: string; payload: object; timestamp: number });
    expect(events.map(({ payload }) => payload)).toEqual([
      { stripe_customer_id: "support, EMEA", value: "1500000" },
      { stripe_customer_id: used.key, value: "1500000" },
    ]);
    expect(events[0]!.timestamp).toBe(1_800_000_000);
    expect(new Set(events.map(({ identifier }) => identifier)).size).toBe(2);
    for (const { identifier } of events) expect(identifier.length).toBeLessThanOrEqual(100);
  });
});
