import { join } from "node:path";
import { REPOSITORY } from "../../chain/artifacts.ts";
import { startChild } from "../../common/childProcess.ts";
import { poll } from "../../common/retry.ts";
import { type Supervised, supervise } from "../../common/supervise.ts";
import { toEnvironment } from "../../config/load.ts";
import { OPERATOR_ACCOUNTS, PROVIDER_ACCOUNT } from "./party.ts";

/** A process of the economy with its HTTP address. */
export interface Running {
  readonly process: Supervised;
  readonly url: string;
}

export interface ProcessOptions {
  readonly rpcUrl: string;
  readonly chainId: number;
  readonly deploymentId: string;
  readonly stateDirectory: string;
  readonly firstPort: number;
  /** Serves what contributors and model owners publish. */
  readonly publisherUrl: string;
  readonly training: "retrain" | "verify";
}

/** Time between two looks at the local chain's head. */
const SCAN_INTERVAL_MS = 400;
const START_TIMEOUT_MS = 120_000;
const MAX_RESTARTS = 20;

/** Starts one operator per account, each with a store and a key of its own. */
export function startOperators(options: ProcessOptions): Running[] {
  const urls = OPERATOR_ACCOUNTS.map((_, i) => urlOf(options.firstPort + i));
  return OPERATOR_ACCOUNTS.map((account, i) => {
    const peers = [...urls.filter((_, other) => other !== i), options.publisherUrl, urlOf(providerPort(options))];
    return run("operator", `operator-${i + 1}`, account, options.firstPort + i, peers, options);
  });
}

/** Starts the provider that serves paid inference. */
export function startProvider(options: ProcessOptions): Running {
  return run("provider", "provider", PROVIDER_ACCOUNT, providerPort(options), [options.publisherUrl], options);
}

/** Waits until a process answers. */
export async function untilReady({ process, url }: Running): Promise<void> {
  const signal = AbortSignal.timeout(START_TIMEOUT_MS);
  const answers = () =>
    fetch(new URL("/healthz", url)).then(
      (response) => response.ok || undefined,
      () => undefined,
    );
  await Promise.race([process.gaveUp, poll(answers, { intervalMs: 100, signal })]);
}

export const OPERATOR_PORTS = OPERATOR_ACCOUNTS.length;

function providerPort({ firstPort }: ProcessOptions): number {
  return firstPort + OPERATOR_PORTS;
}

function urlOf(port: number): string {
  return `http://127.0.0.1:${port}`;
}

function run(
  command: string,
  name: string,
  account: number,
  port: number,
  peers: readonly string[],
  options: ProcessOptions,
): Running {
  const start = () =>
    startChild({
      name,
      script: join(REPOSITORY, "oracle", "main.ts"),
      args: [command],
      cwd: REPOSITORY,
      environment: toEnvironment({
        OPENLEDGER_STATE_DIR: join(options.stateDirectory, name),
        OPENLEDGER_RPC_URL: options.rpcUrl,
        OPENLEDGER_CHAIN_ID: options.chainId,
        OPENLEDGER_DEPLOYMENT: options.deploymentId,
        OPENLEDGER_SCAN_INTERVAL_MS: SCAN_INTERVAL_MS,
        OPENLEDGER_DEV_ACCOUNT: account,
        OPENLEDGER_API_PORT: port,
        OPENLEDGER_PEERS: peers.join(","),
        OPENLEDGER_TRAINING: options.training,
        NODE_NO_WARNINGS: "1",
      } as Parameters<typeof toEnvironment>[0]),
      logFile: join(options.stateDirectory, "logs", `${name}.log`),
    });
  return { process: supervise(start, MAX_RESTARTS), url: urlOf(port) };
}
