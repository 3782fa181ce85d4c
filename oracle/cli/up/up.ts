import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { InputError, OpenLedgerError } from "../../common/errors.ts";
import { printable } from "../../common/printable.ts";
import { requireFreePort } from "../../common/ports.ts";
import { createShutdown, InterruptedError, type Shutdown, terminationRequested } from "../../common/shutdown.ts";
import { loadConfig } from "../../config/load.ts";
import { createKeptChain } from "../../economy/chain/keptChain.ts";
import { openEconomy } from "../../economy/openEconomy.ts";
import { chooseDatanets } from "../../economy/plan/chooseDatanets.ts";
import { defaultMembers, MEMBERS_RULE } from "../../economy/plan/defaultMembers.ts";
import { createDatabases } from "../../economy/processes/databases.ts";
import { agentPort, PROCESS_NAMES, publisherPort, type Running, urlOf } from "../../economy/processes/processes.ts";
import type { EconomyResult } from "../../economy/result/economyResult.ts";
import { runEconomy } from "../../economy/runEconomy.ts";
import { lockStateDirectory } from "../../jobs/locks.ts";
import { emptyCluster } from "../../store/emptyCluster.ts";
import { baseDirectory } from "../base.ts";
import { createOutput, type Output } from "../output.ts";
import { parseDirectory, parsePort } from "../parse.ts";
import type { AddCommand } from "../program.ts";
import { renderReport } from "./report.ts";
import { stageRunner, type StageTime } from "./stageRunner.ts";

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
  readonly anvil: boolean;
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
    .option(
      "--data <dir>",
      "real data for the first Datanet: a table, or a folder in any known format; questions and answers make a third",
    )
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
    .option("--anvil", "run the chain by anvil in OP mode, as npm run devnet does, instead of Hardhat", false)
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
  const data = {
    skipBad: options.skipBad,
    ...(options.data === undefined ? {} : { folder: resolve(options.data) }),
    ...(options.limit === undefined ? {} : { limit: options.limit }),
  };
  const { labelled, written, broughtLabels } = await chooseDatanets(data, options.with.includes("documents"));
  if (options.generator !== undefined && written.length === 0) {
    throw new InputError("a generator writes from documents", {
      value: `--generator ${options.generator}`,
      remedy: "Add --with documents.",
    });
  }
  const datanets = [...labelled, ...written];
  for (const { name, badRows } of datanets) {
    if (badRows.length > 0)
      output.say(`${name}: ${badRows.length} bad rows left out, the first ${printable(badRows[0]!.message)}`);
  }
  await requireFreePort(options.port, "the chain", "--port");
  const ports = { firstPort: options.apiPort };
  const lastPort = options.with.includes("agents") ? agentPort(ports) : publisherPort(ports);
  for (let port = options.apiPort; port <= lastPort; port++) await requireFreePort(port, "the API", "--api-port");

  const state = options.state === undefined ? mkdtempSync(join(tmpdir(), "openledger-")) : resolve(options.state);
  if (options.state === undefined) shutdown.onClose("state", () => rmSync(state, { recursive: true, force: true }));
  const lock = lockStateDirectory(state);
  shutdown.onClose("state directory", lock.release);
  const logs = join(state, "logs");
  output.say(`Logs in ${logs}`);

  const deployment = deploymentOf(options);
  const chain = createKeptChain(
    {
      port: options.port,
      chainId: CHAIN_ID,
      anvil: options.anvil,
      directory: join(state, "chain"),
      deploymentId: deployment,
      logs,
      isKept: options.state !== undefined,
    },
    shutdown,
  );
  const { DATABASE_URL: server } = loadConfig(process.env);
  // once, instead of in every process that starts after the deployment
  const cluster = server === undefined ? emptyCluster() : undefined;
  cluster?.catch(() => {});
  const times: StageTime[] = [];
  const stage = stageRunner(output, shutdown.signal, times);
  await stage(
    "Start the chain",
    () => chain.start(),
    (started) => started,
  );
  await stage(
    "Deploy the protocol",
    () => chain.deploy(),
    (deployed) => deployed,
  );
  await cluster;
  const processes = {
    ...ports,
    rpcUrl: options.rpc ?? `http://127.0.0.1:${options.port}`,
    chainId: CHAIN_ID,
    deploymentId: deployment,
    stateDirectory: state,
    training: options.verifyTraining ? ("verify" as const) : ("retrain" as const),
    databases: await createDatabases(server, PROCESS_NAMES, chain.resumed),
  };
  const choice = {
    datanets,
    inferences: options.inferences,
    members: options.members ?? defaultMembers(labelled, options.data === undefined),
    // what the example data come to is known, and every training costs
    comparing: broughtLabels,
    base: options.base,
    generator: options.generator,
    basesDirectory: baseDirectory({}),
    governance: options.with.includes("governance"),
    market: options.with.includes("market"),
    agents: options.with.includes("agents"),
  };
  const economy = await openEconomy(choice, processes, shutdown);
  const result = { ...(await runEconomy(stage, economy)), stages: times };
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
          `  npx openledger agent explain ${result.agent.agentId} ${result.agent.example} --url ${urlOf(agentPort({ firstPort: options.apiPort }))} --api ${api} --deployment ${deploymentOf(options)} --rpc http://127.0.0.1:${options.port}`,
        ]),
    `  npx openledger verify latest --api ${api} --deployment ${deploymentOf(options)} --rpc http://127.0.0.1:${options.port}`,
    "Sessions to type begin docs/consumers.md, contributors.md, integrators.md and operators.md.",
  ].join("\n");
}

/** A deployment's folder name: chains on different ports do not mix. */
function deploymentOf({ port }: UpOptions): string {
  return port === DEFAULT_PORT ? "local-up" : `local-up-${port}`;
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
