import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { REPOSITORY } from "../oracle/chain/artifacts.ts";
import { startLocalNode } from "../oracle/chain/localNode.ts";
import { deploy } from "../oracle/economy/chain/deploy.ts";
import { lastLines, startChild } from "../oracle/common/childProcess.ts";
import { findFreePort } from "../oracle/common/ports.ts";
import { poll } from "../oracle/common/retry.ts";
import { createShutdown, type Shutdown } from "../oracle/common/shutdown.ts";
import { toEnvironment } from "../oracle/config/load.ts";
import type { Benchmark } from "./report.ts";

const CHAIN_ID = 31_337;
const DEPLOYMENT = "local-bench-idle";
/** As on OP Mainnet. */
const BLOCK_MS = 2_000;
/** Until what a start compiles and reads is over, and the chain has been quiet for a while. */
const SETTLING_MS = 60_000;
const MEASURED_MS = 60_000;
const MIB = 2 ** 20;

/** What a process says of itself. */
interface Use {
  readonly cpuSeconds: number;
  readonly bytes: number;
}

/** An operator that has nothing to do but to look at a chain that makes blocks. */
export const benchmark: Benchmark = {
  name: "idle",
  seed: 0,
  async *measure() {
    const shutdown = createShutdown();
    try {
      const url = await startOperator(shutdown);
      await sleep(SETTLING_MS);
      const [before, began] = [await useOf(url), performance.now()];
      await sleep(MEASURED_MS);
      const after = await useOf(url);
      const share = (after.cpuSeconds - before.cpuSeconds) / ((performance.now() - began) / 1_000);
      yield { name: "of a core, a block every 2 s", value: share * 100, unit: "%", comparator: "<=", target: 1 };
      yield { name: "resident memory", value: after.bytes / MIB, unit: "MiB", comparator: "<=", target: 250 };
    } finally {
      await shutdown.close();
    }
  },
};

/** A chain with the protocol, and an operator on it; the operator's address. */
async function startOperator(shutdown: Shutdown): Promise<string> {
  const state = mkdtempSync(join(tmpdir(), "openledger-bench-"));
  shutdown.onClose("state", () => rmSync(state, { recursive: true, force: true }));
  const node = await startLocalNode(await findFreePort(), CHAIN_ID, join(state, "chain.log"));
  shutdown.onClose("chain", async () => {
    node.provider.destroy();
    await node.child.stop();
  });
  await deploy(node.url, DEPLOYMENT, join(state, "deploy.log"), shutdown.signal);
  const folder = join(REPOSITORY, "deploy", "deployments", DEPLOYMENT);
  shutdown.onClose("deployment", () => rmSync(folder, { recursive: true, force: true }));
  await node.provider.send("evm_setIntervalMining", [BLOCK_MS]);

  const port = await findFreePort();
  const operator = startChild({
    name: "operator",
    script: join(REPOSITORY, "oracle", "main.ts"),
    args: ["operator"],
    cwd: REPOSITORY,
    environment: toEnvironment({
      OPENLEDGER_STATE_DIR: join(state, "operator"),
      OPENLEDGER_RPC_URL: node.url,
      OPENLEDGER_CHAIN_ID: CHAIN_ID,
      OPENLEDGER_DEPLOYMENT: DEPLOYMENT,
      OPENLEDGER_DEV_ACCOUNT: 1,
      OPENLEDGER_API_PORT: port,
    }),
    logFile: join(state, "operator.log"),
  });
  shutdown.onClose("operator", () => operator.stop());
  const url = `http://127.0.0.1:${port}`;
  const answers = () =>
    fetch(`${url}/healthz`).then(
      ({ ok }) => ok || undefined,
      () => undefined,
    );
  const ended = operator.exited.then((status) => {
    throw new Error(`the operator ended with status ${status}\n${lastLines(operator.logFile)}`);
  });
  // that it ends when it is asked to is no failure
  ended.catch(() => {});
  await Promise.race([ended, poll(answers, { intervalMs: 200 })]);
  return url;
}

async function useOf(url: string): Promise<Use> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const read = (name: string) => {
    const value = new RegExp(`^openledger_${name} (\\S+)$`, "mu").exec(text)?.[1];
    if (value === undefined) throw new Error(`${url}/metrics does not tell ${name}`);
    return Number(value);
  };
  return { cpuSeconds: read("process_cpu_seconds_total"), bytes: read("process_resident_memory_bytes") };
}
