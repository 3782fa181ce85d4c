import { Wallet } from "ethers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OrderError, OutOfRangeError, ProofError } from "../errors.ts";
import { asAddress, type Address } from "../hex.ts";
import { keccakText } from "../keccak.ts";
import { isQuorum, memberOf, memberWord, memberWords, placesOf, type QuorumMember } from "./members.ts";
import { packQuorumProof, signerOf } from "./proof.ts";

const address = (n: bigint): Address => asAddress(`0x${n.toString(16).padStart(40, "0")}`);
const equal = (count: number): QuorumMember[] =>
  Array.from({ length: count }, (_, i) => ({ signer: address(BigInt(i + 1)), weight: 10n }));
/** Members beside whom nobody has stake. */
const alone = (members: QuorumMember[]) => ({
  members,
  denominator: members.reduce((sum, { weight }) => sum + weight, 0n),
});

describe("quorum members", () => {
  it("refuse weights beyond 96 bits and signers out of order or twice", () => {
    expect(() => memberWord({ signer: address(1n), weight: 1n << 96n })).toThrow(OutOfRangeError);
    const [a, b] = equal(2);
    expect(() => memberWords([b!, a!])).toThrow(OrderError);
    expect(() => memberWords([a!, a!])).toThrow(OrderError);
  });

  it("survive packing", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: (1n << 160n) - 1n }),
        fc.bigInt({ min: 0n, max: (1n << 96n) - 1n }),
        (signer, weight) => {
          expect(memberOf(memberWord({ signer: address(signer), weight }))).toEqual({
            signer: address(signer),
            weight,
          });
          expect(memberWord({ signer: address(signer), weight })).toBe(signer * (1n << 96n) + weight);
        },
      ),
    );
  });

  it("need more than two thirds of the weight, not two thirds", () => {
    expect(isQuorum(alone(equal(3)), 0b011n, 1)).toBe(false);
    expect(isQuorum(alone(equal(3)), 0b111n, 1)).toBe(true);
    expect(isQuorum(alone(equal(4)), 0b111n, 1)).toBe(true);
  });

  it("need it of all stake that counts, not of their own", () => {
    expect(isQuorum({ members: equal(3), denominator: 45n }, 0b111n, 1)).toBe(false);
    expect(isQuorum({ members: equal(3), denominator: 44n }, 0b111n, 1)).toBe(true);
  });

  it("need the minimal number of signers, at least one, all of them members", () => {
    const whale = [{ signer: address(1n), weight: 100n }, ...equal(3).slice(1)];
    expect(isQuorum(alone(whale), 0b001n, 1)).toBe(true);
    expect(isQuorum(alone(whale), 0b001n, 2)).toBe(false);
    expect(isQuorum(alone([]), 0n, 0)).toBe(false);
    expect(isQuorum(alone(equal(1)), 0b11n, 1)).toBe(false);
  });

  it("are named by the bits of the mask", () => {
    expect(placesOf(0n)).toEqual([]);
    expect(placesOf((1n << 200n) | 0b101n)).toEqual([0, 2, 200]);
  });
});

describe("quorum proof", () => {
  const digest = keccakText("digest");
  const wallets = [1, 2, 3].map((n) => new Wallet(keccakText(`operator ${n}`)));
  const members = wallets
    .map((wallet) => ({ signer: asAddress(wallet.address), weight: 5n }))
    .sort((a, b) => (a.signer < b.signer ? -1 : 1));
  const sign = (signer: Address) =>
    wallets.find((w) => asAddress(w.address) === signer)!.signingKey.sign(digest).serialized;

  it("refuses the signature of somebody who is not in the snapshot", () => {
    const signatures = new Map([[address(9n), sign(members[0]!.signer)]]);
    expect(() => packQuorumProof({ snapshotId: 1n, members, denominator: 15n }, signatures)).toThrow(ProofError);
  });

  it("packs signatures in the order of the members, whatever the order they came in", () => {
    const [first, second, third] = members;
    const proof = packQuorumProof(
      { snapshotId: 7n, members, denominator: 20n },
      new Map([
        [third!.signer, sign(third!.signer)],
        [first!.signer, sign(first!.signer)],
      ]),
    );
    const hex = (value: bigint, bytes: number) => value.toString(16).padStart(2 * bytes, "0");
    const [weight, signature] = [2 * 12, 2 * 64];
    const entries = proof.slice(2 + 2 * 28);
    expect(proof.slice(2, 2 + 2 * 28)).toBe(hex(7n, 8) + hex(20n, 12) + hex(0b101n, 4) + hex(0n, 4));
    expect(entries).toHaveLength(2 * (weight + signature) + 64);
    expect(entries.slice(0, weight)).toBe(hex(5n, 12));
    expect(signerOf(digest, `0x${entries.slice(weight, weight + signature)}`)).toBe(first!.signer);
    expect(entries.slice(weight + signature, weight + signature + 64)).toBe(hex(memberWord(second!), 32));
    expect(signerOf(digest, `0x${entries.slice(-signature)}`)).toBe(third!.signer);
  });

  it("names a contract beside its signature", () => {
    const [first] = members;
    const signatures = new Map([[first!.signer, sign(first!.signer)]]);
    const snapshot = { snapshotId: 7n, members: [first!], denominator: 5n };
    const proof = packQuorumProof(snapshot, signatures, new Set([first!.signer]));
    expect(proof.slice(2 + 2 * 20, 2 + 2 * 28)).toBe("0000000100000001");
    expect(BigInt(`0x${proof.slice(2 + 2 * 28, 2 + 2 * 60)}`)).toBe(memberWord(first!));
    expect(signerOf(digest, `0x${proof.slice(2 + 2 * 60)}`)).toBe(first!.signer);
  });
});
