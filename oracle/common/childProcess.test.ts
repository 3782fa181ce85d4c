import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lastLines, startChild } from "./childProcess.ts";
import { poll } from "./retry.ts";

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "openledger-child-"));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** A script in a file of its own. */
function script(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

const child = (name: string, text: string) =>
  startChild({
    name,
    script: script(`${name}.mjs`, text),
    args: [],
    cwd: directory,
    logFile: join(directory, `${name}.log`),
  });

/** A process that starts `text` as a child with startChild and prints the child's id. */
function startParent(name: string, text: string): ChildProcess {
  const module = new URL("./childProcess.ts", import.meta.url).href;
  const inner = script(`${name}-child.mjs`, text);
  const options = { name, script: inner, args: [], cwd: directory, logFile: join(directory, `${name}.log`) };
  const outer = script(
    `${name}-parent.mjs`,
    `import { startChild } from ${JSON.stringify(module)};
     console.log(startChild(${JSON.stringify(options)}).pid);`,
  );
  return spawn(process.execPath, [outer], { stdio: ["ignore", "pipe", "inherit"] });
}

const firstLine = (parent: ChildProcess) =>
  new Promise<string>((resolve) => parent.stdout!.once("data", (data: Buffer) => resolve(data.toString().trim())));

const untilGone = (pid: number) => poll(async () => !isAlive(pid) || undefined, { intervalMs: 20 });

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe("startChild", () => {
  it("lets a script that has done its work end", async () => {
    const { exited, logFile } = child("brief", `console.log("done"); process.exitCode = 3;`);
    expect(await exited).toBe(3);
    expect(lastLines(logFile)).toBe("done");
  });

  it("ends a child that does not listen when it is asked to stop", async () => {
    const { exited, stop, logFile } = child(
      "deaf",
      `process.on("SIGTERM", () => console.log("no")); setInterval(() => {}, 1_000); console.log("up");`,
    );
    await poll(async () => readFileSync(logFile, "utf8").includes("up") || undefined, { intervalMs: 20 });
    await stop(200);
    expect(await exited).toBe(137);
    expect(lastLines(logFile)).toContain("no");
  });
});

describe("a child whose parent is killed", () => {
  it("ends as if it had been asked to", async () => {
    const parent = startParent(
      "polite",
      `process.on("SIGTERM", () => { console.log("closed"); process.exit(); }); setInterval(() => {}, 1_000);`,
    );
    const pid = Number(await firstLine(parent));
    expect(isAlive(pid)).toBe(true);
    parent.kill("SIGKILL");
    await untilGone(pid);
    expect(lastLines(join(directory, "polite.log"))).toBe("closed");
  });

  it("takes its own children with it, also when it does not listen itself", async () => {
    const parent = startParent(
      "family",
      `import { spawn } from "node:child_process";
       process.on("SIGTERM", () => {});
       const { pid } = spawn(process.execPath, ["-e", "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)"]);
       console.log(pid);
       setInterval(() => {}, 1_000);`,
    );
    const pid = Number(await firstLine(parent));
    const log = join(directory, "family.log");
    const grandchild = await poll(async () => Number(readFileSync(log, "utf8")) || undefined, { intervalMs: 20 });
    parent.kill("SIGKILL");
    await untilGone(pid);
    await untilGone(grandchild);
  });
});
