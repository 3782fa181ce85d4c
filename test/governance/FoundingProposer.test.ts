import { expect } from "chai";
import { connection, DAY, deployGovernance, OPEN, wrap } from "./deployGovernance.ts";

const { ethers, networkHelpers } = connection;
const { time } = networkHelpers;
const load = () => networkHelpers.loadFixture(deployGovernance);
const HALF = DAY / 2n;
const FLOOR = 10_000_000n * OPEN;

describe("FoundingProposer", () => {
  it("schedules for the founder alone, with the timelock's delay", async () => {
    const { founding, timelock, models, deployer, stranger } = await load();
    const data = models.interface.encodeFunctionData("setScheme", [ethers.id("text/1"), true]);
    const batch = [[await models.getAddress()], [0n], [data]] as const;
    const salt = ethers.ZeroHash;
    await expect(
      founding.connect(stranger).schedule([...batch[0]], [...batch[1]], [...batch[2]], salt),
    ).to.be.revertedWithCustomError(founding, "FoundingUnauthorized");
    await founding.connect(deployer).schedule([...batch[0]], [...batch[1]], [...batch[2]], salt);
    const execute = () =>
      timelock.connect(stranger).executeBatch([...batch[0]], [...batch[1]], [...batch[2]], ethers.ZeroHash, salt);
    await expect(execute()).to.be.revertedWithCustomError(timelock, "TimelockUnexpectedOperationState");
    await time.increase(await timelock.getMinDelay());
    await execute();
    expect(await models.isSchemeAllowed(ethers.id("text/1"))).to.equal(true);
  });

  it("cancels what it scheduled and nothing of the Governor", async () => {
    const { founding, timelock, models, deployer, stranger } = await load();
    const data = models.interface.encodeFunctionData("setScheme", [ethers.id("text/1"), true]);
    const target = await models.getAddress();
    const operation = await timelock.hashOperationBatch([target], [0n], [data], ethers.ZeroHash, ethers.ZeroHash);
    await expect(founding.connect(deployer).cancel(operation)).to.be.revertedWithCustomError(
      founding,
      "FoundingNotScheduledHere",
    );
    await founding.connect(deployer).schedule([target], [0n], [data], ethers.ZeroHash);
    await expect(founding.connect(stranger).cancel(operation)).to.be.revertedWithCustomError(
      founding,
      "FoundingUnauthorized",
    );
    await founding.connect(deployer).cancel(operation);
    expect(await timelock.isOperation(operation)).to.equal(false);
  });

  it("does not end for votes that were not there on each of seven days", async () => {
    const governance = await load();
    const { founding, votes, alice, stranger } = governance;
    await time.increase(30n * DAY);
    await wrap(governance, alice, FLOOR);
    await time.increase(6n * DAY - HALF);
    const end = () => founding.connect(stranger).end();
    await expect(end()).to.be.revertedWithCustomError(founding, "FoundingTooFewVotes");
    // Gone for a day in the middle of the week.
    await votes.connect(alice).withdrawTo(alice, 1n);
    await time.increase(DAY);
    await votes.connect(alice).depositFor(alice, 1n);
    await time.increase(3n * DAY + HALF);
    await expect(end()).to.be.revertedWithCustomError(founding, "FoundingTooFewVotes");
    await time.increase(4n * DAY);
    await end();
  });

  it("ends for ever, by anybody, once there are enough votes, and leaves the Governor as the only proposer", async () => {
    const governance = await load();
    const { founding, governor, timelock, models, deployer, alice, stranger } = governance;
    await wrap(governance, alice, FLOOR);
    await time.increase(6n * DAY + 2n);
    await expect(founding.connect(stranger).end()).to.emit(founding, "FoundingEnded").withArgs(stranger.address);
    for (const role of ["PROPOSER_ROLE", "CANCELLER_ROLE"]) {
      expect(await timelock.hasRole(ethers.id(role), founding)).to.equal(false);
      expect(await timelock.hasRole(ethers.id(role), governor)).to.equal(true);
    }
    const data = models.interface.encodeFunctionData("setScheme", [ethers.id("text/1"), true]);
    await expect(
      founding.connect(deployer).schedule([await models.getAddress()], [0n], [data], ethers.ZeroHash),
    ).to.be.revertedWithCustomError(timelock, "AccessControlUnauthorizedAccount");
  });
});
