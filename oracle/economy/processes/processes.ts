import { availableParallelism } from "node:os";
import { join } from "node:path";
import { REPOSITORY } from "../../chain/artifacts.ts";
import { startChild } from "../../common/childProcess.ts";
import { OpenLedgerError } from "../../common/errors.ts";
import { poll } from "../../common/retry.ts";
import { type Supervised, supervise } from "../../common/supervise.ts";
import { toEnvironment } from "../../config/load.ts";
import { AGENT_ACCOUNT, OPERATOR_ACCOUNTS, PROVIDER_ACCOUNT } from "../cast/party.ts";

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
  readonly training: "retrain" | "verify";
  /** URL of each process's database on a server, by name; the embedded one for those without. */
  readonly databases: ReadonlyMap<string, string>;
}

/** Time between two looks at the local chain's head. */
const SCAN_INTERVAL_MS = 400;
/** The scenario waits for what is claimed. */
const CLAIM_AGE_S = 3;
const START_TIMEOUT_MS = 600_000;
const MAX_RESTARTS = 20;
/** The operators train at the same time: a thread of its own for every core of every operator would only cost its start. */
const WORKERS = Math.max(1, Math.floor(availableParallelism() / OPERATOR_ACCOUNTS.length));

/** Starts one operator per account, each with a store and a key of its own. */
export function startOperators(options: ProcessOptions): Running[] {
  const urls = OPERATOR_ACCOUNTS.map((_, i) => urlOf(options.firstPort + i));
  return OPERATOR_ACCOUNTS.map((account, i) => {
    const peers = [
      ...urls.filter((_, other) => other !== i),
      urlOf(publisherPort(options)),
      urlOf(providerPort(options)),
      urlOf(agentPort(options)),
    ];
    // a version that nobody has trained again is never paid for, and so never active
    const training = i === 0 ? "retrain" : options.training;
    return run(["operator"], OPERATOR_NAMES[i]!, account, options.firstPort + i, peers, { ...options, training });
  });
}

/** Starts the provider that serves paid inference. */
export function startProvider(options: ProcessOptions): Running {
  return run(
    ["provider"],
    PROVIDER_NAME,
    PROVIDER_ACCOUNT,
    providerPort(options),
    [urlOf(publisherPort(options))],
    options,
  );
}

/** Starts the agent, which buys its answers of the provider. */
export function startAgent(agentId: bigint, options: ProcessOptions): Running {
  const command = ["agent", "run", `${agentId}`, "--provider", urlOf(providerPort(options))];
  return run(command, AGENT_NAME, AGENT_ACCOUNT, agentPort(options), [urlOf(publisherPort(options))], options);
}

/** Waits until a process answers. @throws OpenLedgerError when it cannot be kept running, or is silent for too long */
export async function untilReady({ process, url }: Running): Promise<void> {
  const silent = AbortSignal.timeout(START_TIMEOUT_MS);
  const answers = () =>
    fetch(new URL("/healthz", url)).then(
      (response) => response.ok || undefined,
      () => undefined,
    );
  try {
    await Promise.race([process.gaveUp, poll(answers, { intervalMs: 100, signal: silent })]);
  } catch (error) {
    if (!silent.aborted) throw error;
    throw new OpenLedgerError(`${process.name} does not answer`, {
      value: url,
      limit: `an answer within ${START_TIMEOUT_MS / 1_000} s`,
      remedy: `Read ${process.logFile}.`,
      cause: error,
    });
  }
}

const OPERATOR_NAMES = OPERATOR_ACCOUNTS.map((_, i) => `operator-${i + 1}`);
const PROVIDER_NAME = "provider";
const AGENT_NAME = "agent";
/** Names of the processes that have a store. */
export const PROCESS_NAMES = [...OPERATOR_NAMES, PROVIDER_NAME, AGENT_NAME] as const;

type Ports = Pick<ProcessOptions, "firstPort">;

function providerPort({ firstPort }: Ports): number {
  return firstPort + OPERATOR_ACCOUNTS.length;
}

/** Of what serves the files that contributors and model owners publish. */
export function publisherPort(options: Ports): number {
  return providerPort(options) + 1;
}

export function agentPort(options: Ports): number {
  return providerPort(options) + 2;
}

export function urlOf(port: number): string {
  return `http://127.0.0.1:${port}`;
}

function run(
  command: readonly string[],
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
      args: [...command],
      cwd: REPOSITORY,
      environment: toEnvironment({
        OPENLEDGER_STATE_DIR: join(options.stateDirectory, name),
        OPENLEDGER_RPC_URL: options.rpcUrl,
        OPENLEDGER_CHAIN_ID: options.chainId,
        OPENLEDGER_DEPLOYMENT: options.deploymentId,
        OPENLEDGER_SCAN_INTERVAL_MS: SCAN_INTERVAL_MS,
        OPENLEDGER_DEV_ACCOUNT: account,
        OPENLEDGER_KEYSTORE: "",
        OPENLEDGER_API_PORT: port,
        OPENLEDGER_PEERS: peers.join(","),
        OPENLEDGER_TRAINING: options.training,
        OPENLEDGER_WORKERS: WORKERS,
        OPENLEDGER_CLAIM_AGE_S: CLAIM_AGE_S,
        DATABASE_URL: options.databases.get(name) ?? "",
        DATABASE_URL_FILE: "",
        NODE_NO_WARNINGS: "1",
      } as Parameters<typeof toEnvironment>[0]),
      logFile: join(options.stateDirectory, "logs", `${name}.log`),
    });
  return { process: supervise(start, MAX_RESTARTS), url: urlOf(port) };
}
