import { readFileSync } from "node:fs";
import { join } from "node:path";
import { AbiCoder, ZeroHash } from "ethers";
import { fromHex } from "@openledger/protocol/hex.ts";
import { keccakBytes, keccakText } from "@openledger/protocol/keccak.ts";
import { type Chain, chargeOf, type Charge } from "../../test/rewards/measureGas.ts";
import { accountOf, amountOf, deployToken, prove, sortedPair } from "./payees.ts";
import { deploy, send } from "./peerContracts.ts";
import { peerFolder, type PeerPackage } from "./peerPackages.ts";

/** The bundlers' package has the distributor's factory among those of its dependencies. */
const FACTORY = "types/factories/lib/universal-rewards-distributor/src/UniversalRewardsDistributor__factory.js";
const PACKAGE: PeerPackage = {
  name: "@morpho-org/morpho-blue-bundlers",
  version: "1.1.2",
  integrity: "sha512-LdxnmFXZKS0kqr6BbFD3tGh0ECuNBT8N5iKrMs9ijstbs4t9pa+pEMd4msX5PVNCWAx377eJQ+SGNgnGjnJqug==",
  paths: [FACTORY],
};

const ABI = [
  "constructor(address initialOwner, uint256 initialTimelock, bytes32 initialRoot, bytes32 initialIpfsHash)",
  "function submitRoot(bytes32 newRoot, bytes32 newIpfsHash)",
  "function acceptRoot()",
  "function claim(address account, address reward, uint256 claimable, bytes32[] proof)",
];
/** Of a root, in seconds: three days. */
const TIMELOCK = 3n * 86_400n;

/**
 * A repeat claim from Morpho's UniversalRewardsDistributor in the bytecode that was published: `size` leaves, the second root
 * after its timelock, an account that claimed from the first. Undefined where the package cannot be fetched.
 */
export async function morphoClaim(chain: Chain, size: number): Promise<Charge | undefined> {
  const folder = peerFolder(PACKAGE);
  if (folder === undefined) return undefined;
  const bytecode = /_bytecode = "(0x[0-9a-f]+)"/u.exec(readFileSync(join(folder, FACTORY), "utf8"))?.[1];
  if (bytecode === undefined) throw new Error(`${FACTORY} of ${PACKAGE.name} has no bytecode.`);

  const { ethers, networkHelpers } = chain;
  const [owner] = await ethers.getSigners();
  const token = await deployToken(chain);
  const reward = await token.getAddress();
  const distributor = await deploy(chain, { abi: ABI, bytecode }, [owner!, TIMELOCK, ZeroHash, ZeroHash]);
  await token.transfer(distributor, (await token.totalSupply()) / 2n);

  const claim = async (epochs: bigint) => {
    const leaf = (index: number) => {
      const values = [accountOf(index), reward, epochs * amountOf(index)];
      const encoded = AbiCoder.defaultAbiCoder().encode(["address", "address", "uint256"], values);
      return keccakBytes(keccakBytes(fromHex(encoded)));
    };
    const leaves = Array.from({ length: size }, (_, index) => leaf(index));
    const { root, proof } = prove(leaves, 0, sortedPair);
    await send(distributor, "submitRoot", root, keccakText(`list ${epochs}`));
    await networkHelpers.time.increase(TIMELOCK);
    await send(distributor, "acceptRoot");
    return send(distributor, "claim", accountOf(0), reward, epochs * amountOf(0), proof);
  };
  await claim(1n);
  return chargeOf(ethers.provider, claim(2n));
}
