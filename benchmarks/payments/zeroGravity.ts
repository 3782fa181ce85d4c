import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Chain, chargeOf, setScalars } from "../../test/rewards/measureGas.ts";
import { deploy, send } from "../gas/peerContracts.ts";
import { peerFolder, type PeerPackage } from "../gas/peerPackages.ts";
import { CLAIMED_TOGETHER } from "./channels.ts";

const FOLDER = "lib.commonjs";
const INFERENCE = `${FOLDER}/inference/contract/typechain/factories/InferenceServing__factory.js`;
const LEDGER = `${FOLDER}/ledger/contract/typechain/factories/LedgerManager__factory.js`;
const PACKAGE: PeerPackage = {
  name: "@0glabs/0g-serving-broker",
  version: "2.0.0",
  integrity: "sha512-m75OjKnc1r7FgDX/zv8rlbIbKv0JRMgdIJEdiwfRF4F4GMoHC4PKb1L2eBVXAJMJ183gBBcnGTUjzRb1VdMy1g==",
  paths: [INFERENCE, LEDGER],
};
const ABI = {
  inference: [
    "function initialize(uint256 lockTime, address batchVerifier, address ledger, address owner)",
    "function settleFees((uint256[] inProof, uint256[] proofInputs, uint256 numChunks, uint256[] segmentSize) verifierInput)",
  ],
  ledger: [
    "function initialize(address inference, address fineTuning, address owner)",
    "function addLedger(uint256[2] inferenceSigner, string additionalInfo) payable returns (uint256, uint256)",
    "function transferFund(address provider, string serviceType, uint256 amount)",
  ],
};
/** Returns true to everything: the verifier of 0G's proofs is in no package. */
const ACCEPTS_ALL = "0x60015f5260205ff3";
const VERIFIER = "0x0000000000000000000000000000000000000609";
const [LOCK_TIME, DEPOSIT, COST] = [86_400n, 10n ** 16n, 10n ** 15n];
/** A key on the curve that the proofs are over; nobody checks it without a verifier. */
const SIGNER = [123_456_789n, 987_654_321n] as const;

/** What 0G's accounts cost without their proofs. */
export interface AccountCosts {
  /** A user's ledger, and its account with one provider. */
  readonly deposit: number;
  /** An account's part of a settlement of {@link CLAIMED_TOGETHER}, a proof that nobody checked. */
  readonly settlement: number;
}

/** Accounts of 0G's inference market in the bytecode that was published. Undefined where the package cannot be fetched. */
export async function zeroGravity(chain: Chain): Promise<AccountCosts | undefined> {
  const folder = peerFolder(PACKAGE);
  if (folder === undefined) return undefined;
  await setScalars(chain);
  const { ethers } = chain;
  const artifact = (path: string, abi: string[]) => {
    const bytecode = /_bytecode = ['"](0x[0-9a-f]+)['"]/u.exec(readFileSync(join(folder, path), "utf8"))?.[1];
    if (bytecode === undefined) throw new Error(`${path} of ${PACKAGE.name} has no bytecode.`);
    return { abi, bytecode };
  };
  const [owner, provider] = await ethers.getSigners();
  const inference = await deploy(chain, artifact(INFERENCE, ABI.inference), []);
  const ledger = await deploy(chain, artifact(LEDGER, ABI.ledger), []);
  await ethers.provider.send("hardhat_setCode", [VERIFIER, ACCEPTS_ALL]);
  const other = ethers.ZeroAddress;
  await send(inference, "initialize", LOCK_TIME, VERIFIER, await ledger.getAddress(), owner!.address);
  await send(ledger, "initialize", await inference.getAddress(), other, owner!.address);

  const gasOf = async (sent: Promise<{ hash: string }>) => (await chargeOf(ethers.provider, sent)).gas;
  let deposits = 0;
  const rows: bigint[] = [];
  for (let i = 0; i < CLAIMED_TOGETHER; i++) {
    const user = ethers.Wallet.createRandom().connect(ethers.provider);
    await ethers.provider.send("hardhat_setBalance", [user.address, `0x${(10n ** 18n).toString(16)}`]);
    const own = ledger.connect(user);
    deposits += await gasOf(own.getFunction("addLedger").send([...SIGNER], "", { value: DEPOSIT }));
    deposits += await gasOf(send(own, "transferFund", provider!.address, "inference", DEPOSIT));
    // of user, provider, first and last nonce, cost, and the user's key
    rows.push(BigInt(user.address), BigInt(provider!.address), 1n, 10n, COST, ...SIGNER);
  }
  const width = rows.length / CLAIMED_TOGETHER;
  const segments = Array.from({ length: CLAIMED_TOGETHER }, () => width);
  const proof = {
    inProof: Array.from({ length: 8 }, () => 1n),
    proofInputs: rows,
    numChunks: CLAIMED_TOGETHER,
    segmentSize: segments,
  };
  const settlement = await gasOf(send(inference.connect(provider!), "settleFees", proof));
  return { deposit: deposits / CLAIMED_TOGETHER, settlement: settlement / CLAIMED_TOGETHER };
}
