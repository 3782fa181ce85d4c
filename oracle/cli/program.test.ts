import type { Command } from "commander";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  AccessError,
  ChainError,
  ContentError,
  DisagreementError,
  InputError,
  NotFoundError,
  NotYetError,
} from "../common/errors.ts";
import { allCommands } from "./commands.ts";
import { type AddCommand, createProgram, runProgram } from "./program.ts";

const COMMANDS = await allCommands();

afterEach(() => vi.restoreAllMocks());

/** The words of every command, also of those within a group. */
function pathsOf(command: Command, words: readonly string[] = []): string[][] {
  return command.commands.flatMap((inner) => {
    const path = [...words, inner.name()];
    return [path, ...pathsOf(inner, path)];
  });
}

/** Runs the command line; returns its status and what it printed. */
const run = (...argv: string[]) => runWith(COMMANDS, argv);

async function runWith(commands: readonly AddCommand[], argv: readonly string[]) {
  let [output, errors] = ["", ""];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => ((output += String(text)), true));
  vi.spyOn(process.stderr, "write").mockImplementation((text) => ((errors += String(text)), true));
  const status = await runProgram(argv, commands);
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

  it("tells its version", async () => {
    expect(await run("--version")).toMatchObject({
      status: 0,
      output: expect.stringMatching(/^\d+\.\d+\.\d+\n$/u) as string,
    });
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

  it("tells what went wrong by the exit status, and lists every status in its help", async () => {
    const failures: readonly (readonly [number, Error])[] = [
      [64, new InputError("x")],
      [65, new ContentError("x")],
      [66, new NotFoundError("x")],
      [69, new ChainError("x")],
      [70, new TypeError("x")],
      [75, new NotYetError("x")],
      [76, new DisagreementError("x")],
      [77, new AccessError("x")],
    ];
    const help = (await run("--help")).output;
    for (const [expected, error] of failures) {
      const failing: AddCommand = (program) => {
        program.command("fail").action(() => Promise.reject(error));
      };
      const { status, errors } = await runWith([failing], ["fail"]);
      expect({ error: error.name, status }).toEqual({ error: error.name, status: expected });
      // only a fault of the program itself is worth a stack
      expect(errors.includes("    at ")).toBe(expected === 70);
      expect(help).toMatch(new RegExp(`^ +${expected} +\\w`, "mu"));
    }
  });

  it.each([
    ["up", "--with", "gouvernance"],
    ["up", "--inferences", "many"],
    ["up", "--api-port", "80800"],
    ["up", "--data", "no/such/folder", "--once"],
    ["evaluate", "fidelity", "--row-weight", "foo"],
    ["evaluate", "fidelity", "--methods", "kernle"],
    ["evaluate", "fidelty"],
    ["train", "--datanets", "one"],
    ["train", "--epochs", "-1"],
    ["infer", "--model", "x", "text"],
    ["contribute", "no/such/file.csv", "--datanet", "1"],
    ["operator", "register", "--commission", "150"],
    ["operator", "stake", "lots"],
    ["shares", "transfer", "1", "0x12", "5"],
    ["launch", "create", "1", "--supply", "-5"],
    ["proposal", "submit", "no/such/file.json"],
    ["explain", "0xabc"],
    ["verify", "0x12"],
    ["sweep", "first"],
    ["review", "commit", "1", "--accept", "some"],
    ["send", "0x12", "1"],
    ["key", "new"],
    ["time", "yesterday"],
    ["charge", "?"],
    ["dispute", "receipt", "punish", "0x12"],
    ["dispute", "receipt", "include", "no/such/file.json", "--epoch", "1"],
  ])("never calls a typing mistake a fault of this program: %s %s %s %s", async (...argv) => {
    const { status, errors } = await run(...argv);
    expect(status).not.toBe(0);
    expect(status).not.toBe(70);
    expect(errors).not.toMatch(/^ {4}at /mu);
  });

  it("fails on a command that there is not, and on a group without one", async () => {
    expect(await run("frobnicate")).toMatchObject({
      status: 64,
      errors: expect.stringContaining("frobnicate") as string,
    });
    expect((await run("datanet")).status).toBe(64);
  });
});
