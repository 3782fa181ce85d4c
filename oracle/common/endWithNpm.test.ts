import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { processInfo } from "./processInfo.ts";
import { poll } from "./retry.ts";

const REPOSITORY = new URL("../../", import.meta.url);

/** Ids of the processes that a process has started, and of those that they have. */
function descendantsOf(pid: number): number[] {
  const lines = execFileSync("ps", ["-eo", "pid=,ppid="], { encoding: "utf8" }).trim().split("\n");
  const pairs = lines.map((line) => line.trim().split(/\s+/u).map(Number));
  const children = pairs.flatMap(([child, parent]) => (parent === pid ? [child!] : []));
  return children.flatMap((child) => [child, ...descendantsOf(child)]);
}

describe("a command that npx has started", () => {
  it.each(["SIGTERM", "SIGKILL"] as const)("ends when %s ends npx", async (signal) => {
    const directory = mkdtempSync(join(tmpdir(), "openledger-npx-"));
    const npx = spawn("npx", ["--no-install", "openledger", "serve", "--state", directory], {
      cwd: REPOSITORY,
      env: { ...process.env, OPENLEDGER_API_PORT: "0" },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const said = await new Promise<string>((resolve) => npx.stdout.once("data", (data) => resolve(`${data}`)));
    const url = said.split(" at ")[1]!.trim();
    const started = descendantsOf(npx.pid!);
    expect(started.length).toBeGreaterThan(0);
    npx.kill(signal);
    const isGone = async () => started.every((pid) => processInfo(pid) === undefined) || undefined;
    await poll(isGone, { intervalMs: 50 });
    await expect(fetch(url)).rejects.toThrow();
    rmSync(directory, { recursive: true });
  });
});
