import { expect } from "chai";
import { network } from "hardhat";
import { z } from "zod";
import { availabilityType } from "@openledger/protocol/eip712/availability.ts";
import { digestOf } from "@openledger/protocol/eip712/domain.ts";
import { asAddress } from "@openledger/protocol/hex.ts";
import { keccakText } from "@openledger/protocol/keccak.ts";
import { votingDomain } from "../../oracle/jobs/availability.ts";
import { DAY, deployDisputes, EQUIVOCATION_BPS, STAKE } from "../attribution/deployDisputes.ts";
import { closeAll, openWatchtower, type Watchtower } from "./openWatchtower.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const FILE = { modelId: 1n, epoch: 1n, commitment: keccakText("a committed file") };

async function deploy() {
  return deployDisputes(ethers, (seconds: bigint) => networkHelpers.time.increase(seconds));
}

/** Two machines that heard operator 0 say both of a file, and operator 1 one thing. */
async function open(deployment: Awaited<ReturnType<typeof deploy>>, name: string, dryRun = false) {
  const tower = await openWatchtower(deployment, ethers, { peers: [], name, dryRun });
  await networkHelpers.setBalance(tower.address, 10n ** 18n);
  for (const [i, have] of [
    [0, true],
    [1, true],
    [0, false],
  ] as const) {
    const { key } = deployment.operators[i]!;
    const digest = digestOf(votingDomain(tower.context), availabilityType, { ...FILE, have });
    // as an operator signs, and as a stranger may hand it on
    const { serialized, compactSerialized } = key.signingKey.sign(digest);
    const signature = have ? serialized : compactSerialized;
    await tower.context.votes.add({ ...FILE, have, signature, signer: asAddress(key.address) });
  }
  return tower;
}

const stakesOf = async ({ stakes, operators }: Awaited<ReturnType<typeof deploy>>) =>
  Promise.all(operators.map(async ({ account }) => (await stakes.poolOf(0, account)).assets));

async function verdictOf({ context: { results } }: Watchtower) {
  const [name] = await results.subjects("watch-votes");
  return results.read("watch-votes", name!, z.object({ verdict: z.string() }));
}

describe("a watchtower that holds both words of a key", () => {
  afterEach(closeAll);

  it("has its operator slashed, once, and earns the reward", async () => {
    const deployment = await networkHelpers.loadFixture(deploy);
    const { token } = deployment;
    const [first, second] = [await open(deployment, "one"), await open(deployment, "another")];
    expect(await first.run("watch-votes")).to.equal(1);
    const taken = (STAKE * EQUIVOCATION_BPS) / 10_000n;
    expect(await stakesOf(deployment)).to.deep.equal([STAKE - taken, STAKE, STAKE, STAKE]);
    expect(await token.balanceOf(first.address)).to.equal((taken * 3n) / 10n);
    expect(await first.run("watch-votes")).to.equal(0);

    expect(await second.run("watch-votes")).to.equal(1);
    expect(await verdictOf(second)).to.deep.equal({ verdict: "proven before" });
    expect((await stakesOf(deployment))[0]).to.equal(STAKE - taken);
  });

  it("only says what it would send while it has no key", async () => {
    const deployment = await networkHelpers.loadFixture(deploy);
    const tower = await open(deployment, "one", true);
    await tower.run("watch-votes");
    expect(await verdictOf(tower)).to.deep.include({ verdict: "wrong" });
    expect((await stakesOf(deployment))[0]).to.equal(STAKE);
  });

  it("leaves it when the key has been a member of no quorum for too long", async () => {
    const deployment = await networkHelpers.loadFixture(deploy);
    const tower = await open(deployment, "one");
    await networkHelpers.time.increase(45n * DAY);
    await networkHelpers.mine();
    await tower.run("watch-votes");
    expect(await verdictOf(tower)).to.deep.equal({ verdict: "too late" });
  });
});
