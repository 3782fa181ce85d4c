import { expect } from "chai";
import { network } from "hardhat";
import { accounts } from "../accounts.ts";
import { deployProxy } from "../deployProxy.ts";
import { announce, EXIT_DELAY } from "./announce.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const { time } = networkHelpers;
const WINDOW = 30n * 86_400n;

async function deploy() {
  const { owner, stranger, heir } = await accounts(ethers, "owner", "stranger", "heir");
  const contract = await ethers.deployContract("Delayed", [owner]);
  const delayed = await ethers.getContractAt("IExitDelay", contract);
  const setNumber = (number: bigint) => contract.interface.encodeFunctionData("setNumber", [number]);
  /** Calls {@link Delayed.setNumber}, by the owner unless another account is named. */
  const set = (number: bigint, by = owner) => contract.connect(by).getFunction("setNumber").send(number);
  const numberOf = () => contract.getFunction("number").staticCall() as Promise<bigint>;
  return { owner, stranger, heir, contract, delayed, setNumber, set, numberOf };
}

async function deployUpgrade() {
  const { owner, stranger } = await accounts(ethers, "owner", "stranger");
  const proxy = await ethers.getContractAt(
    "UpgradeableAfterExit",
    await deployProxy(ethers, "DelayedUpgrade", [1n], [owner.address]),
  );
  const next = await ethers.deployContract("DelayedUpgrade", [2n]);
  const other = await ethers.deployContract("DelayedUpgrade", [3n]);
  const generationOf = () => next.attach(proxy).getFunction("generation").staticCall() as Promise<bigint>;
  return { owner, stranger, proxy, next, other, generationOf };
}

describe("ExitDelay", () => {
  it("refuses a call that was not announced", async () => {
    const { delayed, setNumber, set } = await networkHelpers.loadFixture(deploy);
    await expect(set(7n))
      .to.be.revertedWithCustomError(delayed, "ExitDelayNotAnnounced")
      .withArgs(ethers.keccak256(setNumber(7n)));
  });

  it("refuses strangers, whatever was announced", async () => {
    const { contract, delayed, setNumber, set, numberOf, stranger } = await networkHelpers.loadFixture(deploy);
    await announce({ ethers, networkHelpers }, contract, "setNumber", [7n]);
    const outside = delayed.connect(stranger);
    for (const call of [
      () => outside.announce(setNumber(7n)),
      () => outside.withdrawAnnouncement(ethers.keccak256(setNumber(7n))),
      () => set(7n, stranger),
    ])
      await expect(call())
        .to.be.revertedWithCustomError(contract, "OwnableUnauthorizedAccount")
        .withArgs(stranger.address);
    expect(await numberOf()).to.equal(0n);
  });

  it("makes an announced call possible after 60 days, to the second, for 30 days", async () => {
    const { delayed, setNumber, set, numberOf } = await networkHelpers.loadFixture(deploy);
    const callHash = ethers.keccak256(setNumber(7n));
    const announced = delayed.announce(setNumber(7n));
    await announced;
    const at = BigInt(await time.latest()) + EXIT_DELAY;
    await expect(announced).to.emit(delayed, "ChangeAnnounced").withArgs(callHash, setNumber(7n), at);
    expect(await delayed.executableAt(callHash)).to.equal(at);
    await time.setNextBlockTimestamp(at - 1n);
    await expect(set(7n)).to.be.revertedWithCustomError(delayed, "ExitDelayNotOver").withArgs(callHash, at);
    const snapshot = await networkHelpers.takeSnapshot();
    await time.setNextBlockTimestamp(at);
    await set(7n);
    expect(await numberOf()).to.equal(7n);

    await snapshot.restore();
    await time.setNextBlockTimestamp(at + WINDOW - 1n);
    await set(7n);
    expect(await numberOf()).to.equal(7n);

    await snapshot.restore();
    await time.setNextBlockTimestamp(at + WINDOW);
    await expect(set(7n))
      .to.be.revertedWithCustomError(delayed, "ExitDelayExpired")
      .withArgs(callHash, at + WINDOW);
  });

  it("counts for exactly the announced arguments, once", async () => {
    const { contract, delayed, setNumber, set, owner } = await networkHelpers.loadFixture(deploy);
    await announce({ ethers, networkHelpers }, contract, "setNumber", [7n]);
    await expect(set(8n)).to.be.revertedWithCustomError(delayed, "ExitDelayNotAnnounced");
    // The decoder ignores what follows the arguments; the announcement does not.
    const longer = `${setNumber(7n)}00`;
    await expect(owner.sendTransaction({ to: delayed, data: longer }))
      .to.be.revertedWithCustomError(delayed, "ExitDelayNotAnnounced")
      .withArgs(ethers.keccak256(longer));
    await set(7n);
    await expect(set(7n)).to.be.revertedWithCustomError(delayed, "ExitDelayNotAnnounced");
  });

  it("starts the delay anew when a call is announced again", async () => {
    const { contract, delayed, setNumber, set } = await networkHelpers.loadFixture(deploy);
    await announce({ ethers, networkHelpers }, contract, "setNumber", [7n]);
    await delayed.announce(setNumber(7n));
    await expect(set(7n)).to.be.revertedWithCustomError(delayed, "ExitDelayNotOver");
  });

  it("keeps an announcement whose call reverts", async () => {
    const { contract, delayed, setNumber, set } = await networkHelpers.loadFixture(deploy);
    await announce({ ethers, networkHelpers }, contract, "setNumber", [1_000_001n]);
    await expect(set(1_000_001n)).to.be.revertedWithCustomError(contract, "NumberTooLarge");
    expect(await delayed.executableAt(ethers.keccak256(setNumber(1_000_001n)))).not.to.equal(0n);
  });

  it("takes announcements back", async () => {
    const { contract, delayed, setNumber, set } = await networkHelpers.loadFixture(deploy);
    const callHash = ethers.keccak256(setNumber(7n));
    await expect(delayed.withdrawAnnouncement(callHash))
      .to.be.revertedWithCustomError(delayed, "ExitDelayNotAnnounced")
      .withArgs(callHash);
    await announce({ ethers, networkHelpers }, contract, "setNumber", [7n]);
    await expect(delayed.withdrawAnnouncement(callHash)).to.emit(delayed, "AnnouncementWithdrawn").withArgs(callHash);
    await expect(set(7n)).to.be.revertedWithCustomError(delayed, "ExitDelayNotAnnounced");
  });

  it("binds a later owner as well", async () => {
    const { contract, delayed, setNumber, set, owner, heir } = await networkHelpers.loadFixture(deploy);
    await contract.getFunction("transferOwnership").send(heir);
    await expect(set(7n, heir)).to.be.revertedWithCustomError(delayed, "ExitDelayNotAnnounced");
    await delayed.connect(heir).announce(setNumber(7n));
    await time.increase(EXIT_DELAY);
    await expect(set(7n, owner)).to.be.revertedWithCustomError(contract, "OwnableUnauthorizedAccount");
    await set(7n, heir);
  });
});

describe("UpgradeableAfterExit", () => {
  it("upgrades to the announced implementation with the announced migration, and to nothing else", async () => {
    const { proxy, next, other, stranger, generationOf } = await networkHelpers.loadFixture(deployUpgrade);
    await expect(proxy.upgradeToAndCall(next, "0x")).to.be.revertedWithCustomError(proxy, "ExitDelayNotAnnounced");
    await announce({ ethers, networkHelpers }, proxy, "upgradeToAndCall", [await next.getAddress(), "0x"]);
    const take = proxy.interface.encodeFunctionData("transferOwnership", [stranger.address]);
    for (const call of [() => proxy.upgradeToAndCall(other, "0x"), () => proxy.upgradeToAndCall(next, take)])
      await expect(call()).to.be.revertedWithCustomError(proxy, "ExitDelayNotAnnounced");
    await proxy.upgradeToAndCall(next, "0x");
    await expect(proxy.upgradeToAndCall(next, "0x")).to.be.revertedWithCustomError(proxy, "ExitDelayNotAnnounced");
    expect(await generationOf()).to.equal(2n);
  });

  it("keeps announcements over an upgrade", async () => {
    const { proxy, next, other, generationOf } = await networkHelpers.loadFixture(deployUpgrade);
    const back = proxy.interface.encodeFunctionData("upgradeToAndCall", [await other.getAddress(), "0x"]);
    await proxy.announce(back);
    await announce({ ethers, networkHelpers }, proxy, "upgradeToAndCall", [await next.getAddress(), "0x"]);
    await proxy.upgradeToAndCall(next, "0x");
    await proxy.upgradeToAndCall(other, "0x");
    expect(await generationOf()).to.equal(3n);
  });
});
