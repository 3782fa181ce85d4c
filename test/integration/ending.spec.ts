import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { poll } from "../../oracle/common/retry.ts";
import { freePorts, npmStart, openledger, untilLogged, withDirectory } from "./startUp.ts";

/** When, which signal, and the status that the shell gets. */
const ENDINGS = [
  ["while it deploys", "deploy.log", "", "SIGINT", 130],
  ["while its operators work", "operator-3.log", "operator is running", "SIGTERM", 143],
  ["while its operators work", "operator-3.log", "operator is running", "SIGKILL", null],
] as const;

describe("ending openledger up", () => {
  it.each(ENDINGS)("%s leaves no process behind (%s, %s, %s)", async (_, file, logged, signal, status) => {
    await withDirectory(async (state) => {
      const up = openledger(["up", "--state", state, ...(await freePorts())]);
      const { child, finished } = up;
      await untilLogged(up, join(state, "logs", file), logged);
      const started = descendantsOf(child.pid!);
      expect(started.length).toBeGreaterThanOrEqual(logged === "" ? 2 : 5);

      child.kill(signal);
      const { status: ended, errors } = await finished;
      expect(ended).toBe(status);
      if (status !== null) expect(errors).toContain(`stopped by ${signal}`);
      await untilGone(started);
    });
  });

  it("leaves no process behind when npm is killed, which started it", async () => {
    await withDirectory(async (state) => {
      const npm = npmStart(["--state", state, ...(await freePorts())]);
      await untilLogged(npm, join(state, "logs", "operator-3.log"), "operator is running");
      const started = descendantsOf(npm.child.pid!);
      // this package's start script, up, the chain, three operators, the provider
      expect(started.length).toBeGreaterThanOrEqual(7);
      npm.child.kill("SIGKILL");
      await untilGone(started);
    });
  });

  it("leaves no process behind when its start script is killed", async () => {
    await withDirectory(async (state) => {
      const npm = npmStart(["--state", state, ...(await freePorts())]);
      await untilLogged(npm, join(state, "logs", "deploy.log"), "");
      const started = descendantsOf(npm.child.pid!);
      process.kill(
        started.find((pid) => /^\S*node .*bootstrap\.mjs up/u.test(commandOf(pid)))!,
        "SIGKILL",
      );
      await untilGone(started);
      expect((await npm.finished).status).not.toBe(0);
    });
  });
});

const untilGone = (pids: readonly number[]) =>
  poll(async () => !pids.some((pid) => processes().has(pid)) || undefined, { intervalMs: 100 });

const commandOf = (pid: number) => execFileSync("ps", ["-o", "args=", "-p", String(pid)], { encoding: "utf8" });

/** Every process with its parent; one that has ended and waits to be asked for its status does not count. */
function processes(): Map<number, number> {
  const lines = execFileSync("ps", ["-e", "-o", "pid=,ppid=,stat="], { encoding: "utf8" }).trim().split("\n");
  const columns = lines.map((line) => line.trim().split(/\s+/u));
  return new Map(
    columns.filter(([, , stat]) => !stat!.startsWith("Z")).map(([pid, ppid]) => [Number(pid), Number(ppid)]),
  );
}

function descendantsOf(root: number): number[] {
  const parents = [...processes()];
  const children = (pid: number): number[] =>
    parents.filter(([, ppid]) => ppid === pid).flatMap(([child]) => [child, ...children(child)]);
  return children(root);
}
