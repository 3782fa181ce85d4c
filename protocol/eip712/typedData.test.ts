import { AbiCoder, keccak256, TypedDataEncoder, Wallet } from "ethers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MalformedError, OutOfRangeError } from "../errors.ts";
import { asAddress, asHash, type Address, type Hash } from "../hex.ts";
import { compactSignature, signerOf } from "../quorum/proof.ts";
import { availabilityType, receiptsCommitmentType } from "./availability.ts";
import { claimType, type Claim } from "./claim.ts";
import { consentType } from "./consent.ts";
import { digestOf, domainSeparator, signingDomain } from "./domain.ts";
import { signedIndexType } from "./indexAttestation.ts";
import { receiptType } from "./receipt.ts";
import { rootHashOf, scoreRootType } from "./scoreRoot.ts";
import type { StructType } from "./typedData.ts";

const hash: fc.Arbitrary<Hash> = fc
  .bigInt({ min: 0n, max: (1n << 256n) - 1n })
  .map((n) => asHash(`0x${n.toString(16).padStart(64, "0")}`));
const address: fc.Arbitrary<Address> = fc
  .bigInt({ min: 0n, max: (1n << 160n) - 1n })
  .map((n) => asAddress(`0x${n.toString(16).padStart(40, "0")}`));
const uint = (bits: bigint) => fc.bigInt({ min: 0n, max: (1n << bits) - 1n });
const uint96 = uint(96n);
const uint64 = uint(64n);
const uint256 = uint(256n);
const uint16 = fc.integer({ min: 0, max: 0xffff });
const uint32 = fc.integer({ min: 0, max: 0xffffffff });

const scoreRoot = fc.record({
  firstEpoch: uint64,
  lastEpoch: uint64,
  previousRoot: hash,
  payoutsRoot: hash,
  payoutsTotal: uint256,
  accounts: uint32,
  modelsRoot: hash,
  bundleHash: hash,
});
const attestation = fc.record({
  versionId: uint256,
  partsHash: hash,
  size: uint32,
  k: uint16,
  certificateBps: uint16,
  bundleHash: hash,
  snapshotId: uint64,
});
const receipt = fc.record({
  versionId: uint256,
  consumer: address,
  requestHash: hash,
  outputHash: hash,
  fee: uint256,
  paymentId: hash,
  cumulative: uint256,
  time: uint64,
});
const availability = fc.record({ modelId: uint256, epoch: uint64, commitment: hash, have: fc.boolean() });
const commitment = fc.record({ receiptsRoot: hash, count: uint32, uri: fc.string({ unit: "grapheme" }) });
const claim = fc.record({ account: address, recipient: address, cumulative: uint256, deadline: uint256 });
const consent = fc.record({
  contributor: address,
  datanetId: uint256,
  partsHash: hash,
  uri: fc.string({ unit: "grapheme" }),
  bond: uint96,
  reviewFee: uint96,
  judgeModelId: uint64,
  nonce: uint256,
  deadline: uint256,
});

const someClaim: Claim = {
  account: asAddress(`0x${"11".repeat(20)}`),
  recipient: asAddress(`0x${"22".repeat(20)}`),
  cumulative: 1n,
  deadline: 2n,
};

function expectEthersToAgree<S>(type: StructType<S>, values: fc.Arbitrary<S>): void {
  fc.assert(
    fc.property(values, uint64, address, (value, chainId, contract) => {
      const domain = signingDomain(chainId, contract);
      const theirs = value as Record<string, unknown>;
      expect(domainSeparator(domain)).toBe(TypedDataEncoder.hashDomain(domain));
      expect(type.hash(value)).toBe(TypedDataEncoder.hashStruct(type.name, type.types, theirs));
      expect(digestOf(domain, type, value)).toBe(TypedDataEncoder.hash(domain, type.types, theirs));
    }),
  );
}

describe("typed data", () => {
  it("refuses members that do not fit their type", () => {
    const type = signedIndexType;
    const [value] = fc.sample(attestation, 1);
    expect(() => type.hash({ ...value!, size: 2 ** 32 })).toThrow(OutOfRangeError);
    expect(() => type.hash({ ...value!, versionId: -1n })).toThrow(OutOfRangeError);
    expect(() => claimType.hash({ ...someClaim, account: "0x12" as Address })).toThrow(MalformedError);
  });

  it("hashes score roots as ethers does", () => {
    const signed = fc.tuple(scoreRoot, uint64).map(([root, snapshotId]) => ({ ...root, snapshotId }));
    expectEthersToAgree(scoreRootType, signed);
  });
  it("hashes index attestations as ethers does", () => {
    expectEthersToAgree(signedIndexType, attestation);
  });
  it("hashes receipts as ethers does", () => {
    expectEthersToAgree(receiptType, receipt);
  });
  it("hashes votes on committed files as ethers does", () => {
    expectEthersToAgree(availabilityType, availability);
    expectEthersToAgree(receiptsCommitmentType, commitment);
  });
  it("hashes claims as ethers does", () => {
    expectEthersToAgree(claimType, claim);
  });
  it("hashes consents as ethers does", () => {
    expectEthersToAgree(consentType, consent);
  });

  it("names a score root by the hash of its ABI encoding", () => {
    const types = scoreRootType.types["ScoreRoot"]!.slice(0, -1).map((field) => field.type);
    fc.assert(
      fc.property(scoreRoot, (root) => {
        expect(rootHashOf(root)).toBe(keccak256(AbiCoder.defaultAbiCoder().encode(types, Object.values(root))));
      }),
    );
  });

  it("recovers the signer of a wallet's signature, long or compact, and nobody's for another chain", async () => {
    const wallet = new Wallet(`0x${"42".repeat(32)}`);
    const domain = signingDomain(10n, asAddress(`0x${"33".repeat(20)}`));
    const signature = await wallet.signTypedData(domain, claimType.types, someClaim);
    const digest = digestOf(domain, claimType, someClaim);
    expect(signerOf(digest, signature)).toBe(asAddress(wallet.address));
    expect(compactSignature(signature).length).toBe(2 + 128);
    expect(signerOf(digest, compactSignature(signature))).toBe(asAddress(wallet.address));
    const elsewhere = digestOf({ ...domain, chainId: 11n }, claimType, someClaim);
    expect(signerOf(elsewhere, signature)).not.toBe(asAddress(wallet.address));
  });
});
