import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Listr, PRESET_TIMER } from "listr2";
import { contentRoutes } from "../../api/routes/content.ts";
import { startApi } from "../../api/server.ts";
import { InputError, OpenLedgerError } from "../../common/errors.ts";
import { createLogger } from "../../common/logger.ts";
import { printable } from "../../common/printable.ts";
import { requireFreePort } from "../../common/ports.ts";
import { createShutdown, InterruptedError, type Shutdown, terminationRequested } from "../../common/shutdown.ts";
import { loadConfig, toEnvironment } from "../../config/load.ts";
import { lockStateDirectory } from "../../jobs/locks.ts";
import { openContext } from "../../jobs/openContext.ts";
import { scanStage } from "../../jobs/stages/scan.ts";
import { emptyCluster } from "../../store/emptyCluster.ts";
import { createOutput, type Output } from "../output.ts";
import { parseDirectory, parsePort } from "../parse.ts";
import type { AddCommand } from "../program.ts";
import { createKeptChain } from "./chain.ts";
import { createDatabases } from "./databases.ts";
import { defaultMembers, MEMBERS_RULE } from "./defaultMembers.ts";
import { documentsPlan } from "./documentsPlan.ts";
import { type DatanetPlan, loadScenario } from "./loadScenario.ts";
import { offerBase, offerGenerator } from "./offerBase.ts";
import { createCast } from "./party.ts";
import {
  OPERATOR_PORTS,
  PROCESS_NAMES,
  type ProcessOptions,
  type Running,
  startAgent,
  startOperators,
  startProvider,
} from "./processes.ts";
import { renderReport } from "./report.ts";
import type { EconomyResult } from "./economyResult.ts";
import { economyStages, type EconomyStage } from "./runEconomy.ts";

const CHAIN_ID = 31_337;
const DEFAULT_PORT = 8_545;

/** What the economy can have beside its core. */
const ROOMS = ["agents", "documents", "governance", "market"] as const;
type Room = (typeof ROOMS)[number];

interface UpOptions {
  readonly once: boolean;
  readonly data?: string;
  readonly with: readonly Room[];
  readonly limit?: number;
  readonly skipBad: boolean;
  readonly state?: string;
  readonly port: number;
  readonly rpc?: string;
  readonly apiPort: number;
  readonly inferences: number;
  readonly members?: number;
  readonly verifyTraining: boolean;
  readonly base?: string;
  readonly generator?: string;
}

/** `openledger up`: the whole economy on this machine, from contributed data to claimed rewards. */
export const upCommand: AddCommand = (program) => {
  program
    .command("up")
    .description("run the whole economy on this machine: chain, operators, contributors, consumers, claims")
    .option("--once", "end after the claims instead of serving the chain and the API", false)
    .option("--data <dir>", "real data for the first Datanet: a table, or a folder in any known format")
    .option("--with <rooms>", `also play these, comma-separated: ${ROOMS.join(", ")}`, parseRooms, [])
    .option(
      "--base <name>",
      "pretrained encoder that texts and documents stand on: one that was added (openledger base)",
    )
    .option("--generator <name>", "with documents: a model more, by which this generator writes from their passages")
    .option("--limit <rows>", "use at most this many rows of each split of --data", positive)
    .option("--skip-bad", "leave bad rows of --data out instead of stopping", false)
    .option("--state <dir>", "keep the state in this directory, and resume it", parseDirectory)
    .option("--port <port>", "port of the chain", parsePort, DEFAULT_PORT)
    .option(
      "--rpc <urls>",
      "endpoints by which everybody reaches the chain, such as a proxy (default: the chain itself)",
    )
    .option("--api-port <port>", "first of the five HTTP ports", parsePort, 8_080)
    .option("--inferences <count>", "paid inferences", positive, 300)
    .option("--members <count>", `models per ensemble (default: ${MEMBERS_RULE})`, positive)
    .option("--verify-training", "one operator trains again, the others check the hash of the published weights", false)
    .action(async (options: UpOptions) => {
      const output = createOutput(program.opts<{ json: boolean }>().json);
      const shutdown = createShutdown((problem) => output.say(`warning: ${problem}`));
      const termination = terminationRequested().then((signal) => ({ signal }));
      const work = run(options, output, shutdown).then(() => undefined);
      work.catch(() => {});
      try {
        const interrupted = await Promise.race([work, termination]);
        if (interrupted !== undefined) throw new InterruptedError(interrupted.signal);
        if (!options.once) {
          output.say("\nServing until Ctrl-C.");
          await termination;
        }
      } finally {
        await shutdown.close();
      }
    });
};

async function run(options: UpOptions, output: Output, shutdown: Shutdown): Promise<void> {
  const labelled = loadScenario({
    skipBad: options.skipBad,
    ...(options.data === undefined ? {} : { folder: resolve(options.data) }),
    ...(options.limit === undefined ? {} : { limit: options.limit }),
  });
  if (options.generator !== undefined && !options.with.includes("documents")) {
    throw new InputError("a generator writes from documents", {
      value: `--generator ${options.generator}`,
      remedy: "Add --with documents.",
    });
  }
  const datanets = options.with.includes("documents") ? [...labelled, documentsPlan()] : labelled;
  for (const { name, badRows } of datanets) {
    if (badRows.length > 0)
      output.say(`${name}: ${badRows.length} bad rows left out, the first ${printable(badRows[0]!.message)}`);
  }
  await requireFreePort(options.port, "the chain", "--port");
  const publisherPort = options.apiPort + OPERATOR_PORTS + 1;
  const lastPort = publisherPort + (options.with.includes("agents") ? 1 : 0);
  for (let p = options.apiPort; p <= lastPort; p++) await requireFreePort(p, "the API", "--api-port");

  const state = options.state === undefined ? mkdtempSync(join(tmpdir(), "openledger-")) : resolve(options.state);
  if (options.state === undefined) shutdown.onClose("state", () => rmSync(state, { recursive: true, force: true }));
  const lock = lockStateDirectory(state);
  shutdown.onClose("state directory", lock.release);
  const logs = join(state, "logs");
  output.say(`Logs in ${logs}`);

  const deployment = deploymentOf(options);
  const chain = createKeptChain(
    { port: options.port, chainId: CHAIN_ID, directory: join(state, "chain"), deploymentId: deployment, logs },
    shutdown,
  );
  const { DATABASE_URL: server } = loadConfig(process.env);
  // once, instead of in every process that starts after the deployment
  const cluster = server === undefined ? emptyCluster() : undefined;
  cluster?.catch(() => {});
  const times = await runListr(output, shutdown.signal, [
    { title: "Start the chain", run: () => chain.start() },
    { title: "Deploy the protocol", run: () => chain.deploy() },
  ]);
  await cluster;
  const databases = await createDatabases(server, PROCESS_NAMES, chain.resumed);
  const members = options.members ?? defaultMembers(labelled);
  const plans = { datanets, members };
  const economy = await openEconomy(options, deployment, plans, state, publisherPort, databases, shutdown);
  times.push(...(await runListr(output, shutdown.signal, economy.stages)));
  const result = { ...economy.result(), stages: times };
  output.result(result, renderReport);
  if (!result.books.balanced) throw new OpenLedgerError("the books do not balance");
  if (!options.once) output.say(whereToLook(options, economy.operators, result));
}

function whereToLook(options: UpOptions, operators: readonly Running[], result: EconomyResult): string {
  const earner = result.contributors.find(({ earned }) => earned > 0n);
  const api = operators[0]!.url;
  return [
    "",
    `chain        http://127.0.0.1:${options.port}`,
    ...operators.map(({ url }, i) => `operator ${i + 1}   ${url}/v1/status  ${url}/openapi.json  ${url}/metrics`),
    "",
    "While this runs:",
    `  npx openledger explain ${earner?.account ?? "<address>"} --api ${api}`,
    ...(result.agent === undefined
      ? []
      : [
          `  npx openledger agent explain ${result.agent.agentId} ${result.agent.example} --url http://127.0.0.1:${options.apiPort + OPERATOR_PORTS + 2} --api ${api} --deployment ${deploymentOf(options)} --rpc http://127.0.0.1:${options.port}`,
        ]),
    `  npx openledger verify latest --api ${api} --deployment ${deploymentOf(options)} --rpc http://127.0.0.1:${options.port}`,
    "Sessions to type begin docs/consumers.md, contributors.md, integrators.md and operators.md.",
  ].join("\n");
}

/** A deployment's folder name: chains on different ports do not mix. */
function deploymentOf({ port }: UpOptions): string {
  return port === DEFAULT_PORT ? "local-up" : `local-up-${port}`;
}

async function openEconomy(
  options: UpOptions,
  deploymentId: string,
  { datanets, members }: { readonly datanets: readonly DatanetPlan[]; readonly members: number },
  state: string,
  publisherPort: number,
  databases: ReadonlyMap<string, string>,
  shutdown: Shutdown,
) {
  const processes: ProcessOptions = {
    rpcUrl: options.rpc ?? `http://127.0.0.1:${options.port}`,
    chainId: CHAIN_ID,
    deploymentId,
    stateDirectory: state,
    firstPort: options.apiPort,
    publisherUrl: `http://127.0.0.1:${publisherPort}`,
    training: options.verifyTraining ? "verify" : "retrain",
    databases,
  };
  const provider = startProvider(processes);
  const operators = startOperators(processes);
  const running: Running[] = [...operators, provider];
  shutdown.onClose("processes", async () => {
    await Promise.all(running.map(({ process }) => process.stop()));
  });

  const config = loadConfig(
    toEnvironment({
      OPENLEDGER_STATE_DIR: join(state, "publisher"),
      OPENLEDGER_RPC_URL: processes.rpcUrl,
      OPENLEDGER_CHAIN_ID: CHAIN_ID,
      OPENLEDGER_DEPLOYMENT: deploymentId,
      OPENLEDGER_API_PORT: publisherPort,
      OPENLEDGER_PEERS: operators.map(({ url }) => url).join(","),
    }),
  );
  const log = createLogger({ level: "info", bindings: { role: "up" }, file: join(state, "logs", "up.log") });
  const { context, transactions } = await openContext(config, log, shutdown);
  const base = options.base === undefined ? undefined : await offerBase(context.content, options.base);
  const generator =
    options.generator === undefined ? undefined : await offerGenerator(context.content, options.generator);
  const api = await startApi({
    title: "OpenLedger publisher",
    host: config.OPENLEDGER_API_HOST,
    port: publisherPort,
    log,
    metrics: context.metrics,
    routes: [contentRoutes(context.content)],
  });
  shutdown.onClose("publisher", () => api.close());

  const cast = createCast({
    provider: context.provider,
    memory: transactions,
    chainId: CHAIN_ID,
    maxFeePerGas: 50n * 10n ** 9n,
    onProblem: (problem) => log.warn({ hash: problem.value, limit: problem.limit }, problem.message),
    signal: shutdown.signal,
  });
  const { provider: chain, deployment, contracts } = context;
  const scan = scanStage(context);
  const economy = economyStages({
    scene: { provider: chain, deployment, contracts, cast, memory: transactions, stateDirectory: state },
    context,
    watching: { events: context.events, scan: () => scan.run("chain"), processes: running, signal: shutdown.signal },
    datanets,
    operators,
    trainers: options.verifyTraining ? 1 : operators.length,
    provider,
    inferences: options.inferences,
    members,
    // what the example data come to is known, and every training costs
    comparing: options.data !== undefined,
    base,
    generator,
    governance: options.with.includes("governance"),
    market: options.with.includes("market"),
    startAgent: options.with.includes("agents")
      ? (agentId) => {
          const agent = startAgent(agentId, processes);
          running.push(agent);
          return agent;
        }
      : undefined,
  });
  return { ...economy, operators };
}

/** How long a stage took. */
interface StageTime {
  readonly title: string;
  readonly seconds: number;
}

/**
 * Runs stages one after the other with live titles and times, plain lines without a terminal, nothing with `--json`; returns
 * their times.
 */
async function runListr(output: Output, signal: AbortSignal, stages: readonly EconomyStage[]): Promise<StageTime[]> {
  const times: StageTime[] = [];
  const tasks = stages.map(({ title, run: work }) => ({
    title: printable(title),
    task: async (_: unknown, task: { title: string; output: string }) => {
      signal.throwIfAborted();
      const began = performance.now();
      const outcome = await work((text) => {
        if (process.stdout.isTTY) task.output = printable(text);
      });
      task.title = printable(`${title}: ${outcome}`);
      times.push({ title, seconds: (performance.now() - began) / 1_000 });
    },
  }));
  const timer = { timer: PRESET_TIMER };
  await new Listr(tasks, {
    renderer: output.json ? "silent" : "default",
    fallbackRenderer: output.json ? "silent" : "simple",
    rendererOptions: { ...timer, collapseErrors: false },
    fallbackRendererOptions: timer,
    registerSignalListeners: false,
  }).run();
  return times;
}

function positive(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InputError("this is not a count", { value: text, limit: "an integer of at least 1" });
}

function parseRooms(text: string): readonly Room[] {
  return text.split(",").map((word) => {
    const room = ROOMS.find((known) => known === word.trim());
    if (room !== undefined) return room;
    throw new InputError("this cannot be played", { value: word, limit: ROOMS.join(", ") });
  });
}
