import { expect } from "chai";
import { network } from "hardhat";
import { SigningKey, concat, dataSlice, getBytes, recoverAddress, toBeHex } from "ethers";
import { keccakText } from "@openledger/protocol/keccak.ts";
import type { Hash, Hex } from "@openledger/protocol/hex.ts";
import type { QuorumProof } from "@openledger/protocol/quorum/proof.ts";
import {
  DAY,
  OPEN,
  Role,
  STAKE_PARAMETERS,
  addOperators,
  deployStaking,
  signDigest,
} from "../rewards/deployRewards.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const { time } = networkHelpers;

const DIGEST = keccakText("what the operators agree on");
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/** Six operators with equal stake: two thirds are 4 of them, so a quorum is 5. */
async function deploy() {
  const staking = await deployStaking(ethers);
  const operators = await addOperators(staking, (await ethers.getSigners()).slice(10, 16), () => 10_000n * OPEN);
  await time.increase(DAY);
  await staking.stakes.snapshotQuorum();
  const { stakes } = staking;
  const sign = (count: number) => signDigest(stakes, DIGEST, operators.slice(0, count));
  const verify = (proof: QuorumProof) => stakes.verifyQuorum(DIGEST, { ...proof, members: [...proof.members] });
  return { ...staking, operators, sign, verify };
}

/** The signature at `index` of a proof, replaced. */
function withSignature(proof: QuorumProof, index: number, change: (signature: string) => string): QuorumProof {
  const parts = Array.from({ length: getBytes(proof.signatures).length / 64 }, (_, i) => {
    const signature = dataSlice(proof.signatures, i * 64, (i + 1) * 64);
    return i === index ? change(signature) : signature;
  });
  return { ...proof, signatures: concat(parts) as Hex };
}

describe("quorum", () => {
  it("accepts more than two thirds of the weight", async () => {
    const { sign, verify } = await networkHelpers.loadFixture(deploy);
    await verify(await sign(5));
    await verify(await sign(6));
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
    await stakes.connect(whale.account).stake(Role.Oracle, whale.account, 10_000_000n * OPEN);
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
    const proof = await sign(6);
    const heavier = proof.members.map((word, i) => (i === 0 ? word + 1n : word));
    for (const members of [heavier, proof.members.slice(1), [...proof.members].reverse(), []]) {
      await expect(verify({ ...proof, members, signers: 0n }))
        .to.be.revertedWithCustomError(stakes, "QuorumUnknownSnapshot")
        .withArgs(1);
    }
    await expect(verify({ ...proof, snapshotId: 2n })).to.be.revertedWithCustomError(stakes, "QuorumUnknownSnapshot");
    await expect(verify({ ...proof, snapshotId: 0n })).to.be.revertedWithCustomError(stakes, "QuorumUnknownSnapshot");
  });

  it("refuses a signer beyond the last member", async () => {
    const { stakes, sign, verify } = await networkHelpers.loadFixture(deploy);
    const proof = await sign(6);
    for (const bit of [6n, 32n, 255n]) {
      await expect(verify({ ...proof, signers: proof.signers | (1n << bit) })).to.be.revertedWithCustomError(
        stakes,
        "QuorumUnknownSigner",
      );
    }
  });

  it("refuses a signature over something else, by somebody else, or malformed", async () => {
    const { stakes, operators, sign, verify } = await networkHelpers.loadFixture(deploy);
    const proof = await sign(6);
    const other = await signDigest(stakes, keccakText("something else"), operators);
    const swapped = withSignature(proof, 2, () => dataSlice(proof.signatures, 0, 64));
    const wrongDigest = withSignature(proof, 2, () => dataSlice(other.signatures, 128, 192));
    const empty = withSignature(proof, 2, () => "0x" + "00".repeat(64));
    for (const bad of [swapped, wrongDigest, empty]) {
      await expect(verify(bad)).to.be.revertedWithCustomError(stakes, "QuorumInvalidSignature").withArgs(2);
    }
  });

  it("refuses a valid signature whose s is in the upper half", async () => {
    const { stakes, operators, sign } = await networkHelpers.loadFixture(deploy);
    // With the key d and a nonce k known, a digest can be found that any (r, s) signs: z = s·k − r·d.
    const proof = await sign(6);
    const [first] = proof.members;
    const { key } = operators.find(({ key }) => BigInt(key.address) === first! >> 96n)!;
    const nonce = 0x1234_5678_9abc_def0n;
    const point = SigningKey.computePublicKey(toBeHex(nonce, 32), false);
    const r = BigInt(dataSlice(point, 1, 33)) % ORDER;
    const parity = BigInt(dataSlice(point, 64)) & 1n;
    const digestFor = (s: bigint) =>
      toBeHex((((s * nonce - r * BigInt(key.privateKey)) % ORDER) + ORDER) % ORDER, 32) as Hash;
    const compact = (s: bigint) => concat([toBeHex(r, 32), toBeHex((parity << 255n) | s, 32)]);
    const highest = ORDER / 2n;

    for (const [s, error] of [
      // The other members signed nothing here: the first one's signature passes, the second one's is missed.
      [highest, ["QuorumInvalidSignature", 1n]],
      [highest + 1n, ["QuorumInvalidSignature", 0n]],
    ] as const) {
      const digest = digestFor(s);
      expect(recoverAddress(digest, { r: toBeHex(r, 32), s: toBeHex(s, 32), v: 27n + parity })).to.equal(key.address);
      const signatures = concat([compact(s), "0x" + "00".repeat(320)]) as Hex;
      await expect(stakes.verifyQuorum(digest, { ...proof, members: [...proof.members], signatures }))
        .to.be.revertedWithCustomError(stakes, error[0])
        .withArgs(error[1]);
    }
  });

  it("refuses more or fewer signatures than signers", async () => {
    const { stakes, sign, verify } = await networkHelpers.loadFixture(deploy);
    const proof = await sign(6);
    const longer = concat([proof.signatures, "0x" + "00".repeat(64)]) as Hex;
    const odd = concat([proof.signatures, "0x00"]) as Hex;
    const shorter = dataSlice(proof.signatures, 0, 320) as Hex;
    for (const [signatures, length] of [
      [longer, 448],
      [odd, 385],
      [shorter, 320],
    ] as const) {
      await expect(verify({ ...proof, signatures }))
        .to.be.revertedWithCustomError(stakes, "QuorumInvalidSignaturesLength")
        .withArgs(length, 384);
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

  it("takes an ERC-1271 contract for a signer, and the key of an account with EIP-7702 code", async () => {
    const { stakes, operators, sign, verify } = await networkHelpers.loadFixture(deploy);
    const [first, second] = operators;
    const wallet = await ethers.deployContract("KeyWallet", [first!.key.address]);
    await stakes.connect(first!.account).rotateSigner(Role.Oracle, wallet);
    await networkHelpers.setCode(second!.key.address, concat(["0xef0100", await wallet.getAddress()]));
    await time.increase(STAKE_PARAMETERS.snapshotInterval);
    await stakes.snapshotQuorum();

    const snapshotId = await stakes.latestSnapshot();
    const members = [...(await stakes.quorumOf(snapshotId)).members];
    const keyOf = new Map(operators.map(({ key }) => [BigInt(key.address), key]));
    keyOf.set(BigInt(await wallet.getAddress()), first!.key);
    const signatures = members.map((word) => keyOf.get(word >> 96n)!.signingKey.sign(DIGEST).compactSerialized);
    const proof = { snapshotId, signers: 0b111111n, members, signatures: concat(signatures) as Hex };
    await verify(proof);

    // Also where members before the contract did not sign.
    const absent = wallet.target === ethers.getAddress(ethers.toBeHex(members[0]! >> 96n, 20)) ? 1 : 0;
    const present = signatures.filter((_, i) => i !== absent);
    await verify({ ...proof, signers: 0b111111n ^ (1n << BigInt(absent)), signatures: concat(present) as Hex });

    const place = members.findIndex((word) => word >> 96n === BigInt(wallet.target as string));
    const forged = withSignature(proof, place, () => operators[3]!.key.signingKey.sign(DIGEST).compactSerialized);
    await expect(verify(forged)).to.be.revertedWithCustomError(stakes, "QuorumInvalidSignature").withArgs(place);
    await expect(verify(await sign(0))).to.be.revertedWithCustomError(stakes, "QuorumTooFewSigners");
  });
});
