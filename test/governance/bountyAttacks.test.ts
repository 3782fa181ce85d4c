import { expect } from "chai";
import { formatEther } from "ethers";
import { network } from "hardhat";
import { activate, contribute, deployBountyTown, LABEL, rowOf, termsOf } from "./bountyTown.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const { loadFixture, time } = networkHelpers;
const wait = (seconds: bigint) => time.increase(seconds);

const town = () => deployBountyTown(ethers, wait);

/** A contribution, how many examples it has, and what each of them helps; of `label`, all of them or the first. */
interface Came {
  readonly examples: number;
  readonly helps: number;
  readonly last?: string;
}

/**
 * 1,000 OPEN for a tenth of what helps, of which three contributions from before make up `before` per example.
 *
 * @returns what each contribution is paid, in OPEN, and what went back to the funder
 */
async function play(came: readonly Came[], before: number) {
  const loaded = await loadFixture(town);
  const { bounties, contributions, funder, token, alice, bob, carol } = loaded;
  const terms = await termsOf(loaded);
  const owners = [alice, bob, carol];
  await bounties.connect(funder).create(terms, LABEL, "");
  const contributed = [];
  for (const [i, { examples, last }] of came.entries()) {
    const labels = Array.from({ length: examples }, (_, e) => (e === examples - 1 ? (last ?? LABEL) : LABEL));
    contributed.push(await contribute(loaded, owners[i % owners.length]!, labels));
  }
  await time.increaseTo(terms.closesAt);
  await bounties.close(1n);
  const index = await activate(loaded, [before, before, before, ...came.map(({ helps }) => helps)]);
  let entries = 0;
  for (const { contributionId } of contributed) {
    await bounties.enter(1n, ...rowOf(index, contributionId)).then(
      () => entries++,
      () => undefined,
    );
  }
  for (const [i, { shown }] of contributed.entries()) {
    if (came[i]!.last !== undefined) await bounties.refute(1n, ...shown(came[i]!.examples - 1));
  }
  const funded = await token.balanceOf(funder);
  await time.increase(entries === 0 ? 100n * terms.period : 2n * terms.period);
  await bounties.settle(1n);
  const paid = [];
  for (const [i, { contributionId }] of contributed.entries()) {
    const owner = owners[i % owners.length]!;
    const had = await token.balanceOf(owner);
    await bounties.claim(1n, contributionId).catch(() => undefined);
    paid.push(Number(formatEther((await token.balanceOf(owner)) - had)));
  }
  expect(await contributions.count()).to.equal(BigInt(4 + came.length));
  return { paid, returned: Number(formatEther((await token.balanceOf(funder)) - funded)) };
}

const rounded = (amounts: readonly number[]) => amounts.map((amount) => Math.round(amount));

describe("attacks on bounties", () => {
  it("noise, copies and harm: what does not help cannot be entered", async () => {
    const { paid, returned } = await play(
      [
        { examples: 40, helps: 0 },
        { examples: 40, helps: -5 },
      ],
      10,
    );
    expect(paid).to.deep.equal([0, 0]);
    expect(returned).to.equal(1_000);
  });

  it("volume: a hundred examples that help by 1 are paid as one that helps by 100", async () => {
    const { paid } = await play(
      [
        { examples: 100, helps: 1 },
        { examples: 1, helps: 100 },
      ],
      0,
    );
    expect(rounded(paid)).to.deep.equal([500, 500]);
  });

  it("splitting: two halves are paid as the whole", async () => {
    const whole = await play(
      [
        { examples: 20, helps: 10 },
        { examples: 20, helps: 10 },
      ],
      0,
    );
    const split = await play(
      [
        { examples: 20, helps: 10 },
        { examples: 10, helps: 10 },
        { examples: 10, helps: 10 },
      ],
      0,
    );
    expect(rounded([split.paid[1]! + split.paid[2]!])).to.deep.equal(rounded([whole.paid[1]!]));
  });

  it("alone: who enters next to nothing earns next to nothing, not the whole bounty", async () => {
    const { paid, returned } = await play([{ examples: 1, helps: 1 }], 10);
    expect(paid[0]).to.be.lessThan(3);
    expect(paid[0]! + returned).to.equal(1_000);
  });

  it("another label: one example takes the contribution out, and the others get its part", async () => {
    const { paid } = await play(
      [
        { examples: 10, helps: 50 },
        { examples: 10, helps: 50, last: "late_card" },
      ],
      0,
    );
    expect(rounded(paid)).to.deep.equal([1_000, 0]);
  });
});
