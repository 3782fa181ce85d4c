import { Wallet } from "ethers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { availabilityType } from "../eip712/availability.ts";
import { digestOf, signingDomain } from "../eip712/domain.ts";
import { asAddress, asHash } from "../hex.ts";
import { certificateOf, isCertified, verifiedVotes } from "./availability.ts";

const domain = signingDomain(10n, asAddress(`0x${"d1".repeat(20)}`));
const file = { modelId: 1n, epoch: 2n, commitment: asHash(`0x${"5a".repeat(32)}`) };
const wallets = [1, 2, 3, 4].map((n) => new Wallet(`0x${String(n).padStart(64, "0")}`));
const members = wallets.map(({ address }) => ({ signer: asAddress(address), weight: 100n }));
const snapshot = { members, denominator: 400n };
const vote = (place: number, have: boolean, of = file) => {
  const said = { ...of, have };
  const signature = wallets[place]!.signingKey.sign(digestOf(domain, availabilityType, said)).serialized;
  return { ...said, signer: members[place]!.signer, signature };
};
const verify = (...offered: ReturnType<typeof vote>[]) => verifiedVotes(domain, members, [file], offered);

/** Stake of up to 32 operators, each honest or not, and what each honest one found. */
const stakes = fc.array(
  fc.record({ weight: fc.bigInt({ min: 1n, max: 2n ** 90n }), honest: fc.boolean(), has: fc.boolean() }),
  { minLength: 1, maxLength: 32 },
);
const signerAt = (place: number) => asAddress(`0x${(place + 1).toString(16).padStart(40, "0")}`);

describe("votes that a stranger offers", () => {
  it("are what they say, or left out", () => {
    const good = vote(2, true);
    expect(verify(good, vote(2, false))).toEqual([good, vote(2, false)]);
    for (const change of [{ have: false }, { signer: members[1]!.signer }, { signature: "0x12" }]) {
      expect(verify({ ...good, ...change })).toEqual([]);
    }
  });

  it("are not looked at for other files, by nobody in the snapshot, and but once for one answer", () => {
    const stranger = asAddress(`0x${"99".repeat(20)}`);
    const forged = { ...vote(1, true), signature: vote(2, true).signature };
    expect(verify(vote(0, true, { ...file, epoch: 3n }), { ...vote(0, true), signer: stranger })).toEqual([]);
    expect(verify(vote(0, true), vote(0, true))).toHaveLength(1);
    expect(verify(forged, vote(1, true))).toEqual([]);
  });
});

describe("a certificate", () => {
  it("takes more than a third of the stake", () => {
    const votes = [vote(0, true)];
    expect(certificateOf(votes, snapshot, file, true)).toBeUndefined();
    expect(certificateOf([...votes, vote(1, true)], snapshot, file, true)).toHaveLength(2);
    expect(isCertified({ members, denominator: 300n }, new Set([members[0]!.signer]))).toBe(false);
    expect(isCertified({ members, denominator: 299n }, new Set([members[0]!.signer]))).toBe(true);
  });

  it("counts nobody twice, no stranger, no other answer and no other file", () => {
    const stranger = asAddress(`0x${"99".repeat(20)}`);
    const other = { ...file, epoch: 3n };
    const votes = [
      vote(0, true),
      vote(0, true),
      { ...vote(1, true), signer: stranger },
      vote(2, false),
      vote(3, true, other),
    ];
    expect(certificateOf(votes, snapshot, file, true)).toBeUndefined();
  });

  it("always comes together from honest operators who have two thirds, and never from liars who have one", () => {
    fc.assert(
      fc.property(stakes, fc.bigInt({ min: 0n, max: 2n ** 90n }), (operators, absent) => {
        const all = operators.map(({ weight }, place) => ({ signer: signerAt(place), weight }));
        const quorum = { members: all, denominator: all.reduce((sum, { weight }) => sum + weight, absent) };
        const weigh = (is: (operator: (typeof operators)[number]) => boolean) =>
          operators.reduce((sum, operator) => (is(operator) ? sum + operator.weight : sum), 0n);
        const certified = (is: (operator: (typeof operators)[number]) => boolean) =>
          isCertified(quorum, new Set(all.filter((_, place) => is(operators[place]!)).map(({ signer }) => signer)));
        if (3n * weigh(({ honest }) => honest) > 2n * quorum.denominator) {
          const found = certified(({ honest, has }) => honest && has);
          const lacked = certified(({ honest, has }) => honest && !has);
          expect(found || lacked).toBe(true);
        }
        if (3n * weigh(({ honest }) => !honest) <= quorum.denominator) {
          expect(certified(({ honest }) => !honest)).toBe(false);
        }
      }),
    );
  });
});
