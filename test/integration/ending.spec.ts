import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { poll } from "../../oracle/common/retry.ts";
import { freePorts, openledger, untilLogged, withDirectory } from "./startUp.ts";

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
      await poll(async () => !started.some((pid) => processes().has(pid)) || undefined, { intervalMs: 100 });
    });
  });
});

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
