import { join } from "node:path";
import { contentRoutes } from "../api/routes/content.ts";
import { startApi } from "../api/server.ts";
import { createLogger } from "../common/logger.ts";
import type { Shutdown } from "../common/shutdown.ts";
import { loadConfig, toEnvironment } from "../config/load.ts";
import { openContext } from "../jobs/openContext.ts";
import { scanStage } from "../jobs/stages/scan.ts";
import { createCast } from "./cast/party.ts";
import { offerBase, offerGenerator } from "./plan/offerBase.ts";
import {
  type ProcessOptions,
  publisherPort,
  type Running,
  startAgent,
  startOperators,
  startProvider,
} from "./processes/processes.ts";
import type { EconomyOptions } from "./runEconomy.ts";

/** What of the economy somebody chooses. */
export interface EconomyChoice extends Pick<
  EconomyOptions,
  "datanets" | "inferences" | "members" | "comparing" | "governance" | "market"
> {
  /** Whether an agent is played. */
  readonly agents: boolean;
  /** Name of a pretrained encoder that was added; undefined for none. */
  readonly base: string | undefined;
  /** Name of a generator that was added; undefined for none. */
  readonly generator: string | undefined;
  /** Where bases and generators are kept that were added. */
  readonly basesDirectory: string;
}

/** Gas at which the cast stops to raise its fees, in wei. */
const MAX_FEE_PER_GAS = 50n * 10n ** 9n;

/** Starts the processes of the economy, and opens what the scenario's own actions stand on. They end with `shutdown`. */
export async function openEconomy(
  choice: EconomyChoice,
  options: ProcessOptions,
  shutdown: Shutdown,
): Promise<EconomyOptions> {
  const { rpcUrl, chainId, deploymentId, stateDirectory, training } = options;
  const provider = startProvider(options);
  const operators = startOperators(options);
  const running: Running[] = [...operators, provider];
  shutdown.onClose("processes", async () => {
    await Promise.all(running.map(({ process }) => process.stop()));
  });

  const port = publisherPort(options);
  const config = loadConfig(
    toEnvironment({
      OPENLEDGER_STATE_DIR: join(stateDirectory, "publisher"),
      OPENLEDGER_RPC_URL: rpcUrl,
      OPENLEDGER_CHAIN_ID: chainId,
      OPENLEDGER_DEPLOYMENT: deploymentId,
      OPENLEDGER_API_PORT: port,
      OPENLEDGER_PEERS: operators.map(({ url }) => url).join(","),
    }),
  );
  const log = createLogger({ level: "info", bindings: { role: "up" }, file: join(stateDirectory, "logs", "up.log") });
  const { context, transactions } = await openContext(config, log, shutdown);
  const { content, contracts, deployment, events, provider: chain } = context;
  const { basesDirectory, base, generator } = choice;
  const offered = {
    base: base === undefined ? undefined : await offerBase(content, basesDirectory, base),
    generator: generator === undefined ? undefined : await offerGenerator(content, basesDirectory, generator),
  };
  const api = await startApi({
    title: "OpenLedger publisher",
    host: config.OPENLEDGER_API_HOST,
    port,
    log,
    metrics: context.metrics,
    routes: [contentRoutes(content)],
  });
  shutdown.onClose("publisher", () => api.close());

  const cast = createCast({
    provider: chain,
    memory: transactions,
    chainId,
    maxFeePerGas: MAX_FEE_PER_GAS,
    onProblem: (problem) => log.warn({ hash: problem.value, limit: problem.limit }, problem.message),
    signal: shutdown.signal,
  });
  const scan = scanStage(context);
  return {
    ...choice,
    ...offered,
    scene: { provider: chain, deployment, contracts, cast, memory: transactions, stateDirectory },
    context,
    watching: { events, scan: () => scan.run("chain"), processes: running, signal: shutdown.signal },
    operators,
    trainers: training === "verify" ? 1 : operators.length,
    provider,
    startAgent: choice.agents
      ? (agentId) => {
          const agent = startAgent(agentId, options);
          running.push(agent);
          return agent;
        }
      : undefined,
  };
}
