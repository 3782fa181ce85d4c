import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vi } from "vitest";
import { blockTime } from "../../oracle/chain/blockTime.ts";
import { connectContracts } from "../../oracle/chain/contracts.ts";
import { readDeployment } from "../../oracle/chain/deployment.ts";
import { startLocalNode, travelTo } from "../../oracle/chain/localNode.ts";
import { developmentWallet } from "../../oracle/chain/wallet.ts";
import { allCommands } from "../../oracle/cli/commands.ts";
import { runProgram } from "../../oracle/cli/program.ts";
import { findFreePort } from "../../oracle/common/ports.ts";
import { deploy } from "../../oracle/economy/chain/deploy.ts";

export const CHAIN_ID = 31_337;
export const DAY = 86_400n;

const COMMANDS = await allCommands();

export type DeployedChain = Awaited<ReturnType<typeof startDeployedChain>>;

export const addressOf = (index: number) => developmentWallet(index).address;
/** Options of a command: the key of a development account. */
export const as = (index: number) => ["--dev-account", `${index}`];

/** Runs a command of the command line in this process; its status, and what it printed as JSON. */
export async function runCommand(
  words: readonly string[],
): Promise<{ status: number; result: Record<string, unknown> }> {
  const printed = { out: "", err: "" };
  const [out, err] = [vi.spyOn(process.stdout, "write"), vi.spyOn(process.stderr, "write")];
  out.mockImplementation((text) => ((printed.out += String(text)), true));
  err.mockImplementation((text) => ((printed.err += String(text)), true));
  try {
    const status = await runProgram(["--json", ...words], COMMANDS);
    return { status, result: JSON.parse(printed.out || printed.err) as Record<string, unknown> };
  } finally {
    out.mockRestore();
    err.mockRestore();
  }
}

/** A chain of its own with the protocol on it, as `npx hardhat deploy` deploys it. @param name of its files */
export async function startDeployedChain(name: string) {
  const directory = mkdtempSync(join(tmpdir(), `openledger-${name}-`));
  const port = await findFreePort();
  const deploymentId = `local-${name}-${port}`;
  const node = await startLocalNode(port, CHAIN_ID, join(directory, "chain.log"));
  await deploy(node.url, deploymentId, join(directory, "deploy.log"), new AbortController().signal);
  const deployment = readDeployment(deploymentId, CHAIN_ID);
  const options = ["--rpc", node.url, "--chain-id", `${CHAIN_ID}`, "--deployment", deploymentId];
  return {
    directory,
    node,
    deploymentId,
    deployment,
    contracts: connectContracts(deployment, node.provider),
    /** Contracts as a development account calls them. */
    contractsOf: (index: number) => connectContracts(deployment, developmentWallet(index).connect(node.provider)),
    run: (...words: string[]) => runCommand([...words, ...options]),
    later: async (seconds: bigint) => travelTo(node.provider, (await blockTime(node.provider, "latest")) + seconds),
    close: async () => {
      node.provider.destroy();
      await node.child.stop();
      for (const path of [directory, join("deploy", "deployments", deploymentId)])
        rmSync(path, { recursive: true, force: true });
    },
  };
}
