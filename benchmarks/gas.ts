// Gas of the money path: the production build on a simulated OP chain, a hundred thousand payees, the second epoch.
import { createHardhatRuntimeEnvironment, importUserConfig } from "hardhat/hre";
import { BATCH, SIGNERS, SUBTREE_HEIGHT, measureGas, type OperationCost } from "../test/rewards/measureGas.ts";
import type { Benchmark, Row } from "./report.ts";

const ACCOUNTS = 100_000;
const FILES = [
  "contracts/rewards/RewardDistributor.sol",
  "contracts/staking/StakeManager.sol",
  "contracts/time/EpochClock.sol",
  "contracts/token/OpenToken.sol",
  "npm:@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol",
];

/** Peers were measured by the same rules (Prague, repeat claim, 100,000 leaves); they are not installed here. */
const rows: Record<OperationCost["operation"], { name: string; target?: number; peer?: string }> = {
  fund: { name: "fund a pool" },
  post: { name: `post a root, ${SIGNERS} signatures`, target: 76_000, peer: "OCR2 91,235 (recorded)" },
  finalise: { name: "finalise a root" },
  claim: { name: "claim", target: 62_000, peer: "Morpho URD 62,126, Uniswap 61,250 (recorded)" },
  claimBatch: {
    name: `claimBatch, per account of ${BATCH}`,
    target: 17_000,
    peer: "independent proofs 27,800 (recorded)",
  },
  distribute: { name: `distribute, per account of ${2 ** SUBTREE_HEIGHT}`, target: 10_000 },
};

export const benchmark: Benchmark = {
  name: "gas",
  seed: 0,
  async *measure() {
    // Own artefacts: the default build stays as it is.
    const config = await importUserConfig(new URL("../hardhat.config.ts", import.meta.url).pathname);
    const paths = { ...config.paths, artifacts: "./cache/production/artifacts", cache: "./cache/production/cache" };
    const hre = await createHardhatRuntimeEnvironment({ ...config, paths });
    await hre.tasks.getTask("build").run({ files: FILES, defaultBuildProfile: "production", quiet: true });
    const connection = await hre.network.create({ network: "default", chainType: "op" });
    for (const { operation, gas, l1Bytes } of await measureGas(connection, ACCOUNTS)) {
      const { name, target, peer } = rows[operation];
      const row: Row = { name, value: Math.round(gas), unit: "gas" };
      yield { ...row, ...(target && { target, comparator: "<=" as const }), ...(peer && { peer }) };
      yield { name: `L1 data of ${name}`, value: Math.round(l1Bytes), unit: "bytes" };
    }
  },
};
