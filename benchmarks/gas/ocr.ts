import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { AbiCoder, concat, type InterfaceAbi, SigningKey, toBeHex } from "ethers";
import { keccakText } from "@openledger/protocol/keccak.ts";
import { type Chain, chargeOf, type Charge } from "../../test/rewards/measureGas.ts";
import { type Artifact, deploy, send } from "./peerContracts.ts";
import { peerFolder, type PeerPackage } from "./peerPackages.ts";

const PACKAGE: PeerPackage = {
  name: "@chainlink/contracts",
  version: "1.5.0",
  integrity: "sha512-1fGJwjvivqAxvVOTqZUEXGR54CATtg0vjcXgSIk4Cfoad2nUhSG/qaWHXjLg1CkNTeOoteoxGQcpP/HiA5HsUA==",
  paths: ["src/v0.8/shared"],
};

/**
 * Seven signatures of ten operators, as many as a quorum needs, on a report of seven words whose hash is kept: `transmit` of
 * Chainlink's OCR2, compiled as our contracts are. Undefined where the package cannot be fetched.
 */
export async function ocrTransmit(chain: Chain): Promise<Charge | undefined> {
  const folder = peerFolder(PACKAGE);
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
    contents: readFileSync(join(folder, path.replace(`${PACKAGE.name}/`, "")), "utf8"),
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
