import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ContentError } from "../../common/errors.ts";
import { BudgetError, openKeyBudgets } from "./keyBudgets.ts";

const DAY_MS = 86_400_000;
const key = { id: "key", perCall: 5n, perDay: 12n };

describe("the budget of a key", () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "openledger-budgets-"));
    file = join(folder, "spent.json");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("is a limit of each call and of each day", () => {
    let now = DAY_MS;
    const budgets = openKeyBudgets(file, () => now);
    expect(() => budgets.take(key, 6n)).toThrow(/in one call/u);
    for (let i = 0; i < 2; i++) budgets.take(key, 5n);
    expect(() => budgets.take(key, 5n)).toThrow(BudgetError);
    budgets.take(key, 2n);
    expect(budgets.spentToday(key)).toBe(12n);
    expect(budgets.spentToday({ id: "another" })).toBe(0n);
    now += DAY_MS;
    expect(budgets.spentToday(key)).toBe(0n);
    budgets.take(key, 5n);
    // a clock that is put back gives nothing back
    now -= DAY_MS;
    expect(() => budgets.take({ ...key, perDay: 9n }, 5n)).toThrow(BudgetError);
    budgets.close();
  });

  it("holds what was taken when the process is killed", async () => {
    const taking = `
      import { openKeyBudgets } from ${JSON.stringify(join(import.meta.dirname, "keyBudgets.ts"))};
      const budgets = openKeyBudgets(${JSON.stringify(file)});
      const take = () => {
        budgets.take({ id: "key", perCall: 1n, perDay: 10n ** 9n }, 1n);
        process.stdout.write(budgets.spentToday({ id: "key" }) + "\\n");
        setImmediate(take);
      };
      take();`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", taking], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = once(child, "exit");
    let told = 0n;
    for await (const line of createInterface({ input: child.stdout })) {
      told = BigInt(line);
      if (told === 20n) child.kill("SIGKILL");
    }
    // its output may end before it does, and with it its lock
    await ended;
    const budgets = openKeyBudgets(file);
    expect(budgets.spentToday(key)).toBeGreaterThanOrEqual(told);
    budgets.close();
  });

  it("is not forgotten with a file that cannot be read", () => {
    writeFileSync(file, "{}");
    expect(() => openKeyBudgets(file)).toThrow(ContentError);
  });
});
