import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { REPOSITORY } from "../../oracle/chain/artifacts.ts";
import { type Child, lastLines, startChild } from "../../oracle/common/childProcess.ts";
import { findFreePort } from "../../oracle/common/ports.ts";
import { poll } from "../../oracle/common/retry.ts";
import { toEnvironment } from "../../oracle/config/load.ts";

/** Stages of an operator that leave a result, and the scan before them. */
const STAGES = ["scan", "snapshot", "fetch", "train", "index", "settle"] as const;
const INTERVAL_MS = 100;

const folder = mkdtempSync(join(tmpdir(), "openledger-restart-"));
const main = join(REPOSITORY, "oracle", "main.ts");
const children: Child[] = [];
let chainPort: number;
let apiPort: number;

const status = z.object({
  versions: z.array(z.object({ versionId: z.string(), indexRoot: z.string().optional() })),
  roots: z.array(z.object({ epochs: z.string(), rootHash: z.string().optional() })),
});

function start(name: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}): Child {
  const logFile = join(folder, `${name}.log`);
  const child = startChild({ name, script: main, args, cwd: REPOSITORY, environment, logFile });
  children.push(child);
  return child;
}

/** Waits for something in a child's log; fails when the child ends before. */
async function untilLogged<T>(child: Child, find: (log: string) => T | undefined): Promise<T> {
  let ended: number | undefined;
  void child.exited.then((code) => (ended = code));
  return poll(
    () => {
      const found = find(readFileSync(child.logFile, "utf8"));
      if (found === undefined && ended !== undefined) {
        throw new Error(`${child.name} ended with status ${ended}\n${lastLines(child.logFile)}`);
      }
      return Promise.resolve(found);
    },
    { intervalMs: INTERVAL_MS },
  );
}

/** Every "done" that the operator has logged, over all of its lives. */
function doneIn(log: string): string[] {
  return log.split("\n").flatMap((line) => {
    if (!line.startsWith("{") || !line.endsWith("}")) return [];
    const { msg, stage, subject } = JSON.parse(line) as { msg?: string; stage?: string; subject?: string };
    return msg === "done" ? [`${stage} ${subject}`] : [];
  });
}

async function statusAt(port: number): Promise<z.output<typeof status>> {
  const response = await fetch(`http://127.0.0.1:${port}/v1/status`);
  return status.parse(await response.json());
}

beforeAll(async () => {
  chainPort = await findFreePort();
  // the economy takes five neighbouring ports
  apiPort = 20_000 + ((await findFreePort()) % 20_000);
  const up = start("up", [
    "up",
    ...["--port", `${chainPort}`, "--api-port", `${apiPort}`],
    ...["--inferences", "20", "--members", "2", "--state", join(folder, "state")],
  ]);
  await untilLogged(up, (log) => (log.includes("Serving until Ctrl-C") ? true : undefined));
});
afterAll(async () => {
  for (const child of children.reverse()) await child.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe("an operator that is killed at every stage", () => {
  it("loses nothing, repeats nothing that it had finished, and reaches the same indexes and root", async () => {
    const port = await findFreePort();
    const environment = toEnvironment({
      OPENLEDGER_STATE_DIR: join(folder, "late"),
      OPENLEDGER_RPC_URL: `http://127.0.0.1:${chainPort}`,
      OPENLEDGER_DEPLOYMENT: `local-up-${chainPort}`,
      OPENLEDGER_SCAN_INTERVAL_MS: 300,
      OPENLEDGER_API_PORT: port,
      // the operators and the publisher, without the provider's gateway
      OPENLEDGER_PEERS: [0, 1, 2, 3, 4].map((p) => `http://127.0.0.1:${apiPort + p}`).join(","),
    });
    for (const stage of STAGES) {
      const operator = start("late", ["operator"], environment);
      await untilLogged(operator, (log) => doneIn(log).find((done) => done.startsWith(`${stage} `)));
      await operator.kill();
    }
    const operator = start("late", ["operator"], environment);
    const others = await statusAt(apiPort);
    const own = await poll(
      async () => {
        const found = await statusAt(port).catch(() => undefined);
        return found?.roots.length === others.roots.length ? found : undefined;
      },
      { intervalMs: INTERVAL_MS },
    );
    expect(own.versions).toEqual(others.versions.map(({ versionId, indexRoot }) => ({ versionId, indexRoot })));
    expect(own.roots).toEqual(others.roots.map(({ epochs, rootHash }) => ({ epochs, rootHash })));
    expect(own.roots.length).toBeGreaterThan(0);

    const finished = doneIn(readFileSync(operator.logFile, "utf8")).filter((done) =>
      STAGES.some((stage) => stage !== "scan" && done.startsWith(`${stage} `)),
    );
    expect(finished).toEqual([...new Set(finished)]);
  });
});
