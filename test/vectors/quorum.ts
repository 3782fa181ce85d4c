import { computeAddress, SigningKey } from "ethers";
import { asAddress, type Address } from "@openledger/protocol/hex.ts";
import { isQuorum, memberWord } from "@openledger/protocol/quorum/members.ts";
import { packQuorumProof } from "@openledger/protocol/quorum/proof.ts";
import { fixedHash } from "./fixed.ts";

const digest = fixedHash("quorum digest");

const operators = ["a", "b", "c", "d", "e"]
  .map((label, i) => ({ key: new SigningKey(fixedHash(`operator ${label}`)), weight: BigInt(i + 1) * 10n ** 22n }))
  .map(({ key, weight }) => ({ key, weight, signer: asAddress(computeAddress(key)) }))
  .sort((a, b) => (a.signer < b.signer ? -1 : 1));

/** Member words, proofs with real signatures, and whether they are a quorum (docs/protocol.md §5). */
export function quorumVectors() {
  const members = operators.map(({ signer, weight }) => ({ signer, weight }));
  // A twentieth of the stake that counts is nobody's here.
  const snapshot = { snapshotId: 1n, members, denominator: 158n * 10n ** 21n };
  const cases = [0b11111n, 0b11110n, 0b01110n, 0b10001n, 0b00001n].map((mask) => {
    const signatures = new Map<Address, string>();
    operators.forEach((operator, i) => {
      if ((mask >> BigInt(i)) & 1n) signatures.set(operator.signer, operator.key.sign(digest).serialized);
    });
    return { proof: packQuorumProof(snapshot, signatures), minSigners: 2, isQuorum: isQuorum(snapshot, mask, 2) };
  });
  return {
    digest,
    denominator: snapshot.denominator,
    members: members.map((member) => ({ ...member, word: memberWord(member) })),
    cases,
  };
}
