import { expect } from "chai";
import { network } from "hardhat";
import { type SigningKey, concat, dataLength, dataSlice, toBeHex } from "ethers";
import { asAddress, type Address } from "@openledger/protocol/hex.ts";
import { keccakText } from "@openledger/protocol/keccak.ts";
import { memberOf, type QuorumSnapshot } from "@openledger/protocol/quorum/members.ts";
import { packQuorumProof } from "@openledger/protocol/quorum/proof.ts";
import {
  DAY,
  OPEN,
  Role,
  STAKE_PARAMETERS,
  addOperators,
  deployStaking,
  signDigest,
} from "../rewards/deployRewards.ts";
import type { StakeManager } from "../../typechain-types/index.ts";
import { possessionOf } from "./possession.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const { time } = networkHelpers;

const DIGEST = keccakText("what the operators agree on");
/** Six operators with equal stake: two thirds are 4 of them, so a quorum is 5. */
async function deploy() {
  const staking = await deployStaking(ethers);
  const operators = await addOperators(staking, (await ethers.getSigners()).slice(10, 16), () => 10_000n * OPEN);
  await time.increase(DAY);
  await staking.stakes.snapshotQuorum();
  const { stakes } = staking;
  const sign = (count: number) => signDigest(stakes, DIGEST, operators.slice(0, count));
  const verify = (proof: string) => stakes.verifyQuorum(DIGEST, proof);
  return { ...staking, operators, sign, verify };
}

async function snapshotOf(stakes: StakeManager, snapshotId: bigint): Promise<QuorumSnapshot> {
  const { members, denominator } = await stakes.quorumOf(snapshotId);
  return { snapshotId, members: members.map(memberOf), denominator };
}

const HEADER = 28;
/** Bytes of an entry that is a weight and a signature. */
const ENTRY = 76;

/** `length` bytes of a proof from `at` on, replaced. */
function replaced(proof: string, at: number, by: string): string {
  return concat([dataSlice(proof, 0, at), by, dataSlice(proof, at + dataLength(by))]);
}

/** The signature of member `place` of a proof that all members signed. */
function signatureAt(proof: string, place: number): string {
  const from = HEADER + place * ENTRY;
  return dataSlice(proof, from + 12, from + ENTRY);
}

function withSignature(proof: string, place: number, signature: string): string {
  return replaced(proof, HEADER + place * ENTRY + 12, signature);
}

function withHeader(proof: string, header: { snapshotId?: bigint; signers?: bigint; contracts?: bigint }): string {
  const { snapshotId = 1n, signers = 0b111111n, contracts = 0n } = header;
  const denominator = dataSlice(proof, 8, 20);
  return replaced(proof, 0, concat([toBeHex(snapshotId, 8), denominator, toBeHex(signers, 4), toBeHex(contracts, 4)]));
}

describe("quorum", () => {
  it("accepts more than two thirds of the weight", async () => {
    const { sign, verify } = await networkHelpers.loadFixture(deploy);
    expect([...(await verify(await sign(6)))]).to.deep.equal([1n, 0b111111n]);
    const [snapshotId, signers] = await verify(await sign(5));
    expect([snapshotId, signers.toString(2).replaceAll("0", "").length]).to.deep.equal([1n, 5]);
  });

  it("accepts five sevenths of the weight", async () => {
    const { stakes, token, owner, operators, verify } = await networkHelpers.loadFixture(deploy);
    const { account } = operators[0]!;
    await token.connect(owner).transfer(account, 10_000n * OPEN);
    await token.connect(account).approve(stakes, ethers.MaxUint256);
    await stakes.connect(account).stake(Role.Oracle, account, 10_000n * OPEN, 0, 1_000);
    await time.increase(STAKE_PARAMETERS.snapshotInterval);
    await stakes.snapshotQuorum();
    await verify(await signDigest(stakes, DIGEST, operators.slice(0, 4)));
  });

  it("refuses exactly two thirds", async () => {
    const { stakes, sign, verify } = await networkHelpers.loadFixture(deploy);
    await expect(verify(await sign(4)))
      .to.be.revertedWithCustomError(stakes, "QuorumTooLittleWeight")
      .withArgs(40_000n * OPEN, 60_000n * OPEN);
  });

  it("refuses fewer signers than the snapshot demands, whatever their weight", async () => {
    const deployed = await networkHelpers.loadFixture(deploy);
    const { stakes, token, owner, operators, verify } = deployed;
    const whale = operators[0]!;
    await token.connect(owner).transfer(whale.account, 10_000_000n * OPEN);
    await token.connect(whale.account).approve(stakes, ethers.MaxUint256);
    await stakes.connect(whale.account).stake(Role.Oracle, whale.account, 10_000_000n * OPEN, 0, 1_000);
    await time.increase(STAKE_PARAMETERS.snapshotInterval);
    await stakes.snapshotQuorum();
    await expect(verify(await signDigest(stakes, DIGEST, operators.slice(0, 2))))
      .to.be.revertedWithCustomError(stakes, "QuorumTooFewSigners")
      .withArgs(2, 3);
    await verify(await signDigest(stakes, DIGEST, operators.slice(0, 3)));
  });

  it("refuses no signatures at all", async () => {
    const { stakes, sign, verify } = await networkHelpers.loadFixture(deploy);
    await expect(verify(await sign(0)))
      .to.be.revertedWithCustomError(stakes, "QuorumTooFewSigners")
      .withArgs(0, 3);
  });

  it("refuses members that are not the snapshot's", async () => {
    const { stakes, sign, verify } = await networkHelpers.loadFixture(deploy);
    const [proof, none] = [await sign(6), await sign(0)];
    const entry = (i: number) => dataSlice(none, HEADER + 32 * i, HEADER + 32 * (i + 1));
    const header = dataSlice(none, 0, HEADER);
    const entries = [0, 1, 2, 3, 4, 5].map(entry);
    const others = [
      // Another weight of a member that signed, and of one that did not.
      replaced(proof, HEADER + 11, toBeHex(1n, 1)),
      replaced(none, HEADER + 31, toBeHex(1n, 1)),
      concat([header, ...entries.slice(1)]),
      concat([header, ...entries.toReversed()]),
      header,
    ];
    for (const other of others) {
      await expect(verify(other)).to.be.revertedWithCustomError(stakes, "QuorumMismatch").withArgs(1);
    }
    for (const snapshotId of [0n, 2n, 1n << 63n]) {
      await expect(verify(withHeader(proof, { snapshotId })))
        .to.be.revertedWithCustomError(stakes, "QuorumUnknownSnapshot")
        .withArgs(snapshotId);
    }
  });

  it("refuses a signer beyond the last member", async () => {
    const { stakes, sign, verify } = await networkHelpers.loadFixture(deploy);
    const proof = await sign(6);
    for (const bit of [6n, 31n]) {
      for (const header of [{ signers: 0b111111n | (1n << bit) }, { contracts: 1n << bit }]) {
        await expect(verify(withHeader(proof, header))).to.be.revertedWithCustomError(stakes, "QuorumUnknownSigner");
      }
    }
  });

  it("refuses a signature over something else, by somebody else, or malformed", async () => {
    const { stakes, operators, sign, verify } = await networkHelpers.loadFixture(deploy);
    const proof = await sign(6);
    const other = await signDigest(stakes, keccakText("something else"), operators);
    for (const signature of [signatureAt(proof, 0), signatureAt(other, 2), "0x" + "00".repeat(64)]) {
      await expect(verify(withSignature(proof, 2, signature)))
        .to.be.revertedWithCustomError(stakes, "QuorumMismatch")
        .withArgs(1);
    }
  });

  it("refuses more or fewer bytes than its members take", async () => {
    const { stakes, sign, verify } = await networkHelpers.loadFixture(deploy);
    const proof = await sign(6);
    const length = dataLength(proof);
    const wrong = ["0x", ...[8, HEADER, length - ENTRY, length - 1].map((end) => dataSlice(proof, 0, end))];
    for (const bytes of [...wrong, concat([proof, "0x00"]), concat([proof, "0x" + "00".repeat(ENTRY)])]) {
      await expect(verify(bytes)).to.be.revertedWithCustomError(
        stakes,
        dataLength(bytes) < 8 ? "QuorumUnknownSnapshot" : "QuorumMismatch",
      );
    }
  });

  it("refuses an expired snapshot from its last second on", async () => {
    const { stakes, sign, verify } = await networkHelpers.loadFixture(deploy);
    const proof = await sign(6);
    const { takenAt } = await stakes.quorumOf(1n);
    const expiresAt = takenAt + STAKE_PARAMETERS.snapshotLifetime;
    await time.increaseTo(expiresAt - 1n);
    await verify(proof);
    await time.increaseTo(expiresAt);
    await expect(verify(proof)).to.be.revertedWithCustomError(stakes, "QuorumExpired").withArgs(expiresAt);
  });

  it("refuses contracts that do not confirm, wherever they stand, and counts their weight once", async () => {
    const { stakes, operators, verify } = await networkHelpers.loadFixture(deploy);
    // The lowest signers, so the first members.
    const contracts = [0x1271, 0x1272].map((low) => asAddress(toBeHex(low, 20)));
    for (const [i, contract] of contracts.entries()) {
      const { key, account } = operators[i]!;
      const wallet = await ethers.deployContract("KeyWallet", [key.address]);
      await networkHelpers.setCode(contract, (await wallet.getDeployedCode())!);
      const agreed = await possessionOf(stakes, key, account.address, Role.Oracle, { signer: contract });
      await stakes.connect(account).rotateSigner(Role.Oracle, contract, ...agreed);
    }
    await time.increase(STAKE_PARAMETERS.snapshotInterval);
    await stakes.snapshotQuorum();
    const snapshot = await snapshotOf(stakes, 2n);
    const keys = operators.map(({ key }) => key.signingKey);
    const pack = (signers: number, keyOf = (i: number) => keys[i]!) => {
      const signerOf = (i: number) => contracts[i] ?? asAddress(operators[i]!.key.address);
      const signatures = new Map(
        keys.slice(0, signers).map((_, i) => [signerOf(i), keyOf(i).sign(DIGEST).serialized] as const),
      );
      return packQuorumProof(snapshot, signatures, new Set(contracts));
    };
    await verify(pack(5));
    await expect(verify(pack(4)))
      .to.be.revertedWithCustomError(stakes, "QuorumTooLittleWeight")
      .withArgs(40_000n * OPEN, 60_000n * OPEN);
    for (const place of [0, 1]) {
      await expect(verify(pack(6, (i) => keys[i === place ? 5 : i]!)))
        .to.be.revertedWithCustomError(stakes, "QuorumInvalidSignature")
        .withArgs(place);
    }
  });

  it("refuses a contract that does not confirm where it alone is one, and the first member", async () => {
    const { stakes, operators, verify } = await networkHelpers.loadFixture(deploy);
    const wallet = await ethers.deployContract("KeyWallet", [operators[0]!.key.address]);
    const first = asAddress(toBeHex(0x1271, 20));
    await networkHelpers.setCode(first, (await wallet.getDeployedCode())!);
    const { key, account } = operators[0]!;
    const agreed = await possessionOf(stakes, key, account.address, Role.Oracle, { signer: first });
    await stakes.connect(account).rotateSigner(Role.Oracle, first, ...agreed);
    await time.increase(STAKE_PARAMETERS.snapshotInterval);
    await stakes.snapshotQuorum();
    const signatures = new Map(
      operators.slice(1).map(({ key }) => [asAddress(key.address), key.signingKey.sign(DIGEST).serialized]),
    ).set(first, operators[1]!.key.signingKey.sign(DIGEST).serialized);
    await expect(verify(packQuorumProof(await snapshotOf(stakes, 2n), signatures, new Set([first]))))
      .to.be.revertedWithCustomError(stakes, "QuorumInvalidSignature")
      .withArgs(0);
  });

  it("takes an ERC-1271 contract for a signer, and the key of an account with EIP-7702 code", async () => {
    const { stakes, operators, sign, verify } = await networkHelpers.loadFixture(deploy);
    const [first, second] = operators;
    const wallet = await ethers.deployContract("KeyWallet", [first!.key.address]);
    const signer = await wallet.getAddress();
    const agreed = await possessionOf(stakes, first!.key, first!.account.address, Role.Oracle, { signer });
    await stakes.connect(first!.account).rotateSigner(Role.Oracle, signer, ...agreed);
    await networkHelpers.setCode(second!.key.address, concat(["0xef0100", await wallet.getAddress()]));
    await time.increase(STAKE_PARAMETERS.snapshotInterval);
    await stakes.snapshotQuorum();

    const snapshotId = await stakes.latestSnapshot();
    const snapshot = await snapshotOf(stakes, snapshotId);
    const { members } = snapshot;
    const contract = asAddress(signer);
    const keyOf = new Map<Address, SigningKey>(
      operators.map(({ key }) => [asAddress(key.address), key.signingKey] as const),
    ).set(contract, first!.key.signingKey);
    const pack = (signers: readonly Address[], signatureOf = (signer: Address) => keyOf.get(signer)!.sign(DIGEST)) => {
      const signatures = new Map(signers.map((signer) => [signer, signatureOf(signer).serialized]));
      return packQuorumProof(snapshot, signatures, new Set([contract]));
    };
    const everybody = members.map(({ signer }) => signer);
    expect([...(await verify(pack(everybody)))]).to.deep.equal([snapshotId, 0b111111n]);

    // Also where members before the contract did not sign.
    const absent = everybody[0] === contract ? everybody[1] : everybody[0];
    await verify(pack(everybody.filter((signer) => signer !== absent)));

    const place = everybody.indexOf(contract);
    const stranger = operators[3]!.key.signingKey.sign(DIGEST);
    await expect(
      verify(pack(everybody, (signer) => (signer === contract ? stranger : keyOf.get(signer)!.sign(DIGEST)))),
    )
      .to.be.revertedWithCustomError(stakes, "QuorumInvalidSignature")
      .withArgs(place);
    // The contract's signature does not count for a key, nor for a member that is not among the signers.
    const signatures = new Map(everybody.map((signer) => [signer, keyOf.get(signer)!.sign(DIGEST).serialized]));
    await expect(verify(packQuorumProof(snapshot, signatures)))
      .to.be.revertedWithCustomError(stakes, "QuorumMismatch")
      .withArgs(snapshotId);
    const bit = 1n << BigInt(place);
    await expect(verify(withHeader(pack(everybody), { snapshotId, signers: 0b111111n ^ bit, contracts: bit })))
      .to.be.revertedWithCustomError(stakes, "QuorumInvalidSignature")
      .withArgs(place);
    await expect(verify(await sign(0))).to.be.revertedWithCustomError(stakes, "QuorumTooFewSigners");
  });
});
