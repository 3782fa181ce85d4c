import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { AbiCoder, type BaseContract, concat, type InterfaceAbi, SigningKey, solidityPacked, toBeHex } from "ethers";
import { keccakBytes, keccakText } from "@openledger/protocol/keccak.ts";
import { fromHex, toHex } from "@openledger/protocol/hex.ts";
import { type Chain, chargeOf, type Charge } from "../../test/rewards/measureGas.ts";
import { peerFolder, type PeerPackage } from "./peerPackages.ts";

const UNISWAP: PeerPackage = {
  name: "@uniswap/merkle-distributor",
  version: "1.0.1",
  integrity: "sha512-5gDiTI5hrXIh5UWTrxKYjw30QQDnpl8ckDSpefldNenDlYO1RKkdUYMYpvrqGi2r7YzLYTlO6+TDlNs6O7hDRw==",
};
const CHAINLINK: PeerPackage = {
  name: "@chainlink/contracts",
  version: "1.5.0",
  integrity: "sha512-1fGJwjvivqAxvVOTqZUEXGR54CATtg0vjcXgSIk4Cfoad2nUhSG/qaWHXjLg1CkNTeOoteoxGQcpP/HiA5HsUA==",
};

interface Artifact {
  readonly abi: InterfaceAbi;
  readonly bytecode: string;
}

/**
 * A repeat claim from Uniswap's MerkleDistributor in the bytecode that was published: `size` leaves, a recipient that holds the
 * token, a word of the bitmap that is in use. Undefined where the package cannot be fetched.
 */
export async function uniswapClaim(chain: Chain, size: number): Promise<Charge | undefined> {
  const folder = peerFolder(UNISWAP);
  if (folder === undefined) return undefined;
  const artifact = (name: string) =>
    JSON.parse(readFileSync(join(folder, "build", `${name}.json`), "utf8")) as Artifact;
  const { ethers } = chain;
  const amount = (index: number) => 10n ** 18n + BigInt(index) * 12_345_678_912_345n;
  const account = (index: number) => `0x${keccakText(`account ${index}`).slice(26)}`;
  const leaf = (index: number) =>
    keccakBytes(fromHex(solidityPacked(["uint256", "address", "uint256"], [index, account(index), amount(index)])));
  const leaves = Array.from({ length: size }, (_, index) => leaf(index));

  const supply = 10n ** 30n;
  const token = await deploy(chain, artifact("TestERC20"), ["Token", "TKN", supply]);
  const distributor = await deploy(chain, artifact("MerkleDistributor"), [token, toHex(prove(leaves, 0).root)]);
  await send(token, "transfer", distributor, supply / 2n);
  await send(token, "transfer", account(0), 1n);
  const claim = (index: number) =>
    send(distributor, "claim", index, account(index), amount(index), prove(leaves, index).proof);
  await claim(1);
  return chargeOf(ethers.provider, claim(0));
}

/**
 * Seven signatures of ten operators, as many as a quorum needs, on a report of seven words whose hash is kept: `transmit` of
 * Chainlink's OCR2, compiled as our contracts are. Undefined where the package cannot be fetched.
 */
export async function ocrTransmit(chain: Chain): Promise<Charge | undefined> {
  const folder = peerFolder(CHAINLINK);
  if (folder === undefined) return undefined;
  const { ethers } = chain;
  const receiver = await deploy(chain, compile("OcrReceiver.sol", "OcrReceiver", folder), []);
  const [operators, faulty, signatures] = [10, 3, 7];
  const keys = Array.from({ length: operators }, (_, i) => new SigningKey(keccakText(`operator ${i}`)));
  const transmitters = (await ethers.getSigners()).slice(0, operators).map(({ address }) => address);
  const signers = keys.map((key) => ethers.computeAddress(key));
  await send(receiver, "setConfig", signers, transmitters, faulty, "0x", 1, "0x");
  const { configDigest } = (await receiver.getFunction("latestConfigDetails")()) as { configDigest: string };
  const transmit = (round: number) => {
    const words = Array.from({ length: 7 }, (_, word) => keccakText(`report ${round} ${word}`));
    const report = AbiCoder.defaultAbiCoder().encode(["bytes32[7]"], [words]);
    const context = [configDigest, toBeHex(round, 32), toBeHex(0, 32)];
    const digest = ethers.keccak256(concat([ethers.keccak256(report), ...context]));
    const signed = keys.slice(0, signatures).map((key) => key.sign(digest));
    const parities = concat([...signed.map(({ yParity }) => toBeHex(yParity, 1)), `0x${"00".repeat(32 - signatures)}`]);
    const [rs, ss] = [signed.map(({ r }) => r), signed.map(({ s }) => s)];
    return send(receiver, "transmit", context, report, rs, ss, parities);
  };
  await transmit(256);
  return chargeOf(ethers.provider, transmit(512));
}

async function deploy({ ethers }: Chain, { abi, bytecode }: Artifact, args: readonly unknown[]): Promise<BaseContract> {
  const [deployer] = await ethers.getSigners();
  const contract = await new ethers.ContractFactory(abi, bytecode, deployer).deploy(...args);
  return contract.waitForDeployment();
}

async function send(contract: BaseContract, name: string, ...args: readonly unknown[]): Promise<{ hash: string }> {
  return await contract.getFunction(name).send(...args);
}

/** Root, and the siblings of a leaf, of the tree of sorted pairs in which what is left over on a level moves up. */
function prove(leaves: readonly Uint8Array[], index: number): { root: Uint8Array; proof: string[] } {
  const proof: string[] = [];
  let level = [...leaves];
  for (let at = index; level.length > 1; at >>= 1) {
    const sibling = level[at ^ 1];
    if (sibling !== undefined) proof.push(toHex(sibling));
    level = Array.from({ length: Math.ceil(level.length / 2) }, (_, i) => {
      const [left, right] = [level[2 * i]!, level[2 * i + 1]];
      if (right === undefined) return left;
      return keccakBytes(Uint8Array.from(Buffer.compare(left, right) < 0 ? [...left, ...right] : [...right, ...left]));
    });
  }
  return { root: level[0]!, proof };
}

/** Compiles a source of this folder against a package, with the settings of the production build. */
function compile(file: string, contract: string, folder: string): Artifact {
  const solc = createRequire(import.meta.url)("solc") as {
    compile(input: string, callbacks: { import(path: string): { contents: string } }): string;
  };
  const settings = {
    evmVersion: "prague",
    viaIR: true,
    optimizer: { enabled: true, runs: 1_000_000 },
    outputSelection: { [file]: { [contract]: ["abi", "evm.bytecode.object"] } },
  };
  const sources = { [file]: { content: readFileSync(new URL(file, import.meta.url), "utf8") } };
  const input = JSON.stringify({ language: "Solidity", sources, settings });
  const found = (path: string) => ({
    contents: readFileSync(join(folder, path.replace(`${CHAINLINK.name}/`, "")), "utf8"),
  });
  const output = JSON.parse(solc.compile(input, { import: found })) as {
    errors?: { severity: string; formattedMessage: string }[];
    contracts?: Record<string, Record<string, { abi: InterfaceAbi; evm: { bytecode: { object: string } } }>>;
  };
  const errors = output.errors?.filter(({ severity }) => severity === "error") ?? [];
  const compiled = output.contracts?.[file]?.[contract];
  if (compiled === undefined) throw new Error(errors.map(({ formattedMessage }) => formattedMessage).join("\n"));
  return { abi: compiled.abi, bytecode: `0x${compiled.evm.bytecode.object}` };
}
