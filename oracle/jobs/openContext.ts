import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { connectContracts } from "../chain/contracts.ts";
import { readDeployment } from "../chain/deployment.ts";
import { connect } from "../chain/provider.ts";
import { createSender } from "../chain/send.ts";
import { loadWallet } from "../chain/wallet.ts";
import type { Logger } from "../common/logger.ts";
import { createMetrics } from "../common/metrics.ts";
import type { Shutdown } from "../common/shutdown.ts";
import type { Config } from "../config/schema.ts";
import { createBaseEncoders } from "./bases/baseEncoders.ts";
import { createContentFiles } from "./contentFiles.ts";
import { createPeers } from "../quorum/peers.ts";
import { createAvailabilityVotes } from "../store/availabilityVotes.ts";
import { createChainEvents } from "../store/chainEvents.ts";
import type { Database } from "../store/database.ts";
import { openStore } from "../store/open.ts";
import { createProtocolView } from "../store/protocolView.ts";
import { createSignatures } from "../store/signatures.ts";
import { createStageResults } from "../store/stageResults.ts";
import { createTransactionQueue, type TransactionQueue } from "../store/transactionQueue.ts";
import type { Context } from "./context.ts";
import { lockKey, lockStateDirectory } from "./locks.ts";

const WEI_PER_GWEI = 10 ** 9;
const MOST_WORKERS = 4;

export interface OpenedContext {
  readonly context: Context;
  readonly db: Database;
  readonly transactions: TransactionQueue;
  /** Where this process keeps files: the state directory, or one for as long as it runs. */
  readonly directory: string;
}

/**
 * Opens everything that a working process stands on, and registers it to be closed.
 *
 * @throws InUseError when another process works in the state directory, on the database, or with the key
 */
export async function openContext(config: Config, log: Logger, shutdown: Shutdown): Promise<OpenedContext> {
  const chainId = config.OPENLEDGER_CHAIN_ID;
  if (config.OPENLEDGER_STATE_DIR !== undefined) {
    const lock = lockStateDirectory(config.OPENLEDGER_STATE_DIR);
    shutdown.onClose("state directory", lock.release);
  }
  const provider = await connect(config.OPENLEDGER_RPC_URL, chainId);
  shutdown.onClose("chain", () => provider.destroy());
  const deployment = readDeployment(config.OPENLEDGER_DEPLOYMENT, chainId);
  const wallet = await loadWallet(config);
  if (wallet !== undefined) {
    const lock = await lockKey(wallet.address, provider, config);
    shutdown.onClose("key", lock.release);
  }
  const db = await openStore(config);
  shutdown.onClose("store", () => db.close());

  const metrics = createMetrics();
  const events = createChainEvents(db);
  const transactions = createTransactionQueue(db);
  const directory = config.OPENLEDGER_STATE_DIR ?? (await temporaryDirectory(shutdown));
  const sender =
    wallet &&
    createSender({
      provider,
      wallet,
      memory: transactions,
      chainId,
      maxFeePerGas: BigInt(Math.round(config.OPENLEDGER_MAX_FEE_GWEI * WEI_PER_GWEI)),
      onMined: ({ kind }) => metrics.transactions.inc({ kind, status: "mined" }),
      onProblem: (problem) => log.warn({ hash: problem.value, limit: problem.limit }, problem.message),
      signal: shutdown.signal,
    });
  const workers = config.OPENLEDGER_WORKERS ?? Math.max(1, Math.min(MOST_WORKERS, availableParallelism()));
  const content = createContentFiles(join(directory, "content"), config.OPENLEDGER_PEERS);
  const context: Context = {
    config,
    log,
    metrics,
    provider,
    deployment,
    contracts: connectContracts(deployment, provider),
    events,
    view: createProtocolView(events),
    results: createStageResults(db, events),
    signatures: createSignatures(db),
    votes: createAvailabilityVotes(db),
    peers: createPeers(config.OPENLEDGER_PEERS, log),
    content,
    bases: createBaseEncoders(content, join(directory, "vectors"), workers),
    workers,
    key: wallet && sender && { wallet, sender },
  };
  return { context, db, transactions, directory };
}

/** A directory for as long as the process runs. */
async function temporaryDirectory(shutdown: Shutdown): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "openledger-"));
  shutdown.onClose("temporary files", () => rm(directory, { recursive: true, force: true }));
  return directory;
}
