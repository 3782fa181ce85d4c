import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { InUseError, lockProcess } from "./processLock.ts";

const names = { what: "the shop", instead: "use another shop" };
let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "openledger-lock-"));
  path = join(directory, "shop.lock");
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** A process that tries to take the lock when it gets a line, says how that went, and keeps what it has. */
async function startTaker(): Promise<ChildProcess & { take(): Promise<string>; exited: Promise<void> }> {
  const module = new URL("./processLock.ts", import.meta.url).href;
  const text = `
    import { lockProcess } from ${JSON.stringify(module)};
    process.stdin.on("data", () => {
      try { lockProcess(${JSON.stringify(path)}, ${JSON.stringify(names)}); console.log("taken"); }
      catch (error) { console.log(error.message); }
    });
    console.log("ready");`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", text], { stdio: ["pipe", "pipe", "inherit"] });
  const line = () => new Promise<string>((resolve) => child.stdout.once("data", (data) => resolve(`${data}`.trim())));
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  await line();
  const take = () => {
    const answer = line();
    child.stdin.write("\n");
    return answer;
  };
  return Object.assign(child, { take, exited });
}

async function end(child: Awaited<ReturnType<typeof startTaker>>, signal: NodeJS.Signals): Promise<void> {
  child.kill(signal);
  await child.exited;
}

function refusal(): InUseError {
  try {
    lockProcess(path, names).release();
  } catch (error) {
    if (error instanceof InUseError) return error;
    throw error;
  }
  throw new Error("the lock was taken");
}

describe("the lock of a process", () => {
  it("refuses a second process, with the first one's id and what to do", async () => {
    const other = await startTaker();
    expect(await other.take()).toBe("taken");
    const error = refusal();
    expect(error.message).toBe(`the shop is in use by process ${other.pid}`);
    expect(error.remedy).toBe(`End process ${other.pid} first (kill ${other.pid}), or use another shop.`);
    expect(error.exitCode).toBe(75);
    await end(other, "SIGKILL");
  });

  it("refuses the same process a second time, until it is released", () => {
    const lock = lockProcess(path, names);
    expect(refusal().message).toContain(`process ${process.pid}`);
    lock.release();
    expect(readdirSync(directory)).toEqual([]);
    lockProcess(path, names).release();
  });

  it.each(["SIGTERM", "SIGKILL"] as const)("is taken over from a process that %s has ended", async (signal) => {
    const other = await startTaker();
    await other.take();
    await end(other, signal);
    expect(existsSync(path)).toBe(true);
    lockProcess(path, names).release();
    expect(readdirSync(directory)).toEqual([]);
  });

  it("is taken over when the holder's id belongs to another process by now", () => {
    const lock = lockProcess(path, names);
    const earlier = { ...(JSON.parse(readFileSync(path, "utf8")) as object), id: "earlier", started: "before" };
    lock.release();
    writeFileSync(path, JSON.stringify(earlier));
    lockProcess(path, names).release();
  });

  it.each(["", "\0\0\0\0", "{"])("is taken over when the file lost its content: %j", (content) => {
    writeFileSync(path, content);
    lockProcess(path, names).release();
    expect(readdirSync(directory)).toEqual([]);
  });

  it("is taken over by exactly one of many that try at once, also after one of them died in the attempt", async () => {
    const dead = await startTaker();
    await dead.take();
    await end(dead, "SIGKILL");
    const { id } = JSON.parse(readFileSync(path, "utf8")) as { id: string };
    // what a process leaves behind that is killed while it removes the dead one's file
    writeFileSync(`${path}.${id}`, readFileSync(path, "utf8").replace(id, "half-way"));
    const takers = await Promise.all(Array.from({ length: 6 }, startTaker));
    const answers = await Promise.all(takers.map((taker) => taker.take()));
    expect(answers.filter((answer) => answer === "taken")).toHaveLength(1);
    const winner = takers[answers.indexOf("taken")]!;
    expect((JSON.parse(readFileSync(path, "utf8")) as { pid: number }).pid).toBe(winner.pid);
    expect(readdirSync(directory)).toEqual(["shop.lock"]);
    await Promise.all(takers.map((taker) => end(taker, "SIGKILL")));
  });

  it("waits for signs of life of a process that it cannot see, on another machine or in another container", () => {
    const elsewhere = { id: "1", pid: process.pid, started: "x", place: `not-${hostname()}`, command: "operator" };
    writeFileSync(path, JSON.stringify(elsewhere));
    expect(refusal()).toMatchObject({ value: `process ${process.pid} (operator) on not-${hostname()}` });
    const longAgo = new Date(Date.now() - 180_000);
    utimesSync(path, longAgo, longAgo);
    lockProcess(path, names).release();
  });

  it("says which path cannot be written", () => {
    writeFileSync(join(directory, "file"), "");
    expect(() => lockProcess(join(directory, "file", "shop.lock"), names)).toThrow(/shop\.lock cannot be used/);
  });
});
