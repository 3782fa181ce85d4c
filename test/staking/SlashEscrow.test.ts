import { expect } from "chai";
import { network } from "hardhat";
import { rootHashOf } from "@openledger/protocol/eip712/scoreRoot.ts";
import { createPending } from "../attribution/createPending.ts";
import { DAY, OPERATORS, REVEAL_WINDOW, SLASH_BPS, STAKE } from "../attribution/deployDisputes.ts";
import { type BuiltRoot } from "../attribution/builtRoot.ts";
import { settlementEvidence } from "../attribution/evidence.ts";
import { bytesOf, featuresOf, indexEvidence } from "../attribution/builtIndex.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const { settledOnce, indexed, wait } = createPending({ ethers, networkHelpers });
const Oracle = 0;
const TAKEN = (STAKE * SLASH_BPS) / 10_000n;
const LOST = TAKEN / 10n;
const HELD = TAKEN - LOST;
const ALL = BigInt(OPERATORS);
const HOLD_PERIOD = 56n * DAY;

type Common = Pick<Awaited<ReturnType<typeof indexed>>, "demands" | "stakes" | "operators">;

const loadRoot = () => networkHelpers.loadFixture(settledOnce);
const loadIndex = () => networkHelpers.loadFixture(indexed);

/** The demand that was made last, and what it asked. */
async function asked({ demands }: Common) {
  const [event] = (await demands.queryFilter(demands.filters.Demanded())).slice(-1);
  const { demandId, question } = event!.args;
  return { demandId, question };
}

async function afterJail({ stakes, operators }: Common) {
  await wait(DAY + 1n);
  for (const { account } of operators) await stakes.connect(account).unjail(Oracle);
  await stakes.snapshotQuorum();
}

/** Asks for the functional of the first pool of the pending root. */
async function ask(d: Awaited<ReturnType<typeof loadRoot>>, { root, settlements }: BuiltRoot) {
  const { modelId, epoch } = settlements[0]!.settlement;
  await d.demands.connect(d.challenger).demandFunctional(root, modelId, epoch);
  return asked(d);
}

/** A root is posted, and nobody answers for it. */
async function silentRoot(d: Awaited<ReturnType<typeof loadRoot>>, built: BuiltRoot) {
  await d.town.post(built);
  const demand = await ask(d, built);
  await wait(REVEAL_WINDOW + 1n);
  const defaulted = d.demands.defaultDemand(demand.demandId);
  await defaulted;
  return { ...demand, defaulted };
}

/** The root is posted again, by operators that are out of jail. */
async function postAgain(d: Awaited<ReturnType<typeof loadRoot>>, built: BuiltRoot): Promise<bigint> {
  await afterJail(d);
  await d.town.post(built);
  return (await d.distributor.pendingRoot()).postedAt;
}

async function answer({ demands, stranger }: Awaited<ReturnType<typeof loadRoot>>, built: BuiltRoot) {
  const { functional } = built.settlements[0]!;
  await demands.connect(stranger).answerFunctional(built.root, settlementEvidence(built, 0), bytesOf(functional));
}

/** What was posted again was answered for, and is final. */
async function answeredAndFinal(d: Awaited<ReturnType<typeof loadRoot>>, built: BuiltRoot): Promise<bigint> {
  const postedAt = await postAgain(d, built);
  await ask(d, built);
  await answer(d, built);
  await wait(DAY);
  await d.distributor.finalize(built.root);
  return postedAt;
}

describe("SlashEscrow", () => {
  it("takes of silence at once what a lie costs, keeps all but a tenth, and pays the challenger of that", async () => {
    const d = await loadRoot();
    const { town, token, escrow, stakes, treasury, demands, operators, first, lastEpoch } = d;
    const before = await token.balanceOf(treasury);
    const built = await town.settle(first, lastEpoch);
    const { demandId, defaulted } = await silentRoot(d, built);
    for (const { account } of operators) {
      expect((await stakes.poolOf(Oracle, account)).assets).to.equal(STAKE - TAKEN);
      await expect(defaulted).to.emit(escrow, "Held").withArgs(demandId, account, LOST, HELD, 0n);
      const part = await escrow.partOf(demandId, account);
      expect([part.active, part.unbonding, part.slash]).to.deep.equal([HELD, 0n, 1n]);
    }
    const held = await escrow.caseOf(demandId);
    expect([held.content, held.versionId, held.assets, held.state]).to.deep.equal([
      rootHashOf(built.root),
      0n,
      ALL * HELD,
      1n,
    ]);
    expect(await token.balanceOf(escrow)).to.equal(ALL * HELD);
    const reward = (ALL * LOST * 3_000n) / 10_000n;
    expect((await token.balanceOf(treasury)) - before).to.equal(ALL * LOST - reward);
    expect(await token.balanceOf(demands)).to.equal(0n);
  });

  it("gives back to the owners of the stake when the root was answered for and became final", async () => {
    const d = await loadRoot();
    const { town, token, escrow, stranger, operators, first, lastEpoch } = d;
    const built = await town.settle(first, lastEpoch);
    const { demandId, question } = await silentRoot(d, built);
    const { account } = operators[0]!;
    await expect(escrow.connect(account).claim(demandId, account)).to.be.revertedWithCustomError(
      escrow,
      "EscrowNothingOwed",
    );
    const postedAt = await answeredAndFinal(d, built);
    await expect(escrow.connect(stranger).giveBack(demandId, question, postedAt))
      .to.emit(escrow, "Returned")
      .withArgs(demandId, ALL * HELD);
    await expect(escrow.connect(account).claim(demandId, account)).to.changeTokenBalances(
      ethers,
      token,
      [escrow, account],
      [-HELD, HELD],
    );
    for (const caller of [account, stranger]) {
      await expect(escrow.connect(caller).claim(demandId, account))
        .to.be.revertedWithCustomError(escrow, "EscrowNothingOwed")
        .withArgs(demandId);
    }
    for (const { account: other } of operators.slice(1)) await escrow.connect(other).claim(demandId, other);
    expect(await token.balanceOf(escrow)).to.equal(0n);
    await expect(escrow.forfeit(demandId)).to.be.revertedWithCustomError(escrow, "EscrowNotHeld");
    await expect(escrow.giveBack(demandId, question, postedAt)).to.be.revertedWithCustomError(escrow, "EscrowNotHeld");
  });

  it("gives nothing back for a root that is not final, for another question, or for one that nobody answered", async () => {
    const d = await loadRoot();
    const { town, escrow, distributor, demands, first, lastEpoch } = d;
    const built = await town.settle(first, lastEpoch);
    const { demandId, question } = await silentRoot(d, built);
    const postedAt = await postAgain(d, built);
    await expect(escrow.giveBack(demandId, question, postedAt))
      .to.be.revertedWithCustomError(escrow, "EscrowNotFinal")
      .withArgs(rootHashOf(built.root));
    await wait(DAY);
    await distributor.finalize(built.root);
    await expect(escrow.giveBack(demandId, `${question}00`, postedAt))
      .to.be.revertedWithCustomError(escrow, "EscrowWrongQuestion")
      .withArgs(demandId);
    const later = ethers.keccak256(
      ethers.AbiCoder.defaultAbiCoder().encode(
        ["bytes32", "bytes"],
        [await demands.rootSubject(rootHashOf(built.root), postedAt), question],
      ),
    );
    await expect(escrow.giveBack(demandId, question, postedAt))
      .to.be.revertedWithCustomError(escrow, "EscrowNotAnswered")
      .withArgs(later);
  });

  it("goes to the treasury when the root is proven wrong, whoever signed it again", async () => {
    const d = await loadRoot();
    const { town, token, escrow, disputes, challenger, treasury, first, lastEpoch } = d;
    const lie = await town.settle(first, lastEpoch, {
      settlements: (s) => void (s[0] = { ...s[0]!, pool: s[0]!.pool + 1n }),
    });
    const { demandId } = await silentRoot(d, lie);
    await expect(escrow.forfeit(demandId)).to.be.revertedWithCustomError(escrow, "EscrowNotOver");
    await postAgain(d, lie);
    await disputes.connect(challenger).disputeSettlement(lie.root, settlementEvidence(lie, 0));
    await expect(escrow.forfeit(demandId)).to.changeTokenBalances(
      ethers,
      token,
      [escrow, treasury],
      [-ALL * HELD, ALL * HELD],
    );
    await expect(escrow.forfeit(demandId)).to.be.revertedWithCustomError(escrow, "EscrowNotHeld");
  });

  it("goes to the treasury when the root has not become final in 56 days, and not before", async () => {
    const d = await loadRoot();
    const { town, escrow, first, lastEpoch } = d;
    const { demandId } = await silentRoot(d, await town.settle(first, lastEpoch));
    const until = (await escrow.caseOf(demandId)).heldAt + HOLD_PERIOD;
    await networkHelpers.time.setNextBlockTimestamp(until - 1n);
    await expect(escrow.forfeit(demandId))
      .to.be.revertedWithCustomError(escrow, "EscrowNotOver")
      .withArgs(demandId, until);
    await networkHelpers.time.setNextBlockTimestamp(until);
    await expect(escrow.forfeit(demandId))
      .to.emit(escrow, "Forfeited")
      .withArgs(demandId, ALL * HELD);
  });

  it("belongs to whose stake was slashed: not to who joined since, and still to who left", async () => {
    const d = await loadRoot();
    const { town, token, stakes, escrow, alice, bob, carol, operators, first, lastEpoch } = d;
    const { account: operator } = operators[0]!;
    const join = async (account: typeof alice) => {
      await token.connect(account).approve(stakes, ethers.MaxUint256);
      await stakes.connect(account).stake(Oracle, operator, STAKE, 0, 1_000);
    };
    const leave = async (account: typeof alice, part: bigint) => {
      const shares = await stakes.sharesOf(Oracle, operator, account);
      await stakes.connect(account).requestUnbond(Oracle, operator, shares / part);
    };
    await join(alice);
    await join(carol);
    await leave(carol, 1n); // ticket 1, hit by the slash
    await leave(alice, 2n); // ticket 2, too
    const built = await town.settle(first, lastEpoch);
    const { demandId, question } = await silentRoot(d, built);
    await join(bob);
    await leave(bob, 2n); // ticket 3, requested afterwards
    await leave(alice, 1n);
    const postedAt = await answeredAndFinal(d, built);
    await wait(45n * DAY);
    await stakes.connect(carol).withdraw(1n);
    await escrow.giveBack(demandId, question, postedAt);

    const gets = (account: typeof alice, amount: bigint, ticketId?: bigint) => {
      const by = escrow.connect(account);
      const claimed = ticketId === undefined ? by.claim(demandId, operator) : by.claimTicket(demandId, ticketId);
      return expect(claimed).to.changeTokenBalance(ethers, token, account, amount);
    };
    const refused = (claimed: Promise<unknown>) =>
      expect(claimed).to.be.revertedWithCustomError(escrow, "EscrowNothingOwed").withArgs(demandId);
    await gets(alice, HELD / 2n);
    await gets(operator, HELD);
    await gets(carol, HELD, 1n);
    await gets(alice, HELD / 2n, 2n);
    await refused(escrow.connect(bob).claim(demandId, operator));
    await refused(escrow.connect(bob).claimTicket(demandId, 3n));
    await refused(escrow.connect(alice).claimTicket(demandId, 4n));
    await refused(escrow.connect(bob).claimTicket(demandId, 1n));
    await refused(escrow.connect(carol).claimTicket(demandId, 1n));
  });

  it("pays nothing for a ticket that was paid out before the slash", async () => {
    const d = await loadRoot();
    const { town, stakes, escrow, operators, first, lastEpoch } = d;
    const { account } = operators[0]!;
    const shares = await stakes.sharesOf(Oracle, account, account);
    await stakes.connect(account).requestUnbond(Oracle, account, shares / 8n);
    await stakes.connect(account).requestUnbond(Oracle, account, shares / 8n);
    await wait(45n * DAY);
    await stakes.connect(account).withdraw(1n);
    await stakes.snapshotQuorum();
    const built = await town.settle(first, lastEpoch);
    const { demandId, question } = await silentRoot(d, built);
    await escrow.giveBack(demandId, question, await answeredAndFinal(d, built));
    await expect(escrow.connect(account).claimTicket(demandId, 1n)).to.be.revertedWithCustomError(
      escrow,
      "EscrowNothingOwed",
    );
    const [part] = [await escrow.partOf(demandId, account)];
    await expect(escrow.connect(account).claimTicket(demandId, 2n))
      .to.emit(escrow, "PartClaimed")
      .withArgs(demandId, account, account, part.unbonding);
  });

  it("works for an index, which may be attested again and answered for", async () => {
    const d = await loadIndex();
    const { town, token, escrow, indexes, demands, challenger, stranger, operators, index } = d;
    await demands.connect(challenger).demandIndexRow(1, 0);
    const { demandId, question } = await asked(d);
    await wait(REVEAL_WINDOW + 1n);
    await demands.defaultDemand(demandId);
    expect(await token.balanceOf(escrow)).to.equal(ALL * HELD);

    await afterJail(d);
    await expect(escrow.giveBack(demandId, question, 0n)).to.be.revertedWithCustomError(indexes, "IndexUnknown");
    await town.attest(index);
    const { challengeEnds } = await indexes.indexOf(1);
    await demands.connect(challenger).demandIndexRow(1, 0);
    await demands.connect(stranger).answerIndexRow(1, indexEvidence(index, 0), featuresOf(index, 0));
    await expect(escrow.giveBack(demandId, question, challengeEnds)).to.be.revertedWithCustomError(
      escrow,
      "EscrowNotFinal",
    );
    await wait(DAY);
    await expect(escrow.giveBack(demandId, question, challengeEnds - 1n)).to.be.revertedWithCustomError(
      escrow,
      "EscrowNotAnswered",
    );
    await escrow.giveBack(demandId, question, challengeEnds);
    for (const { account } of operators) {
      await expect(escrow.connect(account).claim(demandId, account)).to.changeTokenBalance(
        ethers,
        token,
        account,
        HELD,
      );
    }
    expect(await token.balanceOf(escrow)).to.equal(0n);
  });

  it("is filled by the judge alone", async () => {
    const { escrow, stranger } = await loadRoot();
    const silence = { demandId: ethers.ZeroHash, subject: ethers.ZeroHash };
    for (const versionId of [0n, 1n]) {
      await expect(escrow.connect(stranger).take(silence, versionId, stranger))
        .to.be.revertedWithCustomError(escrow, "EscrowUnauthorized")
        .withArgs(stranger);
    }
  });
});
