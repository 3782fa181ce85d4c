import { expect } from "chai";
import { network } from "hardhat";
import { keccakText } from "@openledger/protocol/keccak.ts";
import { Wallet } from "ethers";
import { DAY, Role, STAKE_PARAMETERS, signDigest } from "../rewards/deployRewards.ts";
import { createStaking } from "./createStaking.ts";
import { OWN_KEY, possessionOf } from "./possession.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const { time } = networkHelpers;
const { deployOperators } = createStaking({ ethers, networkHelpers });
const { Oracle, Validator } = Role;
const load = () => networkHelpers.loadFixture(deployOperators);

describe("A signer's key", () => {
  it("is nobody's without its agreement: whoever sees it announced cannot take it first", async () => {
    const { stakes, stranger, operator } = await load();
    const fresh = new Wallet(keccakText("fresh"));
    const possession = await ethers.getContractAt("Possession", await stakes.possession());
    const agreed = await possessionOf(stakes, fresh, operator(0).address, Oracle);
    for (const [deadline, signature] of [OWN_KEY, agreed, [agreed[0], "0x1234"]] as const) {
      await expect(
        stakes.connect(stranger).register(Validator, fresh.address, 0, deadline, signature),
      ).to.be.revertedWithCustomError(possession, "PossessionInvalid");
    }
    await stakes.connect(operator(0)).rotateSigner(Oracle, fresh.address, ...agreed);
    expect(await stakes.operatorOf(fresh.address)).to.equal(operator(0));
  });

  it("agrees for one operator, one role and until a deadline", async () => {
    const { stakes, operator } = await load();
    const fresh = new Wallet(keccakText("fresh"));
    const possession = await ethers.getContractAt("Possession", await stakes.possession());
    const now = BigInt(await time.latest());
    const [deadline, signature] = await possessionOf(stakes, fresh, operator(0).address, Oracle, {
      deadline: now + 100n,
    });
    const refused = async (role: number, by: number, until: bigint) => {
      const call = stakes.connect(operator(by));
      const sent =
        role === Oracle
          ? call.rotateSigner(role, fresh.address, until, signature)
          : call.register(role, fresh.address, 0, until, signature);
      await expect(sent).to.be.revertedWithCustomError(possession, "PossessionInvalid").withArgs(fresh.address, until);
    };
    await refused(Oracle, 1, deadline);
    await refused(Validator, 0, deadline);
    await refused(Oracle, 0, deadline + 1n);
    await time.setNextBlockTimestamp(deadline + 1n);
    await refused(Oracle, 0, deadline);
  });

  it("may be a contract, which agrees by ERC-1271", async () => {
    const { stakes, operators, operator } = await load();
    const { key } = operators[0]!;
    const wallet = await ethers.deployContract("KeyWallet", [key.address]);
    const signer = await wallet.getAddress();
    const possession = await ethers.getContractAt("Possession", await stakes.possession());
    const others = await possessionOf(stakes, operators[1]!.key, operator(0).address, Oracle, { signer });
    await expect(stakes.connect(operator(0)).rotateSigner(Oracle, signer, ...others)).to.be.revertedWithCustomError(
      possession,
      "PossessionInvalid",
    );
    const agreed = await possessionOf(stakes, key, operator(0).address, Oracle, { signer });
    await stakes.connect(operator(0)).rotateSigner(Oracle, signer, ...agreed);
    expect((await stakes.poolOf(Oracle, operator(0))).signer).to.equal(signer);
  });

  it("that was rotated away signs nothing once the next snapshot is taken, which is possible at once", async () => {
    const { stakes, operators, operator } = await load();
    const digest = keccakText("an index");
    await stakes.snapshotQuorum();
    const stolen = await signDigest(stakes, digest, operators);
    await stakes.verifyQuorum(digest, stolen);
    const next = operators.map((_, i) => new Wallet(keccakText(`next ${i}`)));
    for (const [i, key] of next.entries()) {
      const agreed = await possessionOf(stakes, key, operator(i).address, Oracle);
      await stakes.connect(operator(i)).rotateSigner(Oracle, key.address, ...agreed);
    }
    await stakes.snapshotQuorum();
    await expect(stakes.verifyQuorum(digest, stolen))
      .to.be.revertedWithCustomError(stakes, "QuorumUnknownSnapshot")
      .withArgs(1);
    expect(await stakes.commitmentOf(1n)).to.equal(0n);
    const own = next.map((key, i) => ({ account: operator(i), key }));
    await stakes.verifyQuorum(digest, await signDigest(stakes, digest, own));
  });

  it("is rotated as often as its operator likes, but makes room for a snapshot once per interval", async () => {
    const { stakes, operator, stranger } = await load();
    await stakes.snapshotQuorum();
    let keys = 0;
    const rotate = async (who: typeof stranger) => {
      const key = new Wallet(keccakText(`rotated ${keys++}`));
      const agreed = await possessionOf(stakes, key, who.address, Oracle);
      await stakes.connect(who).rotateSigner(Oracle, key.address, ...agreed);
    };
    const tooSoon = () => expect(stakes.snapshotQuorum()).to.be.revertedWithCustomError(stakes, "StakeSnapshotTooSoon");
    // Seated, but without the weight of a member.
    await stakes.connect(stranger).register(Oracle, stranger, 0, ...OWN_KEY);
    await rotate(stranger);
    await tooSoon();
    await rotate(operator(0));
    await stakes.snapshotQuorum();
    await rotate(operator(0));
    await tooSoon();
    await rotate(operator(1));
    await stakes.snapshotQuorum();
    await time.increase(STAKE_PARAMETERS.snapshotInterval - DAY);
    await rotate(operator(0));
    await tooSoon();
    await time.increase(DAY);
    await stakes.snapshotQuorum();
    await rotate(operator(0));
    await stakes.snapshotQuorum();
    expect(await stakes.latestSnapshot()).to.equal(5n);
  });
});
