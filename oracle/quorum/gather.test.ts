import { asAddress, asHash } from "@openledger/protocol/hex.ts";
import { packQuorumProof } from "@openledger/protocol/quorum/proof.ts";
import { Wallet } from "ethers";
import { describe, expect, it } from "vitest";
import { NotYetError } from "../common/errors.ts";
import { gatherProof } from "./gather.ts";
import { turnOf } from "./turn.ts";

const digest = asHash(`0x${"5a".repeat(32)}`);
const wallets = [1, 2, 3]
  .map((n) => new Wallet(`0x${String(n).padStart(64, "0")}`))
  .sort((a, b) => (a.address.toLowerCase() < b.address.toLowerCase() ? -1 : 1));
const members = wallets.map((wallet) => ({ signer: asAddress(wallet.address.toLowerCase()), weight: 100n }));
const snapshot = { snapshotId: 4n, members, denominator: 300n, minSigners: 2 };
const sign = (place: number) => wallets[place]!.signingKey.sign(digest).serialized;
const none = new Map<string, string>();

describe("gatherProof", () => {
  it("waits while no more than two thirds of the stake have signed", () => {
    expect(() => gatherProof({ digest, snapshot, known: none, offered: [sign(0), sign(1)] })).toThrow(NotYetError);
  });

  it("counts a member once, whoever offers its signature", () => {
    const offered = [sign(0), sign(0), sign(0)];
    expect(() => gatherProof({ digest, snapshot, known: none, offered })).toThrow(/too few/);
  });

  it("ignores strangers, nonsense and signatures of something else", () => {
    const stranger = new Wallet(`0x${"9".repeat(64)}`).signingKey.sign(digest).serialized;
    const other = wallets[2]!.signingKey.sign(`0x${"00".repeat(32)}`).serialized;
    const offered = [sign(0), sign(1), stranger, other, "0x12"];
    expect(() => gatherProof({ digest, snapshot, known: none, offered })).toThrow(/2 of 3|too few/);
  });

  it("packs the signatures in the order of the members", () => {
    const proof = gatherProof({ digest, snapshot, known: new Map([["x", sign(2)]]), offered: [sign(1), sign(0)] });
    const signatures = new Map(
      wallets.map((wallet) => [asAddress(wallet.address), wallet.signingKey.sign(digest).serialized]),
    );
    expect(proof).toBe(packQuorumProof(snapshot, signatures));
  });
});

describe("turnOf", () => {
  it("gives every member a place of its own", () => {
    const places = members.map((member) =>
      turnOf(
        digest,
        members.map((m) => m.signer),
        member.signer,
      ),
    );
    expect([...places].sort()).toEqual([0, 1, 2]);
  });

  it("puts an outsider last", () => {
    expect(
      turnOf(
        digest,
        members.map((m) => m.signer),
        "0xabc",
      ),
    ).toBe(3);
  });
});
