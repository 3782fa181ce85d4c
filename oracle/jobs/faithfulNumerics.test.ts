import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";

const main = resolve(import.meta.dirname, "../main.ts");
const faultyEngine = resolve(import.meta.dirname, "../numerics/testing/faultyEngine.ts");

interface Ended {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

/** Runs the command line on an engine that errs in the last bit of one element of every matrix product. */
function onFaultyEngine(...args: string[]): Promise<Ended> {
  return new Promise((done) => {
    const child = execFile(process.execPath, ["--import", faultyEngine, main, ...args], (_error, output, errors) => {
      done({ code: child.exitCode ?? -1, output, errors });
    });
  });
}

describe("a machine whose arithmetic is not that of the others", () => {
  it("does not run an operator", async () => {
    const { code, errors } = await onFaultyEngine("operator");
    expect(code).toBe(76);
    expect(errors).toMatch(/^error: this machine computes other bits than every other operator$/mu);
    expect(errors).toMatch(/^ {2}value: {2}matrix product: [0-9a-f]{16}, /mu);
    expect(errors).toMatch(/^ {2}remedy: Operate on another machine/mu);
  });

  it("is found by the check, which names what differs", async () => {
    const { code, output, errors } = await onFaultyEngine("check");
    expect(code).toBe(78);
    expect(output).toMatch(/^problem +numerics +matrix product, .*give other bits +Do not sign on this machine/mu);
    expect(errors).toContain("checks found a problem");
  });
});
