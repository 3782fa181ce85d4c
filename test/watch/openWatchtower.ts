import { cidOf } from "@openledger/protocol/cid.ts";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HardhatEthers } from "@nomicfoundation/hardhat-ethers/types";
import { Wallet, ZeroAddress, type JsonRpcProvider } from "ethers";
import { CHANNELS_ADDRESS } from "@openledger/protocol/eip712/channel.ts";
import { rootHashOf, type ScoreRoot } from "@openledger/protocol/eip712/scoreRoot.ts";
import { asAddress } from "@openledger/protocol/hex.ts";
import { keccakText } from "@openledger/protocol/keccak.ts";
import { contentRoutes } from "../../oracle/api/routes/content.ts";
import { rootRoutes } from "../../oracle/api/routes/roots.ts";
import { startApi } from "../../oracle/api/server.ts";
import { connectContracts } from "../../oracle/chain/contracts.ts";
import { createSender } from "../../oracle/chain/send.ts";
import { NotYetError } from "../../oracle/common/errors.ts";
import { createLogger } from "../../oracle/common/logger.ts";
import { createMetrics } from "../../oracle/common/metrics.ts";
import { loadConfig } from "../../oracle/config/load.ts";
import type { Context } from "../../oracle/jobs/context.ts";
import { createBaseEncoders } from "../../oracle/jobs/bases/baseEncoders.ts";
import { createContentFiles } from "../../oracle/jobs/contentFiles.ts";
import { type IndexFiles, putIndex } from "../../oracle/jobs/indexFiles.ts";
import { rangeSubject } from "../../oracle/jobs/rootEvents.ts";
import { runStage } from "../../oracle/jobs/stage.ts";
import { scanStage } from "../../oracle/jobs/stages/scan.ts";
import { createPeers } from "../../oracle/quorum/peers.ts";
import { writeBundle, type Bundle } from "../../oracle/settlement/bundle.ts";
import { receiptBytes } from "../../oracle/settlement/bundleReceipts.ts";
import type { SettlementInputs, VersionIndex } from "../../oracle/settlement/inputs.ts";
import { indexTreesOf } from "../../oracle/settlement/indexTrees.ts";
import type { Settlement } from "../../oracle/settlement/settle.ts";
import { createAvailabilityVotes } from "../../oracle/store/availabilityVotes.ts";
import { createChainEvents } from "../../oracle/store/chainEvents.ts";
import type { Database } from "../../oracle/store/database.ts";
import { openStore } from "../../oracle/store/open.ts";
import { createProtocolView } from "../../oracle/store/protocolView.ts";
import { createSignatures } from "../../oracle/store/signatures.ts";
import { createStageResults } from "../../oracle/store/stageResults.ts";
import { createTransactionQueue } from "../../oracle/store/transactionQueue.ts";
import { answerPlan, answerStage } from "../../oracle/watch/answers.ts";
import { watchPlan, watchStages } from "../../oracle/watch/watch.ts";
import type { Deployment } from "../attribution/deployDisputes.ts";
import type { BuiltRoot } from "../attribution/builtRoot.ts";

const CHAIN_ID = 31_337;
/** Contracts that this deployment goes without. */
const NOT_HERE = ZeroAddress;
const closing: (() => Promise<unknown>)[] = [];

/** Ends everything that was opened, the last first. */
export async function closeAll(): Promise<void> {
  for (const close of closing.splice(0).reverse()) await close();
}

export type Watchtower = Awaited<ReturnType<typeof openWatchtower>>;

/** What outlives a process: its store, its files and the transactions that it signed. */
interface Kept {
  readonly db: Database;
  readonly folder: string;
}

async function keep(): Promise<Kept> {
  const folder = mkdtempSync(join(tmpdir(), "openledger-watch-"));
  closing.push(async () => rmSync(folder, { recursive: true }));
  const db = await openStore({ DATABASE_URL: undefined, OPENLEDGER_STATE_DIR: undefined });
  closing.push(() => db.close());
  return { db, folder };
}

interface WatchtowerOptions {
  /** The operators that it asks. */
  readonly peers: readonly string[];
  readonly dryRun?: boolean;
  /** Tells machines with different keys apart. */
  readonly name?: string;
  /** Of a process that ended before. */
  readonly kept?: Kept;
}

/** A watchtower on the chain of the test, with its own store and files. */
export async function openWatchtower(
  deployment: Deployment,
  ethers: HardhatEthers,
  { peers, dryRun = false, name = "watchtower", kept }: WatchtowerOptions,
) {
  const { db, folder } = kept ?? (await keep());
  // Both speak JSON-RPC to the simulated chain; the oracle uses no more than `send`, `call` and `estimateGas` of it.
  const provider = ethers.provider as unknown as JsonRpcProvider;
  const wallet = new Wallet(keccakText(name));
  const addresses = await addressesOf(deployment);
  const connected = { chainId: CHAIN_ID, firstBlock: 0, addresses };
  const events = createChainEvents(db);
  const log = createLogger({ level: "silent" });
  const memory = createTransactionQueue(db);
  const sender = createSender({ provider, wallet, memory, chainId: CHAIN_ID, maxFeePerGas: 10n ** 12n });
  const content = createContentFiles(join(folder, "content"), peers);
  const context: Context = {
    config: loadConfig({ OPENLEDGER_PEERS: peers.join(","), OPENLEDGER_CONFIRMATIONS: "0" }),
    log,
    metrics: createMetrics(),
    provider,
    deployment: connected,
    contracts: connectContracts(connected, provider),
    events,
    view: createProtocolView(events),
    results: createStageResults(db, events),
    signatures: createSignatures(db),
    votes: createAvailabilityVotes(db),
    peers: createPeers(peers, log),
    content,
    bases: createBaseEncoders(content, join(folder, "vectors")),
    workers: 1,
    key: dryRun ? undefined : { wallet, sender },
  };
  const scan = scanStage(context);
  const stages = new Map(watchStages(context).map((stage) => [stage.name, stage]));

  /** Reads the chain, then runs what is planned of one stage. */
  async function run(stage: string): Promise<number> {
    await scan.run("chain");
    const fork = await context.results.fork();
    const planned = (await watchPlan(context)).filter(([name]) => name === stage);
    for (const [name, subject] of planned) await runStage(context.results, stages.get(name)!, subject, fork);
    return planned.length;
  }
  let clock = 0;
  const answering = answerStage(context, () => (clock += 60_000));

  /** Reads the chain, then answers what can be answered; others have had their turn. */
  async function answer(): Promise<number> {
    await scan.run("chain");
    const planned = await answerPlan(context);
    for (const [, demandId] of planned) {
      await answering.run(demandId).catch((error: unknown) => {
        if (!(error instanceof NotYetError)) throw error;
        return answering.run(demandId);
      });
    }
    return planned.length;
  }
  return { context, address: wallet.address, run, answer, kept: { db, folder } };
}

/** Stores an index as the result of the `index` stage, and its files. */
export async function storeIndex(
  { results, content }: Pick<Context, "results" | "content">,
  index: VersionIndex & IndexFiles,
): Promise<string> {
  const { cid, bundleHash } = await putIndex(content, index);
  const { hash, parts } = indexTreesOf(index);
  await results.write(
    "index",
    `${index.versionId}`,
    {
      partsHash: hash,
      parts,
      size: index.rows.length,
      k: index.k,
      certificateBps: index.certificateBps,
      bundleHash,
      index: cid,
      projections: cid,
    },
    await results.fork(),
  );
  return bundleHash;
}

/** Stores a settlement as the result of the `settle` stage, and its bundle's files. */
export async function storeSettlement(
  { results, content, deployment }: Pick<Context, "results" | "content" | "deployment">,
  inputs: SettlementInputs,
  settlement: Settlement,
): Promise<ScoreRoot> {
  const bundle = bundleOf(deployment.addresses.RewardDistributor, inputs, settlement);
  for (const bytes of bundle.files.values()) await content.put(bytes);
  const root = { ...settlement.root, bundleHash: bundle.bundleHash };
  await results.write(
    "settle",
    rangeSubject(root),
    {
      root,
      rootHash: rootHashOf(root),
      bundle: await content.put(new TextEncoder().encode(bundle.manifest)),
      accounts: await content.put(bundle.files.get("accounts.ndjson")!),
      receiptsFiles: {},
      certificates: await content.put(new Uint8Array(0)),
    },
    await results.fork(),
  );
  return root;
}

/** What colluding operators would publish: their leaves in the place of the honest ones. */
export function settlementOf({ root, settlements, accounts }: BuiltRoot, honest: Settlement): Settlement {
  const { payoutsRoot, accounts: size, modelsRoot } = root;
  return {
    ...honest,
    root: { ...honest.root, payoutsRoot, accounts: size, modelsRoot },
    pools: settlements.map(({ settlement, rows }, p) => ({ ...honest.pools[p]!, leaf: settlement, scores: rows })),
    accounts: accounts.map((account, a) => ({ ...honest.accounts[a]!, ...account })),
  };
}

/** The read API of a colluding operator, who publishes what it signed. */
export async function startOperator({ context: { events, deployment } }: Watchtower) {
  const folder = mkdtempSync(join(tmpdir(), "openledger-operator-"));
  closing.push(async () => rmSync(folder, { recursive: true }));
  const db = await openStore({ DATABASE_URL: undefined, OPENLEDGER_STATE_DIR: undefined });
  closing.push(() => db.close());
  const results = createStageResults(db, createChainEvents(db));
  const content = createContentFiles(folder, []);
  const api = await startApi({
    title: "operator",
    host: "127.0.0.1",
    port: OPERATOR_PORT,
    log: createLogger({ level: "silent" }),
    metrics: createMetrics(),
    routes: [rootRoutes({ events, results }), contentRoutes(content)],
  });
  closing.push(() => api.close());
  return { results, content, deployment, url: api.url };
}

/** Loopback port of {@link startOperator}. */
export const OPERATOR_PORT = 38_471;

function bundleOf(distributor: string, inputs: SettlementInputs, settlement: Settlement): Bundle {
  const none = receiptBytes([]);
  const receipts = inputs.pools.map(() => ({ cid: cidOf(none), bytes: none.length }));
  return writeBundle(inputs, settlement, {
    chainId: BigInt(CHAIN_ID),
    distributor: asAddress(distributor),
    receipts,
    receiptsFiles: receipts.map(() => "none" as const),
  });
}

/** The deployed contracts, as `addresses.json` names them. */
export async function addressesOf(d: Deployment): Promise<Context["deployment"]["addresses"]> {
  return {
    EpochClock: await d.clock.getAddress(),
    OpenToken: await d.token.getAddress(),
    StakeManager: await d.stakes.getAddress(),
    StakeRewards: await d.stakes.rewards(),
    DatanetRegistry: await d.datanets.getAddress(),
    ContributionRegistry: await d.contributions.getAddress(),
    // The timelock resolves reviews itself in this deployment.
    ContributionReview: d.timelock.address,
    ModelRegistry: await d.models.getAddress(),
    TrainingFees: await d.models.trainingFees(),
    IndexRegistry: await d.indexes.getAddress(),
    InferenceMarket: await d.market.getAddress(),
    RewardDistributor: await d.distributor.getAddress(),
    AttributionDisputes: await d.disputes.getAddress(),
    AttributionDemands: await d.demands.getAddress(),
    SlashEscrow: await d.escrow.getAddress(),
    AvailabilityFaults: await d.availability.getAddress(),
    HarmCharges: await d.harmCharges.getAddress(),
    AttributionPolicy: NOT_HERE,
    TimelockController: d.timelock.address,
    PaymentChannels: CHANNELS_ADDRESS,
    ReceiptDisputes: await d.receiptDisputes.getAddress(),
    JobEscrow: NOT_HERE,
    GovernanceOpen: NOT_HERE,
    OpenLedgerGovernor: NOT_HERE,
    FoundingProposer: NOT_HERE,
    ModelGrants: NOT_HERE,
    DataBounties: NOT_HERE,
    ModelShares: NOT_HERE,
    ShareIssuer: NOT_HERE,
    Launchpad: NOT_HERE,
    ShareTrades: NOT_HERE,
    Seaport: NOT_HERE,
    SaleZone: NOT_HERE,
    AgentIdentityRegistry: NOT_HERE,
    AgentReputationRegistry: NOT_HERE,
    EntryPoint: NOT_HERE,
    OpenAccount: NOT_HERE,
    OpenPaymaster: NOT_HERE,
  };
}
