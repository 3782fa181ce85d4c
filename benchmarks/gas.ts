// Gas of the money path: the production build on a simulated OP chain, a hundred thousand payees, the second epoch.
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
import { eigenLayerClaim } from "./gas/eigenLayer.ts";
import { claimInOpen } from "./gas/inOpen.ts";
import { morphoClaim } from "./gas/morpho.ts";
import { ocrTransmit } from "./gas/ocr.ts";
import { productionBuild } from "./gas/productionBuild.ts";
import { uniswapClaim } from "./gas/uniswap.ts";
import type { Benchmark, Row } from "./report.ts";

const ACCOUNTS = 100_000;
const FILES = [
  "contracts/gas/OpenAccount.sol",
  "contracts/gas/OpenPaymaster.sol",
  "contracts/rewards/RewardDistributor.sol",
  "contracts/staking/StakeManager.sol",
  "contracts/time/EpochClock.sol",
  "contracts/token/OpenToken.sol",
  "npm:@openzeppelin/contracts/interfaces/IERC4337.sol",
  "npm:@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol",
];

/** Another distributor or verifier, by the same rules: Prague, repeat use, 100,000 leaves. */
interface Peer {
  readonly name: string;
  /** Gas that was measured elsewhere, shown where it is not measured in this run. */
  readonly recorded: number;
  /** Absent where no published package has it; its result is undefined where the package cannot be fetched. */
  readonly measure?: (chain: Chain, size: number) => Promise<Charge | undefined>;
}

interface Operation {
  readonly name: string;
  readonly target?: number;
  readonly peers?: readonly Peer[];
}

const operations: Record<OperationCost["operation"], Operation> = {
  fund: { name: "fund a pool" },
  post: {
    name: `post a root, ${SIGNERS} signatures`,
    target: 80_000,
    peers: [{ name: "OCR2", recorded: 91_235, measure: ocrTransmit }],
  },
  finalize: { name: "finalize a root" },
  claim: {
    name: "claim",
    target: 62_000,
    peers: [
      { name: "Uniswap", recorded: 61_250, measure: uniswapClaim },
      { name: "Morpho URD", recorded: 62_126, measure: morphoClaim },
      { name: "Merkl", recorded: 88_336 },
      { name: "EigenLayer", recorded: 93_439, measure: eigenLayerClaim },
    ],
  },
  claimBatch: {
    name: `claimBatch, per account of ${BATCH}`,
    target: 17_000,
    peers: [{ name: "independent proofs", recorded: 27_800 }],
  },
  claimSubtree: { name: `claimBatch that fills a subtree, per account of ${2 ** SUBTREE_HEIGHT}`, target: 17_000 },
};

export const benchmark: Benchmark = {
  name: "gas",
  seed: 0,
  async *measure() {
    const hre = await productionBuild(FILES);
    const connect = () => hre.network.create({ network: "default", chainType: "op" });
    for (const { operation, gas, l1Bytes } of await measureGas(await connect(), ACCOUNTS)) {
      const { name, target, peers = [] } = operations[operation];
      const theirs = [];
      for (const peer of peers) theirs.push({ ...peer, charge: await chargeOfPeer(peer, await connect()) });
      const shown = theirs.map((peer) =>
        peer.charge ? `${peer.name} ${count(peer.charge.gas)}` : `${peer.name} ${count(peer.recorded)} (recorded)`,
      );
      const row: Row = { name, value: Math.round(gas), unit: "gas" };
      const peer = shown.join(", ");
      yield { ...row, ...(target && { target, comparator: "<=" as const }), ...(peer && { peer }) };
      const data = theirs
        .flatMap(({ name, charge }) => (charge ? [`${name} ${count(charge.l1Bytes)}`] : []))
        .join(", ");
      yield { name: `L1 data of ${name}`, value: Math.round(l1Bytes), unit: "bytes", ...(data && { peer: data }) };
    }
    const inOpen = await claimInOpen(await connect(), ACCOUNTS);
    yield { name: "first claim, its gas paid in OPEN out of it", value: inOpen.gas, unit: "gas" };
    yield { name: "L1 data of first claim, its gas paid in OPEN", value: Math.round(inOpen.l1Bytes), unit: "bytes" };
  },
};

async function chargeOfPeer({ measure }: Peer, chain: Chain): Promise<Charge | undefined> {
  if (measure === undefined) return undefined;
  await setScalars(chain);
  return measure(chain, ACCOUNTS);
}

const count = (value: number): string => Math.round(value).toLocaleString("en");
