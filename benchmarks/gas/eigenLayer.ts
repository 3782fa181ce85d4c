import { readFileSync } from "node:fs";
import { join } from "node:path";
import { concat, type InterfaceAbi } from "ethers";
import { toHex } from "@openledger/protocol/hex.ts";
import { type Chain, chargeOf, type Charge } from "../../test/rewards/measureGas.ts";
import { accountOf, amountOf, deployToken, hashPacked, orderedPair, prove } from "./payees.ts";
import { type Artifact, deploy, send } from "./peerContracts.ts";
import { peerFolder, type PeerPackage } from "./peerPackages.ts";

const artifactPath = (name: string) => `out/${name}.sol/${name}.json`;
const PACKAGE: PeerPackage = {
  name: "eigenlayer-contracts",
  version: "1.0.4",
  integrity: "sha512-ki5RGwVIMsywbAuSWbkKqdEV8MshrHec68yNsp1jNwZyDRers0t2E0iGYNLQejIGQTSj/FlTDGQNnkRRIQ/9UQ==",
  paths: ["PauserRegistry", "RewardsCoordinator", "TransparentUpgradeableProxy"].map(artifactPath),
};

/** As on Ethereum, in seconds: interval, longest rewards, farthest back and ahead, genesis; delay of a root; commission in bps. */
const PARAMETERS = [604_800, 6_048_000, 14_515_200, 2_592_000, 1_710_979_200] as const;
const ACTIVATION_DELAY = 604_800;
const COMMISSION = 1_000;

/**
 * A repeat claim of one token from EigenLayer's RewardsCoordinator in the bytecode that was published, behind its transparent
 * proxy: `size` earners, the second root after its activation delay, an earner that claimed from the first. Undefined where the
 * package cannot be fetched.
 */
export async function eigenLayerClaim(chain: Chain, size: number): Promise<Charge | undefined> {
  const folder = peerFolder(PACKAGE);
  if (folder === undefined) return undefined;
  const artifact = (name: string): Artifact => {
    const { abi, bytecode } = JSON.parse(readFileSync(join(folder, artifactPath(name)), "utf8")) as {
      abi: InterfaceAbi;
      bytecode: { object: string };
    };
    return { abi, bytecode: bytecode.object };
  };
  const { ethers, networkHelpers } = chain;
  const { time } = networkHelpers;
  const [owner, earner, proxyAdmin, delegation, strategies] = await ethers.getSigners();
  const token = await deployToken(chain);
  const reward = await token.getAddress();

  // Neither roots nor claims call the managers of delegations and strategies.
  const logic = await deploy(chain, artifact("RewardsCoordinator"), [delegation!, strategies!, ...PARAMETERS]);
  const pausers = await deploy(chain, artifact("PauserRegistry"), [[owner!.address], owner!.address]);
  const initial = [owner!.address, await pausers.getAddress(), 0, owner!.address, ACTIVATION_DELAY, COMMISSION];
  const initialize = logic.interface.encodeFunctionData("initialize", initial);
  const proxy = await deploy(chain, artifact("TransparentUpgradeableProxy"), [logic, proxyAdmin!, initialize]);
  const coordinator = logic.attach(await proxy.getAddress());
  await token.transfer(proxy, (await token.totalSupply()) / 2n);

  const leafOf = (account: string, cumulativeEarnings: bigint) => {
    // With a single token the root of an earner's tokens is the token's leaf.
    const tokenLeaf = hashPacked(["uint8", "address", "uint256"], [1, reward, cumulativeEarnings]);
    return { tokenLeaf, leaf: hashPacked(["uint8", "address", "bytes32"], [0, account, tokenLeaf]) };
  };
  const claim = async (rootIndex: number) => {
    const earned = (index: number) => BigInt(rootIndex + 1) * amountOf(index);
    const own = leafOf(earner!.address, earned(0));
    const leaves = Array.from({ length: size }, (_, i) => (i === 0 ? own : leafOf(accountOf(i), earned(i))).leaf);
    const height = Math.ceil(Math.log2(size));
    const padding = Array.from({ length: 2 ** height - size }, () => new Uint8Array(32));
    const { root, proof } = prove([...leaves, ...padding], 0, orderedPair);
    await send(coordinator, "submitRoot", root, await time.latest());
    await time.increase(ACTIVATION_DELAY);
    const merkleClaim = {
      rootIndex,
      earnerIndex: 0,
      earnerTreeProof: concat(proof),
      earnerLeaf: { earner: earner!.address, earnerTokenRoot: toHex(own.tokenLeaf) },
      tokenIndices: [0],
      tokenTreeProofs: ["0x"],
      tokenLeaves: [{ token: reward, cumulativeEarnings: earned(0) }],
    };
    return send(coordinator.connect(earner!), "processClaim", merkleClaim, earner!.address);
  };
  await claim(0);
  return chargeOf(ethers.provider, claim(1));
}
