import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { REPOSITORY } from "../chain/artifacts.ts";
import { allCommands } from "./commands.ts";
import { createProgram } from "./program.ts";

const COMMANDS = await allCommands();

const BASE = "OpenLedgerError";

interface ErrorClass {
  readonly name: string;
  readonly parent: string;
  readonly exitCode: string | undefined;
}

/** Every exported class of the tree that extends another, with the status that its body sets. */
const classes = globSync("oracle/**/*.ts", { cwd: REPOSITORY, exclude: ["**/node_modules/**"] })
  .filter((file) => !file.endsWith(".test.ts"))
  .flatMap((file) => {
    const source = readFileSync(join(REPOSITORY, file), "utf8");
    return [...source.matchAll(/^export class (\w+) extends (\w+) \{(?:\}|(.*?)^\})/gmsu)].map(
      ([, name, parent, body]): ErrorClass => ({
        name: name!,
        parent: parent!,
        exitCode: statusIn(body ?? ""),
      }),
    );
  });

/** What a class says of its status; undefined where it has its parent's. */
function statusIn(body: string): string | undefined {
  const own = /exitCode = (\d+(?: \+)?)/u.exec(body)?.[1]?.replace("+", "+ signal");
  return own ?? (body.includes("exitCode: number;") ? "that of its cause" : undefined);
}

/** The status of a class of the family; undefined for any other class. */
function exitCodeOf(name: string): string | undefined {
  const found = classes.find((candidate) => candidate.name === name);
  if (found === undefined) return undefined;
  return found.exitCode ?? (found.parent === BASE ? "1" : exitCodeOf(found.parent));
}

const page = readFileSync(join(REPOSITORY, "docs", "errors.md"), "utf8");
const rows = (heading: string) =>
  page
    .split(`## ${heading}`)[1]!
    .split("\n## ")[0]!
    .split("\n")
    .filter((line) => /^\| [`\d]/u.test(line))
    .map((line) => line.split("|").map((cell) => cell.trim().replaceAll("`", "")));

describe("docs/errors.md", () => {
  it("has every error of the family with the status that it ends a command with", () => {
    const family = classes.filter(({ name }) => exitCodeOf(name) !== undefined);
    const expected = family.map(({ name }) => `${name} ${exitCodeOf(name)}`);
    expect(rows("Errors").map(([, name, status]) => `${name} ${status}`)).toEqual(expected.toSorted());
  });

  it("has every status that the program's help lists, and no other", () => {
    let help = "";
    const program = createProgram(COMMANDS).configureOutput({ writeOut: (text) => (help += text) });
    program.outputHelp();
    const listed = [...help.split("Exit statuses:")[1]!.matchAll(/^ {2}(\d+) {2}/gmu)].map(([, status]) => status);
    expect(listed.length).toBeGreaterThan(8);
    expect(rows("Exit statuses").map(([, status]) => status)).toEqual(listed);
  });

  it("says of each what to do", () => {
    for (const row of [...rows("Errors"), ...rows("Exit statuses")]) expect(row[3]!.length).toBeGreaterThan(10);
  });
});
