// Gas of the money path: the production build on a simulated OP chain, a hundred thousand payees, the second epoch.
import { createHardhatRuntimeEnvironment, importUserConfig } from "hardhat/hre";
import {
  BATCH,
  type Chain,
  type Charge,
  measureGas,
  type OperationCost,
  setScalars,
  SIGNERS,
  SUBTREE_HEIGHT,
} from "../test/rewards/measureGas.ts";
import { ocrTransmit, uniswapClaim } from "./gas/peers.ts";
import type { Benchmark, Row } from "./report.ts";

const ACCOUNTS = 100_000;
const FILES = [
  "contracts/rewards/RewardDistributor.sol",
  "contracts/staking/StakeManager.sol",
  "contracts/time/EpochClock.sol",
  "contracts/token/OpenToken.sol",
  "npm:@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol",
];

interface Operation {
  readonly name: string;
  readonly target?: number;
  /** Figures of others by the same rules (Prague, repeat claim, 100,000 leaves) that are not on the npm registry. */
  readonly recorded?: string;
}

const operations: Record<OperationCost["operation"], Operation> = {
  fund: { name: "fund a pool" },
  post: { name: `post a root, ${SIGNERS} signatures`, target: 76_000 },
  finalise: { name: "finalise a root" },
  claim: {
    name: "claim",
    target: 62_000,
    recorded: "Morpho URD 62,126, Merkl 88,336, EigenLayer 93,439 (recorded)",
  },
  claimBatch: {
    name: `claimBatch, per account of ${BATCH}`,
    target: 17_000,
    recorded: "independent proofs 27,800 (recorded)",
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
    const typechain = { ...config.typechain, outDir: "./cache/production/typechain-types" };
    const hre = await createHardhatRuntimeEnvironment({ ...config, paths, typechain });
    await hre.tasks.getTask("build").run({ files: FILES, defaultBuildProfile: "production", quiet: true });
    const connect = () => hre.network.create({ network: "default", chainType: "op" });
    const peers = await peersOn(await connect());
    for (const { operation, gas, l1Bytes } of await measureGas(await connect(), ACCOUNTS)) {
      const { name, target, recorded } = operations[operation];
      const measured = peers[operation];
      const named = (figure: (charge: Charge) => number) =>
        measured && `${measured.name} ${Math.round(figure(measured.charge)).toLocaleString("en")}`;
      const peer = [named((charge) => charge.gas) ?? offline[operation], recorded].filter(Boolean).join(", ");
      const row: Row = { name, value: Math.round(gas), unit: "gas" };
      yield { ...row, ...(target && { target, comparator: "<=" as const }), ...(peer && { peer }) };
      const data = named((charge) => charge.l1Bytes);
      yield { name: `L1 data of ${name}`, value: Math.round(l1Bytes), unit: "bytes", ...(data && { peer: data }) };
    }
  },
};

/** What is shown of a peer that cannot be fetched. */
const offline: Partial<Record<OperationCost["operation"], string>> = {
  claim: "Uniswap 61,250 (recorded)",
  post: "OCR2 91,235 (recorded)",
};

/** Peers from the npm registry, measured in this run. */
async function peersOn(chain: Chain) {
  await setScalars(chain);
  const peers: Partial<Record<OperationCost["operation"], { name: string; charge: Charge }>> = {};
  const claim = await uniswapClaim(chain, ACCOUNTS);
  if (claim) peers.claim = { name: "Uniswap", charge: claim };
  const post = await ocrTransmit(chain);
  if (post) peers.post = { name: "OCR2", charge: post };
  return peers;
}
