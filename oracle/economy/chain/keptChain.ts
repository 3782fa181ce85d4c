import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY } from "../../chain/artifacts.ts";
import { connect } from "../../chain/provider.ts";
import { createLocalHistory, replayLocalHistory } from "../../chain/localHistory.ts";
import { type LocalNode, startLocalNode } from "../../chain/localNode.ts";
import { messageOf } from "../../common/errors.ts";
import type { Shutdown } from "../../common/shutdown.ts";
import { deploy } from "./deploy.ts";
import { putCode, type PlacedCode, readPlacedCode } from "./placedCode.ts";

const RECORD_INTERVAL_MS = 500;

export interface ChainOptions {
  readonly port: number;
  readonly chainId: number;
  /** Where the chain's history and the deployment's addresses are kept. */
  readonly directory: string;
  readonly deploymentId: string;
  readonly logs: string;
  /** Whether the directory outlives the economy: a history that nobody resumes is not written. */
  readonly isKept: boolean;
}

/** The local chain with the deployed protocol, new or made again from its history. */
export interface KeptChain {
  /** Whether there is a history to go on with. */
  readonly resumed: boolean;
  start(): Promise<string>;
  deploy(): Promise<string>;
}

export function createKeptChain(options: ChainOptions, shutdown: Shutdown): KeptChain {
  const { directory, chainId, port, deploymentId, logs, isKept } = options;
  const genesisFile = join(directory, "genesis.txt");
  const historyFile = join(directory, "blocks.jsonl");
  const addressesFile = join(directory, "addresses.json");
  const codeFile = join(directory, "code.json");
  const deployedFile = join(REPOSITORY, "deploy", "deployments", deploymentId, "addresses.json");
  // addresses are kept once the deployment is complete; a chain without it is not worth going on with
  const resumed = existsSync(addressesFile);
  if (!resumed) rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  if (!resumed) writeFileSync(genesisFile, String(Math.floor(Date.now() / 1_000)));

  return {
    resumed,
    start: async () => {
      const node = await startLocalNode(
        port,
        chainId,
        join(logs, "chain.log"),
        Number(readFileSync(genesisFile, "utf8")),
      );
      let record = () => Promise.resolve();
      shutdown.onClose("chain", async () => {
        await record().catch(() => {});
        node.provider.destroy();
        await node.child.stop();
      });
      // no transaction of the history put it there
      if (resumed) await putCode(node.provider, JSON.parse(readFileSync(codeFile, "utf8")) as PlacedCode);
      const blocks = await replayLocalHistory(node.provider, historyFile);
      if (isKept) record = keepHistory(node, blocks + 1);
      return `OP chain ${chainId} at ${node.url}${blocks > 0 ? `, ${blocks} blocks made again` : ""}`;
    },
    deploy: async () => {
      if (resumed) {
        mkdirSync(join(deployedFile, ".."), { recursive: true });
        copyFileSync(addressesFile, deployedFile);
        return `deployment ${deploymentId}, as before`;
      }
      const url = `http://127.0.0.1:${port}`;
      await deploy(url, deploymentId, join(logs, "deploy.log"), shutdown.signal);
      const provider = await connect(url, chainId);
      try {
        writeFileSync(codeFile, JSON.stringify(await readPlacedCode(provider)));
      } finally {
        provider.destroy();
      }
      copyFileSync(deployedFile, addressesFile);
      return `deployment ${deploymentId}`;
    },
  };

  function keepHistory({ provider }: LocalNode, from: number): () => Promise<void> {
    const history = createLocalHistory(provider, chainId, historyFile, from);
    const timer = setInterval(() => {
      history.record().catch((error: unknown) => {
        // the node is ending; what is missing is made again by whoever sent it
        if (!shutdown.signal.aborted) process.emitWarning(`history: ${messageOf(error)}`);
      });
    }, RECORD_INTERVAL_MS);
    shutdown.onClose("history", () => clearInterval(timer));
    return () => history.record();
  }
}
