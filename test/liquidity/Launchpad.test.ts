import { expect } from "chai";
import { connection, DAY, deployLiquidity, launch, launchTerms, MILESTONES, OPEN, SUPPLY } from "./deployLiquidity.ts";

const { ethers, networkHelpers } = connection;
const { time } = networkHelpers;

async function fixture() {
  const loaded = await deployLiquidity();
  return { ...loaded, ...(await launch(loaded)) };
}
const load = () => networkHelpers.loadFixture(fixture);

describe("Launchpad", () => {
  it("refuses terms that are out of bounds, and models of somebody else", async () => {
    const loaded = await networkHelpers.loadFixture(deployLiquidity);
    const { launchpad, creator, attacker, models } = loaded;
    await models.connect(creator).approve(launchpad, 1n);
    const terms = await launchTerms();
    const wrong: [field: bigint, terms: Partial<typeof terms>][] = [
      [3n, { disclosure: ethers.ZeroHash }],
      [5n, { softCap: OPEN - 1n }],
      [6n, { hardCap: terms.softCap - 1n }],
      [7n, { contributorsBps: 8_001n }],
      [8n, { soldBps: 6_001n }],
      [8n, { soldBps: 999n }],
      [9n, { endsAt: BigInt(await time.latest()) + DAY - 60n }],
      [9n, { endsAt: BigInt(await time.latest()) + 61n * DAY }],
      [10n, { cliff: terms.vesting + 1n }],
      [11n, { vesting: 89n * DAY }],
      [12n, { deadline: 29n * DAY }],
      [13n, { reviewPeriod: DAY }],
    ];
    for (const [field, change] of wrong) {
      const refused = launchpad.connect(creator).launch({ ...terms, ...change }, MILESTONES);
      await expect(refused).to.be.revertedWithCustomError(launchpad, "LaunchTermOutOfBounds");
      await refused.catch((error: unknown) => expect(String(error)).to.contain(`(${field}, `));
    }
    const [first, second] = MILESTONES as [(typeof MILESTONES)[0], (typeof MILESTONES)[1]];
    for (const milestones of [
      [],
      [first],
      [first, { ...second, bps: 6_001n }],
      [
        { ...first, bps: 0n },
        { ...second, bps: 10_000n },
      ],
      [{ ...first, duration: 0n }, second],
      [{ ...first, threshold: 1n }, second],
      Array.from({ length: 17 }, () => first),
    ]) {
      await expect(launchpad.connect(creator).launch(terms, milestones)).to.be.revertedWithCustomError(
        launchpad,
        "LaunchInvalidMilestone",
      );
    }
    await expect(launchpad.connect(attacker).launch(terms, MILESTONES)).to.be.revertedWithCustomError(
      launchpad,
      "LaunchNotOwner",
    );
  });

  it("sells at one price, whatever the order, and gives back in proportion what is above the hard cap", async () => {
    const { launchpad, token, shares, terms, alice, bob, carol } = await load();
    await launchpad.connect(alice).deposit(1n, 1_000n * OPEN, []);
    await launchpad.connect(bob).deposit(1n, 3_000n * OPEN, []);
    await time.increaseTo(terms.endsAt - 2n);
    await launchpad.connect(carol).deposit(1n, 4_000n * OPEN, []);
    await expect(launchpad.connect(carol).deposit(1n, OPEN, [])).to.be.revertedWithCustomError(
      launchpad,
      "LaunchClosed",
    );
    await launchpad.graduate(1n);
    const sold = (SUPPLY * 4n) / 10n;
    for (const [person, paid] of [
      [alice, 1_000n],
      [bob, 3_000n],
      [carol, 4_000n],
    ] as const) {
      const before = await token.balanceOf(person);
      await launchpad.collect(1n, person);
      expect(await shares.balanceOf(person)).to.equal((sold * paid) / 8_000n);
      expect((await token.balanceOf(person)) - before).to.equal((paid * OPEN) / 2n);
      await expect(launchpad.collect(1n, person)).to.be.revertedWithCustomError(launchpad, "LaunchNothingToCollect");
    }
  });

  it("takes contributors of the model's data first, each contribution once", async () => {
    const loaded = await load();
    const { launchpad, contributions, shares, terms, alice, contributor, secondContributor, attacker } = loaded;
    // 20 % of 4,000 OPEN over three contributions
    const right = (800n * OPEN) / 3n;
    expect((await launchpad.launchOf(1n)).rightOfEach).to.equal(right);
    await launchpad.connect(alice).deposit(1n, 8_000n * OPEN, []);
    await launchpad.connect(contributor).deposit(1n, 1_000n * OPEN, [1n, 2n]);
    for (const [person, id] of [
      [contributor, 1n],
      [contributor, 3n],
      [attacker, 3n],
      [contributor, 4n],
    ] as const) {
      await expect(launchpad.connect(person).deposit(1n, OPEN, [id])).to.be.revert(ethers);
    }
    await contributions.connect(secondContributor).transferFrom(secondContributor, attacker, 3n);
    await launchpad.connect(attacker).deposit(1n, 100n * OPEN, [3n]);
    const paid = await launchpad.depositOf(1n, contributor);
    expect(paid.byRight).to.equal(2n * right);
    await time.increaseTo(terms.endsAt);
    await launchpad.graduate(1n);
    for (const person of [alice, contributor, attacker]) await launchpad.collect(1n, person);
    const sold = (SUPPLY * 4n) / 10n;
    expect(await shares.balanceOf(attacker)).to.equal((sold * 100n) / 4_000n);
    const others = 4_000n * OPEN - 2n * right - 100n * OPEN;
    const rest = 1_000n * OPEN - 2n * right;
    const accepted = 2n * right + (rest * others) / (8_000n * OPEN + rest);
    expect(await shares.balanceOf(contributor)).to.equal((sold * accepted) / (4_000n * OPEN));
  });

  it("gives everything back below the soft cap, and the model with what it earned meanwhile", async () => {
    const { launchpad, models, token, shares, terms, creator, alice, bob, deployer } = await load();
    const before = await Promise.all([alice, bob, creator].map((person) => token.balanceOf(person)));
    await launchpad.connect(alice).deposit(1n, 600n * OPEN, []);
    await launchpad.connect(bob).deposit(1n, 400n * OPEN - 1n, []);
    await token.connect(deployer).transfer(shares, 7n * OPEN);
    await expect(launchpad.graduate(1n)).to.be.revertedWithCustomError(launchpad, "LaunchOpen");
    await expect(launchpad.fail(1n)).to.be.revertedWithCustomError(launchpad, "LaunchOpen");
    await expect(launchpad.collect(1n, alice)).to.be.revertedWithCustomError(launchpad, "LaunchWrongStatus");
    await time.increaseTo(terms.endsAt);
    await expect(launchpad.graduate(1n)).to.be.revertedWithCustomError(launchpad, "LaunchSoftCapMissed");
    await launchpad.fail(1n);
    for (const again of [launchpad.fail(1n), launchpad.graduate(1n)]) {
      await expect(again).to.be.revertedWithCustomError(launchpad, "LaunchWrongStatus");
    }
    await launchpad.collect(1n, alice);
    await launchpad.collect(1n, bob);
    const after = await Promise.all([alice, bob, creator].map((person) => token.balanceOf(person)));
    expect(after).to.deep.equal([before[0], before[1], before[2]! + 7n * OPEN]);
    expect(await models.ownerOf(1n)).to.equal(creator.address);
    expect(await launchpad.vested(1n)).to.equal(0n);
  });

  it("graduates once, at the price of the sale, with the liquidity locked and the proceeds in milestones", async () => {
    const { launchpad, token, shares, grants, pair, terms, creator, alice, attacker } = await load();
    await launchpad.connect(alice).deposit(1n, 2_000n * OPEN, []);
    await time.increaseTo(terms.endsAt);
    await expect(launchpad.fail(1n)).to.be.revertedWithCustomError(launchpad, "LaunchSoftCapReached");
    await launchpad.connect(attacker).graduate(1n);
    await expect(launchpad.graduate(1n)).to.be.revertedWithCustomError(launchpad, "LaunchWrongStatus");
    const sold = (SUPPLY * 4n) / 10n;
    expect(await token.balanceOf(pair)).to.equal(1_000n * OPEN);
    expect(await shares.balanceOf(pair)).to.equal(sold / 2n);
    // price of the pair over price of the sale
    expect((1_000n * sold) / 2_000n).to.equal(sold / 2n);
    expect(await pair.balanceOf(await launchpad.LOCK())).to.equal((await pair.totalSupply()) - 1_000n);
    expect(await token.balanceOf(launchpad)).to.equal(0n);
    expect(await token.balanceOf(grants)).to.equal(1_000n * OPEN);
    const grant = await grants.grantOf((await launchpad.launchOf(1n)).grantId);
    expect([grant.funder, grant.terms.recipient, grant.terms.reviewer]).to.deep.equal([
      await shares.getAddress(),
      creator.address,
      await shares.getAddress(),
    ]);
    const amounts = await Promise.all([0n, 1n].map(async (i) => (await grants.milestoneOf(1n, i)).milestone.amount));
    expect(amounts).to.deep.equal([400n * OPEN, 600n * OPEN]);
  });

  it("releases the creator's shares by the second after the cliff; until then they earn nothing", async () => {
    const { launchpad, shares, terms, creator, alice, token, deployer } = await load();
    await launchpad.connect(alice).deposit(1n, 2_000n * OPEN, []);
    await time.increaseTo(terms.endsAt);
    await launchpad.graduate(1n);
    await launchpad.collect(1n, alice);
    const { graduatedAt, creatorShares } = await launchpad.launchOf(1n);
    expect(creatorShares).to.equal((SUPPLY * 4n) / 10n);
    await token.connect(deployer).transfer(shares, 100n * OPEN);
    await shares.claim(deployer);
    await time.increaseTo(graduatedAt + 30n * DAY - 2n);
    await expect(launchpad.release(1n)).to.be.revertedWithCustomError(launchpad, "LaunchNothingToCollect");
    expect(await shares.claimable(alice)).to.equal(100n * OPEN);
    expect(await shares.claimable(launchpad)).to.equal(0n);
    await time.increaseTo(graduatedAt + 100n * DAY - 1n);
    await launchpad.release(1n);
    expect(await shares.balanceOf(creator)).to.equal(creatorShares / 3n);
    await time.increaseTo(graduatedAt + 300n * DAY);
    await launchpad.release(1n);
    expect(await shares.balanceOf(creator)).to.equal(creatorShares);
    expect(await shares.balanceOf(launchpad)).to.equal(0n);
  });

  it("knows no launch that was not made", async () => {
    const { launchpad, alice } = await load();
    for (const unknown of [
      launchpad.connect(alice).deposit(2n, OPEN, []),
      launchpad.graduate(0n),
      launchpad.release(2n),
    ]) {
      await expect(unknown).to.be.revertedWithCustomError(launchpad, "LaunchUnknown");
    }
    await expect(launchpad.connect(alice).deposit(1n, 0n, [])).to.be.revertedWithCustomError(
      launchpad,
      "LaunchEmptyDeposit",
    );
  });
});
