import { execFileSync } from "node:child_process";
import { Command } from "commander";
import { describe, expect, it } from "vitest";
import { completionCommand, completionScript } from "./completion.ts";
import { runProgram } from "./program.ts";

const program = new Command("openledger").option("--json", "JSON");
const datanet = program.command("datanet");
datanet.command("create").argument("<name>").option("--tag <tag>", "a tag");
datanet.command("list");
program.command("infer").option("--channel", "by a channel");

/** What bash offers where these words were typed; the last is being completed. */
function offered(...words: string[]): string[] {
  const script = [
    completionScript(program, "bash"),
    `COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")})`,
    `COMP_CWORD=${words.length - 1}`,
    "_openledger",
    'printf "%s\\n" "${COMPREPLY[@]}"',
  ];
  return execFileSync("bash", ["-c", script.join("\n")], { encoding: "utf8" })
    .split("\n")
    .filter(Boolean);
}

describe("completion in bash", () => {
  it("offers commands and the program's own options first", () => {
    expect(offered("openledger", "")).toEqual(["datanet", "infer", "--json"]);
    expect(offered("openledger", "inf")).toEqual(["infer"]);
  });

  it("offers a command's commands, then its options", () => {
    expect(offered("openledger", "datanet", "")).toEqual(["create", "list"]);
    expect(offered("openledger", "datanet", "create", "--t")).toEqual(["--tag"]);
    expect(offered("openledger", "--json", "infer", "--")).toEqual(["--channel"]);
  });

  it("works behind npx, and leaves other packages of npx alone", () => {
    expect(offered("npx", "openledger", "da")).toEqual(["datanet"]);
    expect(offered("npx", "hardhat", "")).toEqual([]);
  });

  it("leaves arguments to the shell", () => {
    expect(offered("openledger", "datanet", "create", "letters", "")).toEqual([]);
  });

  it("is refused for a shell that it does not know", async () => {
    expect(await runProgram(["completion", "tcsh"], [completionCommand])).toBe(64);
  });
});
