import { expect } from "chai";
import fc from "fast-check";
import { network } from "hardhat";
import { availabilityType } from "@openledger/protocol/eip712/availability.ts";
import { digestOf, signingDomain } from "@openledger/protocol/eip712/domain.ts";
import { asAddress } from "@openledger/protocol/hex.ts";
import { keccakText } from "@openledger/protocol/keccak.ts";
import { memberOf } from "@openledger/protocol/quorum/members.ts";
import { DAY, deployDisputes, EQUIVOCATION_BPS, STAKE } from "../attribution/deployDisputes.ts";
import { possessionOf } from "./possession.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const wait = (seconds: bigint) => networkHelpers.time.increase(seconds);
const Oracle = 0;
const FILE = { modelId: 3n, epoch: 7n, commitment: keccakText("a committed file") };
type File = typeof FILE;

async function deploy() {
  const deployed = await deployDisputes(ethers, wait);
  const { distributor, stakes, operators } = deployed;
  const domain = signingDomain(31_337n, asAddress(await distributor.getAddress()));
  const snapshotId = await stakes.latestSnapshot();
  const members = (await stakes.quorumOf(snapshotId)).members.map(memberOf);
  const placeOf = (i: number) => members.findIndex(({ signer }) => signer === asAddress(operators[i]!.key.address));
  /** What operator `i` signs to say that it has a file, or lacks it. */
  const say = (i: number, have: boolean, file: File = FILE) => {
    const { r, yParityAndS } = operators[i]!.key.signingKey.sign(digestOf(domain, availabilityType, { ...file, have }));
    return { r, vs: yParityAndS };
  };
  return { ...deployed, snapshotId, placeOf, say };
}
const load = () => networkHelpers.loadFixture(deploy);

describe("AvailabilityFaults", () => {
  it("slashes an operator whose key says both of a file, and pays whoever shows it", async () => {
    const { availability, stakes, token, challenger, treasury, operators, snapshotId, placeOf, say } = await load();
    const taken = (STAKE * EQUIVOCATION_BPS) / 10_000n;
    const reward = (taken * 3_000n) / 10_000n;
    const { account, key } = operators[1]!;
    const proven = availability
      .connect(challenger)
      .proveEquivocation(snapshotId, placeOf(1), FILE, say(1, true), say(1, false));
    await expect(proven).to.changeTokenBalances(
      ethers,
      token,
      [challenger, treasury, stakes],
      [reward, taken - reward, -taken],
    );
    const fileHash = ethers.keccak256(
      ethers.AbiCoder.defaultAbiCoder().encode(
        ["uint256", "uint64", "bytes32"],
        [FILE.modelId, FILE.epoch, FILE.commitment],
      ),
    );
    await expect(proven)
      .to.emit(availability, "EquivocationProven")
      .withArgs(account, key.address, fileHash, challenger, reward);
    expect(await availability.isProven(account, fileHash)).to.equal(true);
    const pool = await stakes.poolOf(Oracle, account);
    expect([pool.assets, pool.jailedUntil > 0n]).to.deep.equal([STAKE - taken, true]);
  });

  it("slashes it once for a file, and again for another", async () => {
    const { availability, stakes, challenger, operators, snapshotId, placeOf, say } = await load();
    const by = availability.connect(challenger);
    await by.proveEquivocation(snapshotId, placeOf(0), FILE, say(0, true), say(0, false));
    await expect(
      by.proveEquivocation(snapshotId, placeOf(0), FILE, say(0, true), say(0, false)),
    ).to.be.revertedWithCustomError(availability, "EquivocationAlreadyProven");
    const other = { ...FILE, epoch: 8n };
    await by.proveEquivocation(snapshotId, placeOf(0), other, say(0, true, other), say(0, false, other));
    expect((await stakes.poolOf(Oracle, operators[0]!.account)).assets).to.equal((STAKE * 81n) / 100n);
  });

  it("never slashes a key that keeps its word, whatever is made of what it and others said", async () => {
    const { availability, challenger, snapshotId, placeOf, say } = await load();
    const by = availability.connect(challenger);
    const files = [FILE, { ...FILE, modelId: 4n }, { ...FILE, epoch: 8n }, { ...FILE, commitment: keccakText("b") }];
    const word = fc.record({ by: fc.nat(3), file: fc.nat(3), flip: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }), { minLength: 4, maxLength: 4 }),
        word,
        word,
        fc.nat(3),
        fc.nat(3),
        async (words, a, b, member, file) => {
          // each said one thing of each file; the words are given as they are or as if they were the other one
          const [have, lack] = [a, b].map(({ by: i, file: f }) => say(i, words[i]![f]!, files[f]));
          const [first, second] = a.flip ? [lack!, have!] : [have!, lack!];
          await expect(
            by.proveEquivocation.staticCall(snapshotId, placeOf(member), files[file]!, first, second),
          ).to.be.revertedWithCustomError(availability, "EquivocationNotSigned");
        },
      ),
      { numRuns: 60 },
    );
  });

  it("finds every key that breaks it, among all files and members", async () => {
    const { availability, challenger, snapshotId, placeOf, say } = await load();
    const by = availability.connect(challenger);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(3),
        fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        fc.string(),
        async (i, modelId, epoch, text) => {
          const file = { modelId, epoch, commitment: keccakText(text) };
          const reward = await by.proveEquivocation.staticCall(
            snapshotId,
            placeOf(i),
            file,
            say(i, true, file),
            say(i, false, file),
          );
          expect(reward).to.equal((STAKE * EQUIVOCATION_BPS * 3n) / 100_000n);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("reaches a key that was rotated since, while disputes about its snapshot can last, and no longer", async () => {
    const { availability, stakes, challenger, operators, snapshotId, placeOf, say } = await load();
    const { account } = operators[2]!;
    const key = new ethers.Wallet(keccakText("next key"));
    await stakes
      .connect(account)
      .rotateSigner(Oracle, key.address, ...(await possessionOf(stakes, key, account.address, Oracle)));
    await stakes.snapshotQuorum();
    const prove = () =>
      availability
        .connect(challenger)
        .proveEquivocation.staticCall(snapshotId, placeOf(2), FILE, say(2, true), say(2, false));
    expect(await prove()).to.be.greaterThan(0n);
    const later = await stakes.latestSnapshot();
    await expect(
      availability.proveEquivocation(later, placeOf(2), FILE, say(2, true), say(2, false)),
    ).to.be.revertedWithCustomError(availability, "EquivocationNotSigned");
    const { takenAt } = await stakes.quorumOf(snapshotId);
    const until = takenAt + (30n + 14n) * DAY;
    await networkHelpers.time.increaseTo(until - 1n);
    expect(await prove()).to.be.greaterThan(0n);
    await networkHelpers.time.increaseTo(until);
    await expect(prove()).to.be.revertedWithCustomError(availability, "EquivocationTooOld").withArgs(snapshotId, until);
  });

  it("knows no members that there are not, and takes nothing for a signature that is none", async () => {
    const { availability, stakes, snapshotId, placeOf, say } = await load();
    await expect(availability.proveEquivocation(snapshotId, 4, FILE, say(0, true), say(0, false)))
      .to.be.revertedWithCustomError(stakes, "StakeUnknownMember")
      .withArgs(snapshotId, 4);
    await expect(
      availability.proveEquivocation(snapshotId + 1n, 0, FILE, say(0, true), say(0, false)),
    ).to.be.revertedWithCustomError(availability, "EquivocationTooOld");
    const zero = { r: ethers.ZeroHash, vs: ethers.ZeroHash };
    await expect(
      availability.proveEquivocation(snapshotId, placeOf(0), FILE, zero, zero),
    ).to.be.revertedWithCustomError(availability, "EquivocationNotSigned");
  });

  it("is deployed with a slash within its bounds", async () => {
    const { availability, stakes, distributor } = await load();
    for (const bps of [0, 10_001]) {
      await expect(ethers.deployContract("AvailabilityFaults", [stakes, distributor, bps]))
        .to.be.revertedWithCustomError(availability, "EquivocationOutOfBounds")
        .withArgs(bps, 1, 10_000);
    }
    expect(await availability.slashBps()).to.equal(EQUIVOCATION_BPS);
  });
});
