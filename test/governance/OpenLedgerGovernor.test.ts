import { expect } from "chai";
import {
  AGAINST,
  connection,
  DAY,
  deployGovernance,
  FOR,
  type Governance,
  OPEN,
  pass,
  propose,
  STATE,
  untilOpen,
  untilOver,
  wrap,
} from "./deployGovernance.ts";

const { ethers, networkHelpers } = connection;
const { time } = networkHelpers;
const load = () => networkHelpers.loadFixture(deployGovernance);

const MILLION = 1_000_000n * OPEN;

/** A change of a policy that the timelock owns. */
async function allowScheme({ models }: Governance, name = "text/1") {
  return {
    to: await models.getAddress(),
    data: models.interface.encodeFunctionData("setScheme", [ethers.id(name), true]),
  };
}

describe("OpenLedgerGovernor", () => {
  it("takes no proposal below the threshold, and no votes that were wrapped after the snapshot", async () => {
    const governance = await load();
    const { governor, alice, bob } = governance;
    await expect(propose(governance, alice, [await allowScheme(governance)])).to.be.revertedWithCustomError(
      governor,
      "GovernorInsufficientProposerVotes",
    );
    await wrap(governance, alice, 12n * MILLION);
    const proposalId = await propose(governance, alice, [await allowScheme(governance)]);
    await untilOpen(governance, proposalId);
    await wrap(governance, bob, 40n * MILLION);
    await expect(governor.connect(bob).castVote(proposalId, AGAINST)).to.be.revertedWithCustomError(
      governor,
      "GovernorAlreadyCastVote",
    );
    await governor.connect(alice).castVote(proposalId, FOR);
    expect(await governor.proposalVotes(proposalId)).to.deep.equal([0n, 12n * MILLION, 0n]);
  });

  it("defeats what a wrapper below the floor votes for alone", async () => {
    const governance = await load();
    const { governor, alice } = governance;
    await wrap(governance, alice, 10n * MILLION - 1n);
    const proposalId = await propose(governance, alice, [await allowScheme(governance)]);
    await untilOpen(governance, proposalId);
    await governor.connect(alice).castVote(proposalId, FOR);
    await untilOver(governance, proposalId);
    expect(await governor.state(proposalId)).to.equal(STATE.Defeated);
    await expect(governor["queue(uint256)"](proposalId)).to.be.revertedWithCustomError(
      governor,
      "GovernorUnexpectedProposalState",
    );
  });

  it("keeps the floor when a vote sets the share of the quorum to 0", async () => {
    const governance = await load();
    const { governor, alice } = governance;
    await wrap(governance, alice, 10n * MILLION);
    const to = await governor.getAddress();
    const data = governor.interface.encodeFunctionData("updateQuorumNumerator", [0n]);
    await pass(governance, await propose(governance, alice, [{ to, data }]), [alice]);
    expect(await governor.quorum((await time.latest()) - 1)).to.equal(10n * MILLION);
  });

  it("executes what passed, by anybody, not before the timelock's delay", async () => {
    const governance = await load();
    const { governor, models, timelock, alice, stranger } = governance;
    await wrap(governance, alice, 10n * MILLION);
    const proposalId = await propose(governance, alice, [await allowScheme(governance)]);
    await untilOpen(governance, proposalId);
    await governor.connect(alice).castVote(proposalId, FOR);
    await untilOver(governance, proposalId);
    await governor["queue(uint256)"](proposalId);
    await expect(governor["execute(uint256)"](proposalId)).to.be.revertedWithCustomError(
      timelock,
      "TimelockUnexpectedOperationState",
    );
    await time.increaseTo(await governor.proposalEta(proposalId));
    await governor.connect(stranger)["execute(uint256)"](proposalId);
    expect(await governor.state(proposalId)).to.equal(STATE.Executed);
    expect(await models.isSchemeAllowed(ethers.id("text/1"))).to.equal(true);
  });

  it("gives others time to answer a vote that reaches the quorum at the end", async () => {
    const governance = await load();
    const { governor, parameters, alice, bob } = governance;
    await wrap(governance, alice, 12n * MILLION);
    await wrap(governance, bob, 15n * MILLION);
    const proposalId = await propose(governance, alice, [await allowScheme(governance)]);
    const end = await governor.proposalDeadline(proposalId);
    await time.increaseTo(end - 60n);
    await governor.connect(alice).castVote(proposalId, FOR);
    const extension = BigInt(parameters.governance.lateQuorumExtensionSeconds);
    expect(await governor.proposalDeadline(proposalId)).to.be.greaterThanOrEqual(end - 60n + extension);
    await time.increaseTo(end + 60n);
    await governor.connect(bob).castVote(proposalId, AGAINST);
    await untilOver(governance, proposalId);
    expect(await governor.state(proposalId)).to.equal(STATE.Defeated);
  });

  it("takes a vote in parts, and never more than there is", async () => {
    const governance = await load();
    const { governor, alice } = governance;
    await wrap(governance, alice, 12n * MILLION);
    const proposalId = await propose(governance, alice, [await allowScheme(governance)]);
    await untilOpen(governance, proposalId);
    const parts = (against: bigint, inFavor: bigint, abstain: bigint) =>
      ethers.solidityPacked(["uint128", "uint128", "uint128"], [against, inFavor, abstain]);
    const vote = (params: string) => governor.connect(alice).castVoteWithReasonAndParams(proposalId, 255, "", params);
    await expect(vote(parts(5n * MILLION, 7n * MILLION, 1n))).to.be.revertedWithCustomError(
      governor,
      "GovernorExceedRemainingWeight",
    );
    await vote(parts(5n * MILLION, 6n * MILLION, 1n * MILLION));
    expect(await governor.proposalVotes(proposalId)).to.deep.equal([5n * MILLION, 6n * MILLION, MILLION]);
    await expect(governor.connect(alice).castVote(proposalId, FOR)).to.be.revertedWithCustomError(
      governor,
      "GovernorAlreadyCastVote",
    );
  });

  it("lets only the named proposer propose a text that names one", async () => {
    const governance = await load();
    const { governor, alice, bob } = governance;
    await wrap(governance, alice, MILLION);
    await wrap(governance, bob, MILLION);
    const description = `A change #proposer=${alice.address}`;
    await expect(propose(governance, bob, [await allowScheme(governance)], description)).to.be.revertedWithCustomError(
      governor,
      "GovernorRestrictedProposer",
    );
    await propose(governance, alice, [await allowScheme(governance)], description);
  });

  describe("guardian", () => {
    async function aboutGuardian({ governor, stranger }: Governance) {
      const to = await governor.getAddress();
      const { interface: abi } = governor;
      return {
        replace: { to, data: abi.encodeFunctionData("setProposalGuardian", [stranger.address]) },
        end: { to, data: abi.encodeFunctionData("setGuardianTerm", [0n]) },
        extend: (until: bigint) => ({ to, data: abi.encodeFunctionData("setGuardianTerm", [until]) }),
      };
    }

    it("cancels proposals, queued ones too", async () => {
      const governance = await load();
      const { governor, timelock, models, deployer, alice, stranger } = governance;
      await wrap(governance, alice, 10n * MILLION);
      const proposalId = await propose(governance, alice, [await allowScheme(governance)]);
      await untilOpen(governance, proposalId);
      await governor.connect(alice).castVote(proposalId, FOR);
      await untilOver(governance, proposalId);
      await governor["queue(uint256)"](proposalId);
      await expect(governor.connect(stranger)["cancel(uint256)"](proposalId)).to.be.revertedWithCustomError(
        governor,
        "GovernorUnableToCancel",
      );
      await governor.connect(deployer)["cancel(uint256)"](proposalId);
      expect(await governor.state(proposalId)).to.equal(STATE.Canceled);
      await time.increase(30n * DAY);
      await expect(governor["execute(uint256)"](proposalId)).to.be.revertedWithCustomError(
        governor,
        "GovernorUnexpectedProposalState",
      );
      expect(await models.isSchemeAllowed(ethers.id("text/1"))).to.equal(false);
      expect(await timelock.hasRole(ethers.id("CANCELLER_ROLE"), deployer)).to.equal(false);
    });

    it("cannot cancel what only replaces it or ends its term", async () => {
      const governance = await load();
      const { governor, deployer, alice, stranger } = governance;
      await wrap(governance, alice, 10n * MILLION);
      const { replace, end } = await aboutGuardian(governance);
      const proposalId = await propose(governance, alice, [replace, end]);
      await expect(governor.connect(deployer)["cancel(uint256)"](proposalId)).to.be.revertedWithCustomError(
        governor,
        "GovernorUnableToCancel",
      );
      await pass(governance, proposalId, [alice]);
      expect(await governor.proposalGuardian()).to.equal(ethers.ZeroAddress);
      expect(await governor.guardianUntil()).to.equal(0n);
      expect(stranger.address).to.not.equal(deployer.address);
    });

    it("cancels a proposal that hides another call behind its replacement", async () => {
      const governance = await load();
      const { governor, deployer, alice } = governance;
      await wrap(governance, alice, MILLION);
      const { replace } = await aboutGuardian(governance);
      const proposalId = await propose(governance, alice, [replace, await allowScheme(governance)]);
      await governor.connect(deployer)["cancel(uint256)"](proposalId);
      expect(await governor.state(proposalId)).to.equal(STATE.Canceled);
    });

    it("has no power after its term, and a proposer may then cancel what is its own", async () => {
      const governance = await load();
      const { governor, parameters, deployer, alice } = governance;
      await wrap(governance, alice, MILLION);
      await time.increase(parameters.governance.guardianTermSeconds);
      const proposalId = await propose(governance, alice, [await allowScheme(governance)]);
      await expect(governor.connect(deployer)["cancel(uint256)"](proposalId)).to.be.revertedWithCustomError(
        governor,
        "GovernorUnableToCancel",
      );
      await governor.connect(alice)["cancel(uint256)"](proposalId);
    });

    it("gets another term by a vote alone, of a year at most", async () => {
      const governance = await load();
      const { governor, deployer, alice } = governance;
      await expect(governor.connect(deployer).setGuardianTerm(1n)).to.be.revertedWithCustomError(
        governor,
        "GovernorOnlyExecutor",
      );
      await wrap(governance, alice, 10n * MILLION);
      const { extend } = await aboutGuardian(governance);
      const now = BigInt(await time.latest());
      const tooLong = await propose(governance, alice, [extend(now + 400n * DAY)], "too long");
      await expect(pass(governance, tooLong, [alice])).to.be.revertedWithCustomError(
        governor,
        "GovernorGuardianTermTooLong",
      );
      const year = await propose(governance, alice, [extend(now + 365n * DAY)], "a year");
      await pass(governance, year, [alice]);
      expect(await governor.guardianUntil()).to.equal(now + 365n * DAY);
    });
  });
});
