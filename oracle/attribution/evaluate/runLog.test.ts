import { mkdtempSync, readFileSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { collectRuns, RunLogMismatchError } from "./runLog.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "runs-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe("run log", () => {
  const result = (i: number): Float32Array => Float32Array.of(i, i / 2);

  it("refuses the results of another study", async () => {
    const file = join(folder, "runs.f32");
    await collectRuns({ file, study: "a", width: 2, count: 1, run: result });
    await expect(collectRuns({ file, study: "b", width: 2, count: 1, run: result })).rejects.toThrow(
      RunLogMismatchError,
    );
  });

  it("goes on after the last complete run", async () => {
    const file = join(folder, "runs.f32");
    const failing = (i: number): Float32Array => {
      if (i === 3) throw new Error("stopped");
      return result(i);
    };
    await expect(collectRuns({ file, study: "a", width: 2, count: 5, run: failing })).rejects.toThrow("stopped");
    truncateSync(file, 2 * 8 + 3); // the third record was half written
    const ran: number[] = [];
    const run = (i: number): Float32Array => {
      ran.push(i);
      return result(i);
    };
    const all = await collectRuns({ file, study: "a", width: 2, count: 5, run });
    expect(ran).toEqual([2, 3, 4]);
    expect([...all]).toEqual([0, 0, 1, 0.5, 2, 1, 3, 1.5, 4, 2]);
    expect(readFileSync(file).length).toBe(40);
  });

  it("estimates the time left from its own runs", async () => {
    let clock = 100;
    const seen: number[] = [];
    await collectRuns({
      file: join(folder, "runs.f32"),
      study: "a",
      width: 2,
      count: 3,
      run: result,
      now: () => (clock += 5),
      onProgress: ({ secondsLeft }) => seen.push(secondsLeft),
    });
    expect(seen).toEqual([10, 5, 0]);
  });
});
