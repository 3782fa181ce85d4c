import type { Command } from "commander";
import { afterEach, describe, expect, it, vi } from "vitest";
import { COMMANDS } from "./commands.ts";
import { createProgram, runProgram } from "./program.ts";

afterEach(() => vi.restoreAllMocks());

/** The words of every command, also of those within a group. */
function pathsOf(command: Command, words: readonly string[] = []): string[][] {
  return command.commands.flatMap((inner) => {
    const path = [...words, inner.name()];
    return [path, ...pathsOf(inner, path)];
  });
}

/** Runs the command line; returns its status and what it printed. */
async function run(...argv: string[]) {
  let [output, errors] = ["", ""];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => ((output += String(text)), true));
  vi.spyOn(process.stderr, "write").mockImplementation((text) => ((errors += String(text)), true));
  const status = await runProgram(argv, COMMANDS);
  vi.restoreAllMocks();
  return { status, output, errors };
}

describe("the command line", () => {
  it.each(pathsOf(createProgram(COMMANDS)))("shows the help of %s %s", async (...path) => {
    const { status, output, errors } = await run(...path.filter((word) => word !== undefined), "--help");
    expect({ status, errors }).toEqual({ status: 0, errors: "" });
    expect(output).toContain(`Usage: openledger ${path.filter((word) => word !== undefined).join(" ")}`);
    expect(output).not.toMatch(/undefined|default: false/u);
  });

  it("shows amounts as they are typed", async () => {
    expect((await run("datanet", "create", "--help")).output).toMatch(/--bond <OPEN>.*default: 5\)/u);
  });

  it("ends wrong usage with where to read on, in both forms", async () => {
    const lines = await run("infer", "abc");
    expect(lines).toMatchObject({ status: 64, output: "" });
    expect(lines.errors).toMatch(/value:\s+abc[^]*limit:[^]*remedy: npx openledger infer --help/u);
    const json = await run("--json", "review", "commit");
    expect(json.status).toBe(64);
    expect(JSON.parse(json.errors)).toMatchObject({ remedy: "npx openledger review commit --help" });
  });

  it("fails on a command that there is not, and on a group without one", async () => {
    expect(await run("frobnicate")).toMatchObject({
      status: 64,
      errors: expect.stringContaining("frobnicate") as string,
    });
    expect((await run("datanet")).status).toBe(64);
  });
});
