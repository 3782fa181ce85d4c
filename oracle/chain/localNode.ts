import { join } from "node:path";
import type { JsonRpcProvider } from "ethers";
import { type Child, lastLines, startChild } from "../common/childProcess.ts";
import { ChainError, messageOf } from "../common/errors.ts";
import { poll } from "../common/retry.ts";
import { REPOSITORY } from "./artifacts.ts";
import { blockTime } from "./blockTime.ts";
import { MAINNET_SCALARS, setL1Attributes } from "./l1Attributes.ts";
import { connect } from "./provider.ts";

const CONFIG = join(REPOSITORY, "oracle", "chain", "localNode.config.ts");

export interface LocalNode {
  readonly url: string;
  readonly child: Child;
  readonly provider: JsonRpcProvider;
}

/**
 * Starts Hardhat's simulated OP chain as a process on loopback and waits until it answers.
 *
 * @param genesisTime unix seconds: with the same one, the same transactions make the same blocks
 */
export async function startLocalNode(
  port: number,
  chainId: number,
  logFile: string,
  genesisTime = Math.floor(Date.now() / 1_000),
): Promise<LocalNode> {
  const child = startChild({
    name: "chain",
    script: join(REPOSITORY, "node_modules", "hardhat", "dist", "src", "cli.js"),
    args: ["--config", CONFIG, "node", "--hostname", "127.0.0.1", "--port", String(port), "--chain-type", "op"],
    cwd: REPOSITORY,
    environment: { LOCAL_GENESIS_TIME: new Date(genesisTime * 1_000).toISOString() },
    logFile,
  });
  // the simulated chain has zeros, which would make layer 1 free
  return whenItAnswers(child, port, chainId, (provider) => setL1Attributes(provider, MAINNET_SCALARS));
}

/** Waits until a chain that was started answers, and prepares it; ends it when it cannot be used. */
export async function whenItAnswers(
  child: Child,
  port: number,
  chainId: number,
  prepare: (provider: JsonRpcProvider) => Promise<void>,
): Promise<LocalNode> {
  const url = `http://127.0.0.1:${port}`;
  const ended = child.exited.then((status) => {
    throw new ChainError(`the local chain ended with status ${status}\n${lastLines(child.logFile)}`, { value: url });
  });
  try {
    await Promise.race([ended, poll(() => answers(url), { intervalMs: 100 })]);
    const provider = await connect(url, chainId);
    await prepare(provider);
    return { url, child, provider };
  } catch (error) {
    await child.stop();
    throw error;
  } finally {
    ended.catch(() => {});
  }
}

/** Moves the local chain's clock to `timestamp` (unix seconds) with a block; a time that has passed changes nothing. */
export async function travelTo(provider: JsonRpcProvider, timestamp: bigint): Promise<void> {
  if (timestamp <= (await blockTime(provider, "latest"))) return;
  await provider.send("evm_setNextBlockTimestamp", [`0x${timestamp.toString(16)}`]);
  await provider.send("evm_mine", []);
}

/** Gives an account ETH for gas on the local chain. */
export async function setEthBalance(provider: JsonRpcProvider, account: string, wei: bigint): Promise<void> {
  await provider.send("hardhat_setBalance", [account, `0x${wei.toString(16)}`]);
}

async function answers(url: string): Promise<true | undefined> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_chainId", params: [] }),
    });
    return response.ok || undefined;
  } catch (error) {
    if (/fetch failed/u.test(messageOf(error))) return undefined;
    throw error;
  }
}
