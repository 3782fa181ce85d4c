import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asAddress } from "@openledger/protocol/hex.ts";
import { OPEN } from "@openledger/protocol/units.ts";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ContentError, InputError } from "../common/errors.ts";
import { InUseError } from "../common/processLock.ts";
import { openPurse } from "./purse.ts";

const ACCOUNT = asAddress(`0x${"11".repeat(20)}`);
const OTHER = asAddress(`0x${"22".repeat(20)}`);
const LIMITS = { perCall: OPEN, total: 3n * OPEN };
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "openledger-purse-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("what a program may spend", () => {
  it("says value, limit and remedy when a call exceeds its limit, and takes nothing", () => {
    const purse = openPurse(LIMITS, ACCOUNT);
    expect(() => purse.take(OPEN + 1n)).toThrow(
      expect.objectContaining({
        value: "1.000000000000000001 OPEN",
        limit: "1 OPEN for each call",
        remedy: expect.stringContaining("--max-per-call") as string,
      }) as Error,
    );
    expect(purse.spent()).toBe(0n);
  });

  it("is never more than the total, whatever is asked for in whatever order", () => {
    const amounts = fc.array(fc.bigInt({ min: 0n, max: 2n * OPEN }), { maxLength: 40 });
    fc.assert(
      fc.property(amounts, (asked) => {
        const purse = openPurse(LIMITS, ACCOUNT);
        let taken = 0n;
        for (const amount of asked) {
          const fits = amount <= LIMITS.perCall && taken + amount <= LIMITS.total;
          if (fits) purse.take(amount);
          else expect(() => purse.take(amount)).toThrow(InputError);
          taken += fits ? amount : 0n;
          expect(purse.spent()).toBe(taken);
        }
      }),
    );
  });
});

describe("a record of spending", () => {
  const open = (account = ACCOUNT) => openPurse(LIMITS, account, join(folder, "kept", "spent.json"));

  it("outlives the process, and holds what was taken before anything else happens", () => {
    const first = open();
    first.take(OPEN);
    // as after SIGKILL: nothing was closed
    expect(JSON.parse(readFileSync(join(folder, "kept", "spent.json"), "utf8"))).toMatchObject({ spent: `${OPEN}` });
    first.take(OPEN);
    first.close();
    const second = open();
    expect(second.spent()).toBe(2n * OPEN);
    second.take(OPEN);
    expect(() => second.take(1n)).toThrow("exceeds what is left");
    second.close();
  });

  it("is one process's at a time", () => {
    const first = open();
    expect(() => open()).toThrow(InUseError);
    first.close();
    open().close();
  });

  it("is not another account's", () => {
    const first = open();
    first.take(1n);
    first.close();
    expect(() => open(OTHER)).toThrow("another account's");
    expect(existsSync(join(folder, "kept", "spent.json.lock"))).toBe(false);
  });

  it.each(["", "{}", "null", '{"format":"openledger-spent/1","account":"0x","spent":"-1"}', "\0"])(
    "is never taken for an empty one: %j",
    (text) => {
      const file = join(folder, "spent.json");
      writeFileSync(file, text);
      expect(() => openPurse(LIMITS, ACCOUNT, file)).toThrow(ContentError);
    },
  );
});
