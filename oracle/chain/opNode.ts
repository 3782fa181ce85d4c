import { existsSync } from "node:fs";
import { join } from "node:path";
import { startChild } from "../common/childProcess.ts";
import { MachineError } from "../common/errors.ts";
import { REPOSITORY } from "./artifacts.ts";
import { type L1Attributes, MAINNET_SCALARS, setL1Attributes } from "./l1Attributes.ts";
import { type LocalNode, whenItAnswers } from "./localNode.ts";

const PACKAGES = join(REPOSITORY, "node_modules", "@foundry-rs");
/** Anvil's names of what Node calls x64; the others are the same. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "amd64" };

/** Layer 1 at 1 gwei, and an operator that takes two wei per gas, which no public chain does today: so that both can be seen. */
export const DEVNET_ATTRIBUTES: L1Attributes = {
  ...MAINNET_SCALARS,
  baseFee: 10n ** 9n,
  blobBaseFee: 1n,
  operatorFeeScalar: 2_000_000n,
  operatorFeeConstant: 100_000n,
};

/** Wei per gas in the first block, as public OP chains have it. */
const BASE_FEE = 1_000_000;

/** Why anvil cannot be started here; undefined when it can. */
export function anvilIsMissing(): string | undefined {
  const name = `anvil-${process.platform}-${ARCHITECTURES[process.arch] ?? process.arch}`;
  return existsSync(join(PACKAGES, name)) ? undefined : `no @foundry-rs/${name} in node_modules`;
}

/**
 * Starts anvil as an OP chain (Isthmus) on loopback and waits until it answers. Unlike Hardhat's simulated chain it charges the
 * operator's fee, and takes deposit transactions and authorizations of EIP-7702.
 *
 * @param genesisTime unix seconds: with the same one, the same transactions make the same blocks
 * @throws MachineError where its program is not installed
 */
export async function startOpNode(
  port: number,
  chainId: number,
  logFile: string,
  genesisTime = Math.floor(Date.now() / 1_000),
): Promise<LocalNode> {
  const missing = anvilIsMissing();
  if (missing !== undefined) {
    throw new MachineError("anvil is not installed", {
      value: missing,
      limit: "the package that is built for this platform, in package-lock.json",
      remedy: "npm ci",
    });
  }
  const child = startChild({
    name: "chain",
    script: join(PACKAGES, "anvil", "bin.mjs"),
    args: [
      ...["--network", "optimism", "--hardfork", "isthmus", "--chain-id", `${chainId}`, "--port", `${port}`],
      ...["--timestamp", `${genesisTime}`, "--base-fee", `${BASE_FEE}`],
    ],
    cwd: REPOSITORY,
    environment: { TARGET_TOOL: "anvil" },
    logFile,
  });
  return whenItAnswers(child, port, chainId, (provider) => setL1Attributes(provider, DEVNET_ATTRIBUTES));
}
