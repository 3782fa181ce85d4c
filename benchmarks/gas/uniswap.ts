import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Chain, chargeOf, type Charge } from "../../test/rewards/measureGas.ts";
import { accountOf, amountOf, deployToken, hashPacked, prove, sortedPair } from "./payees.ts";
import { type Artifact, deploy, send } from "./peerContracts.ts";
import { peerFolder, type PeerPackage } from "./peerPackages.ts";

const PACKAGE: PeerPackage = {
  name: "@uniswap/merkle-distributor",
  version: "1.0.1",
  integrity: "sha512-5gDiTI5hrXIh5UWTrxKYjw30QQDnpl8ckDSpefldNenDlYO1RKkdUYMYpvrqGi2r7YzLYTlO6+TDlNs6O7hDRw==",
  paths: ["build"],
};

/**
 * A claim from Uniswap's MerkleDistributor in the bytecode that was published: `size` leaves, a recipient that holds the token, a
 * word of the bitmap that is in use. Undefined where the package cannot be fetched.
 */
export async function uniswapClaim(chain: Chain, size: number): Promise<Charge | undefined> {
  const folder = peerFolder(PACKAGE);
  if (folder === undefined) return undefined;
  const artifact = JSON.parse(readFileSync(join(folder, "build/MerkleDistributor.json"), "utf8")) as Artifact;
  const leaf = (index: number) =>
    hashPacked(["uint256", "address", "uint256"], [index, accountOf(index), amountOf(index)]);
  const leaves = Array.from({ length: size }, (_, index) => leaf(index));

  const token = await deployToken(chain);
  const distributor = await deploy(chain, artifact, [token, prove(leaves, 0, sortedPair).root]);
  await token.transfer(distributor, (await token.totalSupply()) / 2n);
  await token.transfer(accountOf(0), 1n);
  const claim = (index: number) =>
    send(distributor, "claim", index, accountOf(index), amountOf(index), prove(leaves, index, sortedPair).proof);
  await claim(1);
  return chargeOf(chain.ethers.provider, claim(0));
}
