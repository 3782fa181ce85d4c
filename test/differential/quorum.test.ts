import { expect } from "chai";
import { computeAddress, SigningKey } from "ethers";
import { network } from "hardhat";
import { asAddress, type Address } from "@openledger/protocol/hex.ts";
import { keccakText } from "@openledger/protocol/keccak.ts";
import { isQuorum, memberWords } from "@openledger/protocol/quorum/members.ts";
import { packQuorumProof } from "@openledger/protocol/quorum/proof.ts";
import { CASES, compareCases } from "./cases.ts";
import { deployHarness } from "./harness.ts";

const { ethers } = await network.create({ network: "default", chainType: "op" });
const harness = await deployHarness(ethers);

describe("quorums in Solidity and in TypeScript", () => {
  const digest = keccakText("digest");
  const operators = Array.from({ length: 32 }, (_, i) => new SigningKey(keccakText(`operator ${i}`)))
    .map((key) => ({ signer: asAddress(computeAddress(key)), signature: key.sign(digest).serialized }))
    .sort((a, b) => (a.signer < b.signer ? -1 : 1));
  const minSigners = 3;
  let accepted = 0;

  compareCases("quorums", {
    batch: 100,
    make(values) {
      // Equal weights meet the two-thirds threshold exactly; others come near it.
      const weight = values.bool() ? () => 10n : () => values.uint(90);
      const seated = operators.filter(() => values.bool()).slice(0, 1 + values.integer(12));
      const members = seated.map(({ signer }) => ({ signer, weight: weight() }));
      const mask = members.reduce((bits, _, i) => (values.integer(3) > 0 ? bits | (1n << BigInt(i)) : bits), 0n);
      const signed = seated.filter((_, i) => (mask >> BigInt(i)) & 1n);
      const signatures = new Map<Address, string>(signed.map(({ signer, signature }) => [signer, signature]));
      // All stake is the members', or a little of it is not.
      const total = members.reduce((sum, member) => sum + member.weight, 0n);
      const snapshot = { snapshotId: 1n, members, denominator: values.bool() ? total : total + total / 20n };
      return { proof: packQuorumProof(snapshot, signatures), snapshot, mask };
    },
    async compare(items) {
      const words = items.map(({ snapshot }) => memberWords(snapshot.members));
      const denominators = items.map(({ snapshot }) => snapshot.denominator);
      const proofs = items.map(({ proof }) => proof);
      const ours = items.map(({ snapshot, mask }) => isQuorum(snapshot, mask, minSigners));
      expect([...(await harness.areQuorums(digest, words, denominators, proofs, minSigners))]).to.deep.equal(ours);
      accepted += ours.filter(Boolean).length;
    },
  });

  it("are some of the cases, not all", () => {
    expect(accepted).to.be.within(1, CASES - 1);
  });
});
