import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY } from "../../chain/artifacts.ts";
import { connect } from "../../chain/provider.ts";
import { createLocalHistory, replayLocalHistory } from "../../chain/localHistory.ts";
import { type LocalNode, startLocalNode } from "../../chain/localNode.ts";
import { startOpNode } from "../../chain/opNode.ts";
import { InputError, messageOf } from "../../common/errors.ts";
import type { Shutdown } from "../../common/shutdown.ts";
import { deploy, deployByTask } from "./deploy.ts";
import { putCode, type PlacedCode, readPlacedCode } from "./placedCode.ts";

const RECORD_INTERVAL_MS = 500;

export interface ChainOptions {
  readonly port: number;
  readonly chainId: number;
  /** By anvil in OP mode instead of Hardhat. */
  readonly anvil: boolean;
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
  const { directory, chainId, port, deploymentId, logs, anvil, isKept } = options;
  const genesisFile = join(directory, "genesis.txt");
  const programFile = join(directory, "program.txt");
  const historyFile = join(directory, "blocks.jsonl");
  const addressesFile = join(directory, "addresses.json");
  const codeFile = join(directory, "code.json");
  const deployedFile = join(REPOSITORY, "deploy", "deployments", deploymentId, "addresses.json");
  // addresses are kept once the deployment is complete; a chain without it is not worth going on with
  const resumed = existsSync(addressesFile);
  if (!resumed) rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const program = anvil ? "anvil" : "hardhat";
  if (resumed) requireSameProgram(programFile, program);
  else {
    writeFileSync(genesisFile, String(Math.floor(Date.now() / 1_000)));
    writeFileSync(programFile, program);
  }

  return {
    resumed,
    start: async () => {
      const startNode = anvil ? startOpNode : startLocalNode;
      const node = await startNode(port, chainId, join(logs, "chain.log"), Number(readFileSync(genesisFile, "utf8")));
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
      // what is recorded also sets balances, which would hide what anvil charges
      const make = anvil ? deployByTask : deploy;
      await make(url, deploymentId, join(logs, "deploy.log"), shutdown.signal);
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

/** Blocks of one program are not those of the other. @throws InputError. States from before there was a choice are Hardhat's */
function requireSameProgram(file: string, program: "anvil" | "hardhat"): void {
  const before = existsSync(file) ? readFileSync(file, "utf8") : "hardhat";
  if (before === program) return;
  throw new InputError("another program has run the chain of this state", {
    value: program,
    limit: before,
    remedy: before === "anvil" ? "Add --anvil." : "Leave --anvil out, or begin with another --state directory.",
  });
}
