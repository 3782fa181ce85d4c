import { expect } from "chai";
import fc from "fast-check";
import { network } from "hardhat";
import {
  activate,
  AMOUNT,
  type BountyTown,
  contribute,
  type Contributed,
  deployBountyTown,
  LABEL,
  now,
  rowOf,
  termsOf,
} from "./bountyTown.ts";
import { DAY } from "../attribution/deployDisputes.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const { loadFixture, time } = networkHelpers;
const wait = (seconds: bigint) => time.increase(seconds);

const town = () => deployBountyTown(ethers, wait);

/** Bounty 1, for two weeks and one label. */
async function open() {
  const loaded = await town();
  const terms = await termsOf(loaded);
  await loaded.bounties.connect(loaded.funder).create(terms, LABEL, "ipfs://wanted");
  return { ...loaded, terms };
}

/** Three contributions came, 4, 5 and 6, of which the last has one example of another label; the bounty is closed. */
async function closed() {
  const loaded = await open();
  const { alice, bob, carol, bounties, terms } = loaded;
  const came = [
    await contribute(loaded, alice, [LABEL, LABEL, LABEL]),
    await contribute(loaded, bob, [LABEL]),
    await contribute(loaded, carol, [LABEL, "late_card", LABEL]),
  ] as const;
  await time.increaseTo(terms.closesAt);
  await bounties.close(1n);
  return { ...loaded, came };
}

/** What the six contributions' examples help: three there before, then those that came for the bounty. */
const HELPS = [10, 10, 10, 40, 80, 40];

async function judged() {
  const loaded = await closed();
  return { ...loaded, index: await activate(loaded, HELPS) };
}

/** Everything entered but what does not help. */
async function entered() {
  const loaded = await judged();
  for (const { contributionId } of loaded.came) await loaded.bounties.enter(1n, ...rowOf(loaded.index, contributionId));
  return loaded;
}

const untilPaying = async ({ bounties }: BountyTown) => {
  const [{ entriesEnd, terms }] = await bounties.bountyOf(1n);
  await time.increaseTo(entriesEnd + terms.period);
};

const revertsWith = (loaded: BountyTown, call: Promise<unknown>, error: string) =>
  expect(call).to.be.revertedWithCustomError(loaded.bounties, error);

describe("DataBounties", () => {
  describe("create", () => {
    it("refuses terms out of bounds and labels that JSON would escape", async () => {
      const loaded = await loadFixture(town);
      const { bounties, funder, datanets } = loaded;
      const terms = await termsOf(loaded);
      const create = (change: Partial<typeof terms>, label = LABEL) =>
        bounties.connect(funder).create({ ...terms, ...change }, label, "");
      for (const [field, change] of [
        [1, { modelId: 0n }],
        [1, { modelId: 2n }],
        [2, { amount: 0n }],
        [3, { targetBps: 0n }],
        [3, { targetBps: 10_001n }],
        [4, { closesAt: await now(loaded) }],
        [4, { closesAt: terms.closesAt + 1_000n * DAY }],
        [5, { deadline: terms.closesAt + 7n * DAY - 1n }],
        [5, { deadline: terms.closesAt + 1_000n * DAY }],
        [6, { period: DAY - 1n }],
        [6, { period: 31n * DAY }],
      ] as const) {
        const [, value] = Object.entries(change)[0]!;
        await expect(create(change))
          .to.be.revertedWithCustomError(bounties, "BountyTermOutOfBounds")
          .withArgs(
            field,
            value,
            (least: bigint) => least >= 0n,
            (most: bigint) => most > 0n,
          );
      }
      await expect(create({ datanetId: 9n })).to.be.revertedWithCustomError(datanets, "ERC721NonexistentToken");
      for (const label of ['a"b', "a\\b", "a\nb", "x".repeat(129)]) {
        await revertsWith(loaded, create({}, label), "BountyInvalidLabel");
      }
    });

    it("takes the whole amount", async () => {
      const loaded = await loadFixture(town);
      const { bounties, funder, token } = loaded;
      const call = bounties.connect(funder).create(await termsOf(loaded), LABEL, "ipfs://wanted");
      await expect(call).to.changeTokenBalances(ethers, token, [funder, bounties], [-AMOUNT, AMOUNT]);
      const [bounty, label] = await bounties.bountyOf(1n);
      expect(bounty.funder).equal(funder.address);
      expect(bounty.contributionsBefore).equal(4n);
      expect(label).equal(LABEL);
    });

    it("knows no other bounty", async () => {
      const loaded = await loadFixture(open);
      for (const bountyId of [0n, 2n]) await revertsWith(loaded, loaded.bounties.close(bountyId), "BountyUnknown");
    });
  });

  describe("the judge", () => {
    it("is nobody until the bounty is closed, which it cannot be early or twice", async () => {
      const loaded = await loadFixture(open);
      const { bounties, terms } = loaded;
      await revertsWith(loaded, bounties.close(1n), "BountyTooEarly");
      await time.increaseTo(terms.closesAt);
      await activate(loaded, [10, 10, 10]);
      expect(await bounties.judgeOf(1n)).equal(0n);
      await bounties.close(1n);
      await revertsWith(loaded, bounties.close(1n), "BountyAlreadyClosed");
      expect(await bounties.judgeOf(1n)).equal(0n);
    });

    it("is no version trained on a snapshot from before, so an owner cannot let an old one judge", async () => {
      const loaded = await loadFixture(closed);
      const { bounties, came } = loaded;
      const stale = await activate(loaded, [10, 10, 10], { snapshotId: 1n });
      expect(await bounties.judgeOf(1n)).equal(0n);
      const index = await activate(loaded, HELPS);
      expect(await bounties.judgeOf(1n)).equal(index.versionId);
      const [, row] = rowOf(index, came[0].contributionId);
      await expect(bounties.enter(1n, stale.versionId, row)).to.be.revertedWithCustomError(
        loaded.disputes,
        "DisputeInvalidEvidence",
      );
    });

    it("is no version whose certificate is below the floor: its scores decide about nothing", async () => {
      const loaded = await loadFixture(closed);
      const poor = await activate(loaded, HELPS, { certificateBps: 3_000 });
      expect(await loaded.bounties.judgeOf(1n)).equal(0n);
      const call = loaded.bounties.enter(1n, ...rowOf(poor, 4n + 1n));
      await expect(call)
        .to.be.revertedWithCustomError(loaded.bounties, "BountyNotJudge")
        .withArgs(1n, poor.versionId, 0n);
    });

    it("is the first one, not a later one that finds more", async () => {
      const loaded = await loadFixture(judged);
      const { bounties, came, index } = loaded;
      const later = await activate(loaded, [10, 10, 10, 4_000, 80, 40]);
      const call = bounties.enter(1n, ...rowOf(later, came[0].contributionId));
      await expect(call)
        .to.be.revertedWithCustomError(bounties, "BountyNotJudge")
        .withArgs(1n, later.versionId, index.versionId);
      await bounties.enter(1n, ...rowOf(index, came[0].contributionId));
      await revertsWith(loaded, bounties.enter(1n, ...rowOf(later, came[1].contributionId)), "BountyNotJudge");
    });
  });

  describe("enter", () => {
    it("takes only what came for the bounty, was accepted and helps, once", async () => {
      const loaded = await loadFixture(closed);
      const { bounties, contributions, alice, came } = loaded;
      const index = await activate(loaded, [10, 10, 10, 40, -1, 40]);
      const enter = (id: bigint) => bounties.enter(1n, ...rowOf(index, id));
      for (const old of [1n, 2n, 3n]) await revertsWith(loaded, enter(old), "BountyNotEligible");
      await revertsWith(loaded, enter(came[1].contributionId), "BountyNotEligible");
      await enter(came[2].contributionId);
      await revertsWith(loaded, enter(came[2].contributionId), "BountyNotEligible");
      await contributions.connect(alice).revoke(came[0].contributionId);
      await revertsWith(loaded, enter(came[0].contributionId), "BountyNotEligible");
    });

    it("ends a period after the first one, and begins before the deadline", async () => {
      const loaded = await loadFixture(judged);
      const { bounties, came, index, terms } = loaded;
      const late = await networkHelpers.takeSnapshot();
      await time.increaseTo(terms.deadline);
      await revertsWith(loaded, bounties.enter(1n, ...rowOf(index, came[0].contributionId)), "BountyTooLate");
      await late.restore();
      await bounties.enter(1n, ...rowOf(index, came[0].contributionId));
      await wait(terms.period);
      await revertsWith(loaded, bounties.enter(1n, ...rowOf(index, came[1].contributionId)), "BountyTooLate");
    });
  });

  describe("refute", () => {
    it("takes a contribution out by one example of another label, whoever shows it", async () => {
      const loaded = await loadFixture(entered);
      const { bounties, came, stranger } = loaded;
      const before = (await bounties.bountyOf(1n))[0].quality;
      const lost = await bounties.entryOf(1n, came[2].contributionId);
      await expect(bounties.connect(stranger).refute(1n, ...came[2].shown(1)))
        .to.emit(bounties, "BountyRefuted")
        .withArgs(1n, came[2].contributionId, stranger.address);
      expect((await bounties.bountyOf(1n))[0].quality).equal(before - lost);
      await revertsWith(loaded, bounties.refute(1n, ...came[2].shown(1)), "BountyNotEntered");
    });

    it("takes nothing out by an example of the label, of another contribution, or too late", async () => {
      const loaded = await loadFixture(entered);
      const { bounties, came, disputes } = loaded;
      await revertsWith(loaded, bounties.refute(1n, ...came[2].shown(0)), "BountyLabelMatches");
      const [, example, salt, proof] = came[2].shown(1);
      await expect(bounties.refute(1n, came[0].contributionId, example, salt, proof)).to.be.revertedWithCustomError(
        disputes,
        "DisputeInvalidEvidence",
      );
      await untilPaying(loaded);
      await revertsWith(loaded, bounties.refute(1n, ...came[2].shown(1)), "BountyTooLate");
    });
  });

  describe("claim", () => {
    it("pays by what each helps, not by how much there is, to the wei", async () => {
      const loaded = await loadFixture(entered);
      const { bounties, came, token, stranger } = loaded;
      await bounties.refute(1n, ...came[2].shown(1));
      await revertsWith(loaded, bounties.claim(1n, came[0].contributionId), "BountyTooEarly");
      await untilPaying(loaded);
      // 3 examples that help by 40 each, 1 that helps by 80
      await bounties.connect(stranger).claim(1n, came[0].contributionId);
      const [paid] = await bounties.queryFilter(bounties.filters.BountyPaid());
      const [a, b] = [paid!.args.amount, await bounties.claim.staticCall(1n, came[1].contributionId)];
      await bounties.claim(1n, came[1].contributionId);
      const [settled] = await bounties.queryFilter(bounties.filters.BountySettled());
      const { earned, returned } = settled!.args;
      expect(a + b).equal(earned);
      expect(earned + returned).equal(AMOUNT);
      expect(a * 80n - b * 120n < 120n).equal(true);
      expect(await token.balanceOf(bounties)).equal(0n);
      await revertsWith(loaded, bounties.claim(1n, came[0].contributionId), "BountyNotEntered");
      await revertsWith(loaded, bounties.claim(1n, came[2].contributionId), "BountyNotEntered");
    });

    it("pays the whole amount from the target on, and its part below", async () => {
      for (const [helps, whole] of [
        [10, false],
        [40_000, true],
      ] as const) {
        const loaded = await loadFixture(closed);
        const { bounties, came, funder, token } = loaded;
        const index = await activate(loaded, [10, 10, 10, helps, -1, -1]);
        await bounties.enter(1n, ...rowOf(index, came[0].contributionId));
        await untilPaying(loaded);
        const before = await token.balanceOf(funder);
        await bounties.settle(1n);
        const returned = (await token.balanceOf(funder)) - before;
        const [{ target, quality, unpaid }] = await bounties.bountyOf(1n);
        expect(returned === 0n).equal(whole);
        expect(unpaid).equal(whole ? AMOUNT : (AMOUNT * quality) / target);
        await revertsWith(loaded, bounties.settle(1n), "BountyAlreadySettled");
      }
    });

    it("pays who owns the contribution then, and the funder for one that was revoked", async () => {
      const loaded = await loadFixture(entered);
      const { bounties, came, contributions, alice, bob, stranger, funder, token } = loaded;
      await contributions.connect(alice).transferFrom(alice, stranger, came[0].contributionId);
      await contributions.connect(bob).revoke(came[1].contributionId);
      await untilPaying(loaded);
      await bounties.settle(1n);
      for (const [place, to] of [
        [0, stranger],
        [1, funder],
      ] as const) {
        const { contributionId } = came[place];
        const amount = await bounties.claim.staticCall(1n, contributionId);
        expect(amount).greaterThan(0n);
        await expect(bounties.claim(1n, contributionId)).to.changeTokenBalance(ethers, token, to, amount);
      }
    });
  });

  describe("settle", () => {
    it("gives everything back after the deadline when nothing was entered, and not before", async () => {
      const loaded = await loadFixture(judged);
      const { bounties, funder, token, terms, came, index } = loaded;
      await revertsWith(loaded, bounties.settle(1n), "BountyTooEarly");
      await time.increaseTo(terms.deadline);
      await expect(bounties.settle(1n)).to.changeTokenBalance(ethers, token, funder, AMOUNT);
      await revertsWith(loaded, bounties.enter(1n, ...rowOf(index, came[0].contributionId)), "BountyTooLate");
    });

    it("gives everything back when all that was entered was refuted", async () => {
      const loaded = await loadFixture(judged);
      const { bounties, funder, token, came, index } = loaded;
      await bounties.enter(1n, ...rowOf(index, came[2].contributionId));
      await bounties.refute(1n, ...came[2].shown(1));
      await untilPaying(loaded);
      await expect(bounties.settle(1n)).to.changeTokenBalance(ethers, token, funder, AMOUNT);
    });
  });

  it("pays out and back exactly what was put down, whatever people do in whatever order", async function () {
    this.timeout(0);
    const loaded = await loadFixture(judged);
    const { bounties, contributions, came, index, token, alice, bob, carol, terms } = loaded;
    const owners = [alice, bob, carol];
    const start = await networkHelpers.takeSnapshot();
    const which = fc.nat(2);
    const step = fc.oneof(
      fc.tuple(fc.constantFrom("enter", "enter", "refute", "claim", "claim", "revoke"), which),
      fc.tuple(fc.constantFrom("settle", "wait", "wait"), which),
    );
    const attempt = (what: string, { contributionId, shown }: Contributed, i: number): Promise<unknown> => {
      if (what === "enter") return bounties.enter(1n, ...rowOf(index, contributionId));
      if (what === "refute") return bounties.refute(1n, ...shown(contributionId === came[2].contributionId ? 1 : 0));
      if (what === "claim") return bounties.claim(1n, contributionId);
      if (what === "revoke") return contributions.connect(owners[i]).revoke(contributionId);
      return what === "settle" ? bounties.settle(1n) : wait(DAY);
    };
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 6, maxLength: 24 }), async (steps) => {
        await start.restore();
        for (const [what, i] of steps) {
          // whoever does what is refused has done nothing
          await attempt(what, came[i]!, i).catch(() => undefined);
          const [bounty] = await bounties.bountyOf(1n);
          const held = await token.balanceOf(bounties);
          expect(held).equal(bounty.settled ? bounty.unpaid : AMOUNT);
          const entries = await Promise.all(came.map(({ contributionId }) => bounties.entryOf(1n, contributionId)));
          expect(bounty.quality).equal(entries.reduce((sum, entry) => sum + entry, 0n));
        }
        // from any state, everything can leave
        const [{ versionId }] = await bounties.bountyOf(1n);
        if (versionId === 0n) await time.increaseTo(terms.deadline);
        else if (!(await bounties.bountyOf(1n))[0].settled) await wait(2n * terms.period);
        if (!(await bounties.bountyOf(1n))[0].settled) await bounties.settle(1n);
        for (const { contributionId } of came) {
          if ((await bounties.entryOf(1n, contributionId)) !== 0n) await bounties.claim(1n, contributionId);
        }
        expect(await token.balanceOf(bounties)).equal(0n);
      }),
      { numRuns: 25 },
    );
  });
});
