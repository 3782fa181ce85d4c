import { expect } from "chai";
import { encodeCall } from "../../oracle/actions/call.ts";
import { requireManager } from "../../oracle/actions/shares.ts";
import { connectContracts } from "../../oracle/chain/contracts.ts";
import type { Deployment } from "../../oracle/chain/deployment.ts";
import { publishCall } from "../../oracle/cli/publishable.ts";
import type { ModelShares } from "../../typechain-types/index.ts";
import {
  artefactsOf,
  CHECK,
  connection,
  DAY,
  deployLiquidity,
  issueShares,
  OPEN,
  openPair,
  SUPPLY,
  type Person,
} from "./deployLiquidity.ts";

const { ethers, networkHelpers } = connection;
const { time } = networkHelpers;

/** The creator holds 60 % of model 1, alice 25 %, bob 15 %; all vote for themselves, and a period has just begun. */
async function fixture() {
  const loaded = await deployLiquidity();
  const { creator, alice, bob, token, attacker } = loaded;
  const shares = await issueShares(loaded);
  await shares.connect(creator).transfer(alice, SUPPLY / 4n);
  await shares.connect(creator).transfer(bob, (SUPPLY * 15n) / 100n);
  for (const person of [creator, alice, bob]) await shares.connect(person).delegate(person);
  await token.connect(attacker).approve(shares, ethers.MaxUint256);
  await token.connect(bob).approve(shares, ethers.MaxUint256);
  await untilPeriod();
  return { ...loaded, shares };
}
const load = () => networkHelpers.loadFixture(fixture);

/** Goes to the beginning of the next period. */
async function untilPeriod(later = 0n) {
  const now = BigInt(await time.latest());
  await time.increaseTo((now / DAY + 1n) * DAY + later);
}

/** Supports a decision by everybody named, and makes it. */
async function decide(shares: ModelShares, target: string, call: string, supporters: readonly Person[]) {
  const decision = await shares.decisionOf(target, call);
  for (const person of supporters) await shares.connect(person).support(decision);
  await time.increase(1n);
  return shares.decide(target, call, ascending(supporters));
}

const ascending = (people: readonly Person[]) =>
  people.map(({ address }) => address).sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));

describe("ModelShares", () => {
  it("refuses what is no model or Datanet, has no name, or reckons with too few shares", async () => {
    const loaded = await networkHelpers.loadFixture(deployLiquidity);
    const { issuer, models, contributions, creator, attacker } = loaded;
    const collection = await models.getAddress();
    const issue = { collection, tokenId: 1n, name: "M", symbol: "M", manager: creator.address, earns: true };
    const whole = { ...issue, minFloat: SUPPLY };
    const refused = (terms: object, error: string) =>
      expect(issuer.connect(creator).issue({ ...whole, ...terms })).to.be.revertedWithCustomError(issuer, error);
    await refused({ collection: await contributions.getAddress() }, "IssuerUnknownCollection");
    await refused({ name: "" }, "IssuerEmptyName");
    await refused({ symbol: "" }, "IssuerEmptyName");
    await refused({ minFloat: SUPPLY / 10n - 1n }, "IssuerMinFloatOutOfBounds");
    await refused({ minFloat: SUPPLY + 1n }, "IssuerMinFloatOutOfBounds");
    await models.connect(creator).approve(issuer, 1n);
    await expect(issuer.connect(attacker).issue(whole)).to.be.revertedWithCustomError(models, "ERC721IncorrectOwner");
  });

  it("owns the model, and can be set up by nobody a second time", async () => {
    const { shares, models, creator, attacker, issuer } = await load();
    expect(await models.ownerOf(1n)).to.equal(await shares.getAddress());
    expect(await issuer.isIssued(shares)).to.equal(true);
    const again = ["x", "x", await models.getAddress(), 1n, attacker.address, attacker.address, true, 1n] as const;
    await expect(shares.initialize(...again)).to.be.revertedWithCustomError(shares, "InvalidInitialization");
    const implementation = await ethers.getContractAt("ModelShares", await issuer.implementation());
    await expect(implementation.initialize(...again)).to.be.revertedWithCustomError(shares, "InvalidInitialization");
    expect(await shares.balanceOf(creator)).to.equal((SUPPLY * 60n) / 100n);
  });

  it("streams the revenue of one period over the next, by the second", async () => {
    const { shares, market, token, bob, alice, attacker } = await load();
    await token.connect(bob).transfer(await market.tillOf(1n), 1_000n * OPEN);
    await market.connect(attacker).sweep(1n);
    expect(await shares.unstreamed()).to.equal(200n * OPEN);
    // nobody advanced it, and it is another period: what is first seen then, flows from the next on
    await shares.connect(attacker).claim(attacker);
    expect(await shares.claimable(alice)).to.equal(0n);
    await untilPeriod(DAY / 2n);
    expect(await shares.claimable(alice)).to.equal(25n * OPEN);
    await untilPeriod();
    expect(await shares.claimable(alice)).to.equal(50n * OPEN);
    const before = await token.balanceOf(attacker);
    await shares.connect(alice).claim(attacker);
    expect((await token.balanceOf(attacker)) - before).to.equal(50n * OPEN);
    expect(await shares.claimable(alice)).to.equal(0n);
    await expect(shares.connect(alice).claim(ethers.ZeroAddress)).to.be.revertedWithCustomError(
      shares,
      "SharesInvalidAddress",
    );
    await expect(shares.connect(alice).claim(shares)).to.be.revertedWithCustomError(shares, "SharesInvalidAddress");
  });

  it("pays each holder for the seconds in which it held", async () => {
    const { shares, token, alice, bob, carol, attacker } = await load();
    await token.connect(attacker).transfer(shares, 86_400n * OPEN);
    await shares.connect(attacker).claim(attacker);
    await untilPeriod(21_599n);
    await shares.connect(alice).transfer(carol, SUPPLY / 4n);
    await untilPeriod();
    expect(await shares.claimable(alice)).to.equal(5_400n * OPEN);
    expect(await shares.claimable(carol)).to.equal(16_200n * OPEN);
    expect(await shares.claimable(bob)).to.equal(12_960n * OPEN);
  });

  it("gives a pair's part to the others, also what it had earned before anybody said that it is one", async () => {
    const loaded = await load();
    const { shares, token, creator, bob, exchange, attacker } = loaded;
    const pair = await openPair(loaded, shares, creator, { open: 1_000n * OPEN, held: SUPPLY / 2n });
    await token.connect(attacker).transfer(shares, 100n * OPEN);
    await shares.connect(attacker).claim(attacker);
    await untilPeriod(DAY / 2n);
    expect(await shares.claimable(pair)).to.equal(25n * OPEN);
    await expect(shares.exclude(attacker)).to.be.revertedWithCustomError(shares, "SharesNotAPair");
    await shares.connect(attacker).exclude(token);
    await expect(shares.exclude(token)).to.be.revertedWithCustomError(shares, "SharesNotAPair");
    expect(await shares.claimable(pair)).to.equal(0n);
    expect(await shares.earningSupply()).to.equal(SUPPLY / 2n);
    // all shares are reckoned with here: half of what flows is earned in each period, the rest flows again
    await time.increase(60n * DAY);
    for (let period = 0; period < 40; period++) {
      await shares.connect(attacker).claim(attacker);
      await untilPeriod();
    }
    const all = await Promise.all([creator, bob, loaded.alice].map((person) => shares.claimable(person)));
    const earned = all.reduce((sum, amount) => sum + amount);
    expect(earned + (await shares.unstreamed())).to.be.within(100n * OPEN - 200n, 100n * OPEN);
    expect(await shares.unstreamed()).to.be.lessThan(OPEN / 10_000n);
    expect(await exchange.getPair(shares, token)).to.equal(await pair.getAddress());
  });

  it("lets the manager run the model, and nothing else", async () => {
    const { shares, models, creator, attacker } = await load();
    const call = (method: "setPrice" | "setProvider" | "setUri" | "approve" | "transferFrom", args: unknown[]) =>
      models.interface.encodeFunctionData(method as "setPrice", args as [bigint, bigint]);
    await shares.connect(creator).manage(call("setPrice", [1n, 2n * OPEN]));
    await shares.connect(creator).manage(call("setUri", [1n, "ipfs://other"]));
    expect((await models.modelOf(1n)).price).to.equal(2n * OPEN);
    expect(await models.tokenURI(1n)).to.equal("ipfs://other");
    await expect(shares.connect(attacker).manage(call("setPrice", [1n, 1n]))).to.be.revertedWithCustomError(
      shares,
      "SharesUnauthorized",
    );
    for (const forbidden of [
      call("setPrice", [2n, OPEN]),
      call("approve", [creator.address, 1n]),
      models.interface.encodeFunctionData("publishVersion", [1n, artefactsOf("a version"), 0n]),
      call("transferFrom", [await shares.getAddress(), creator.address, 1n]),
      "0x",
      models.interface.getFunction("setPrice").selector,
    ]) {
      await expect(shares.connect(creator).manage(forbidden)).to.be.revertedWithCustomError(
        shares,
        "SharesNotManageable",
      );
    }
  });

  it("lets the manager of an agent run it, and nothing else", async () => {
    const { agents, issuer, creator } = await load();
    await agents.connect(creator)["register(string)"]("ipfs://agent");
    await agents.connect(creator).approve(issuer, 1n);
    const terms = {
      ...{ collection: await agents.getAddress(), tokenId: 1n, name: "Agent 1", symbol: "A1" },
      ...{ manager: creator.address, earns: true, minFloat: SUPPLY / 2n },
    };
    await issuer.connect(creator).issue(terms);
    const shares = await ethers.getContractAt("ModelShares", await agents.ownerOf(1n));
    expect(await shares.balanceOf(creator)).to.equal(SUPPLY);
    const { interface: abi } = agents;
    const manage = (data: string) => shares.connect(creator).manage(data);
    await manage(abi.encodeFunctionData("setAgentURI", [1n, "ipfs://other"]));
    expect(await agents.tokenURI(1n)).to.equal("ipfs://other");
    const deadline = BigInt(await time.latest()) + 240n;
    const { chainId } = await ethers.provider.getNetwork();
    const wallet = await creator.signTypedData(
      { name: "ERC8004IdentityRegistry", version: "1", chainId, verifyingContract: await agents.getAddress() },
      {
        AgentWalletSet: [
          { name: "agentId", type: "uint256" },
          { name: "newWallet", type: "address" },
          { name: "owner", type: "address" },
          { name: "deadline", type: "uint256" },
        ],
      },
      { agentId: 1n, newWallet: creator.address, owner: await shares.getAddress(), deadline },
    );
    await manage(abi.encodeFunctionData("setAgentWallet", [1n, creator.address, deadline, wallet]));
    expect(await agents.getAgentWallet(1n)).to.equal(creator.address);
    for (const forbidden of [
      abi.encodeFunctionData("approve", [creator.address, 1n]),
      abi.encodeFunctionData("transferFrom", [await shares.getAddress(), creator.address, 1n]),
      abi.encodeFunctionData("setAgentURI", [2n, "ipfs://other"]),
      abi.encodeFunctionData("register()"),
    ]) {
      await expect(manage(forbidden)).to.be.revertedWithCustomError(shares, "SharesNotManageable");
    }
    await shares.connect(creator).redeem(creator);
    expect(await agents.ownerOf(1n)).to.equal(creator.address);
  });

  it("publishes versions that the manager pays for, up to what he agreed to, and never from revenue", async () => {
    const { shares, models, token, trainingFees, creator, attacker } = await load();
    await token.connect(attacker).transfer(shares, 100n * OPEN);
    const latest = await models.versionCount();
    const artefacts = artefactsOf("another version");
    const fee = await trainingFees.feeOf(artefacts.size);
    const publish = (by: Person, maxFee: bigint) => shares.connect(by).publish(artefacts, maxFee);
    await expect(publish(attacker, fee)).to.be.revertedWithCustomError(shares, "SharesUnauthorized");
    await expect(publish(creator, fee)).to.be.revertedWithCustomError(token, "ERC20InsufficientAllowance");
    await token.connect(creator).approve(shares, fee);
    await expect(publish(creator, fee - 1n)).to.be.revertedWithCustomError(trainingFees, "TrainingFeeAboveMax");
    await expect(publish(creator, fee)).to.changeTokenBalances(
      ethers,
      token,
      [creator, shares, trainingFees],
      [-fee, 0n, fee],
    );
    expect((await models.versionOf(latest + 1n)).modelId).to.equal(1n);
  });

  it("is trained by the call that the command sends: the manager's, and its fee from the manager", async () => {
    const { shares, models, token, trainingFees, addresses, creator, attacker } = await load();
    const deployment: Deployment = { chainId: 31_337, firstBlock: 0, addresses };
    const contracts = connectContracts(deployment, ethers.provider);
    const artefacts = artefactsOf("another version");
    const fee = await trainingFees.feeOf(artefacts.size);
    const { spender, call } = await publishCall({ contracts, deployment }, 1n, artefacts, fee);
    expect(spender).to.equal(await shares.getAddress());
    const { to, data } = encodeCall(contracts, deployment, call);
    await token.connect(creator).approve(spender, fee);
    await expect(attacker.sendTransaction({ to, data })).to.be.revertedWithCustomError(shares, "SharesUnauthorized");
    const latest = await models.versionCount();
    await expect(creator.sendTransaction({ to, data })).to.changeTokenBalance(ethers, token, creator, -fee);
    expect((await models.versionOf(latest + 1n)).modelId).to.equal(1n);
    const problem = await requireManager(shares, attacker.address).catch(String);
    expect(problem).to.match(/somebody else manages it/u);
    await requireManager(shares, creator.address);

    // a model that somebody owns whole is published to the registry
    await models.connect(attacker).mint({ parents: [], provider: attacker.address, price: 0n, base: false }, "");
    const whole = await publishCall({ contracts, deployment }, 2n, artefacts, fee);
    expect(whole.spender).to.equal(await trainingFees.getAddress());
    expect(encodeCall(contracts, deployment, whole.call).to).to.equal(await models.getAddress());
  });

  it("replaces the manager by more than half of the votes, each counted once and as of the second before", async () => {
    const { shares, creator, alice, bob, carol } = await load();
    const target = await shares.getAddress();
    const call = shares.interface.encodeFunctionData("setManager", [bob.address]);
    await expect(decide(shares, target, call, [alice, bob])).to.be.revertedWithCustomError(shares, "SharesTooFewVotes");
    const decision = await shares.decisionOf(target, call);
    await expect(shares.decide(target, call, [alice.address, alice.address])).to.be.revertedWithCustomError(
      shares,
      "SharesSupportersOutOfOrder",
    );
    await expect(shares.decide(target, call, [creator.address]))
      .to.be.revertedWithCustomError(shares, "SharesOtherSupport")
      .withArgs(creator.address, ethers.ZeroHash, decision);
    await shares.connect(creator).transfer(carol, (SUPPLY * 11n) / 100n);
    await shares.connect(carol).delegate(carol);
    await expect(decide(shares, target, call, [alice, bob, carol])).to.emit(shares, "Decided");
    expect(await shares.manager()).to.equal(bob.address);
    // what supported the decision supports nothing else, nor the same again
    await expect(shares.decide(target, call, ascending([alice, bob, carol]))).to.be.revertedWithCustomError(
      shares,
      "SharesOtherSupport",
    );
    await expect(shares.connect(creator).setManager(creator)).to.be.revertedWithCustomError(
      shares,
      "SharesUnauthorized",
    );
    const steal = shares.interface.encodeFunctionData("transfer", [creator.address, 1n]);
    await expect(decide(shares, target, steal, [alice])).to.be.revertedWithCustomError(shares, "SharesNotDecidable");
  });

  it("is sold only to the highest bidder of an auction that two thirds agreed to, and what its till holds stays theirs", async () => {
    const { shares, models, market, token, creator, alice, bob, attacker } = await load();
    const target = await shares.getAddress();
    const offer = shares.interface.encodeFunctionData("offer", [1_000n * OPEN]);
    await expect(shares.connect(attacker).bid(5_000n * OPEN)).to.be.revertedWithCustomError(shares, "SharesNotForSale");
    await expect(decide(shares, target, offer, [creator])).to.be.revertedWithCustomError(shares, "SharesTooFewVotes");
    await decide(shares, target, offer, [creator, bob]);
    await expect(shares.connect(attacker).bid(999n * OPEN))
      .to.be.revertedWithCustomError(shares, "SharesBidTooLow")
      .withArgs(999n * OPEN, 1_000n * OPEN);
    await shares.connect(attacker).bid(1_000n * OPEN);
    await expect(shares.connect(bob).bid(1_050n * OPEN)).to.be.revertedWithCustomError(shares, "SharesBidTooLow");
    await expect(
      decide(shares, target, shares.interface.encodeFunctionData("offer", [0n]), [creator, bob]),
    ).to.be.revertedWithCustomError(shares, "SharesAuctionOpen");
    const { endsAt } = await shares.auction();
    await time.increaseTo(endsAt - 10n);
    const before = await token.balanceOf(attacker);
    await shares.connect(bob).bid(2_000n * OPEN);
    expect((await token.balanceOf(attacker)) - before).to.equal(1_000n * OPEN);
    const extended = (await shares.auction()).endsAt;
    expect(extended).to.equal(endsAt - 9n + DAY);
    await expect(shares.settleAuction()).to.be.revertedWithCustomError(shares, "SharesAuctionOpen");
    await time.increaseTo(extended);
    await expect(shares.connect(attacker).bid(9_000n * OPEN)).to.be.revertedWithCustomError(shares, "SharesNotForSale");
    // the winner waits with the sweep until the model is his
    await token.connect(alice).transfer(await market.tillOf(1n), 1_000n * OPEN);
    await shares.connect(bob).settleAuction();
    expect(await models.ownerOf(1n)).to.equal(bob.address);
    await expect(market.connect(bob).sweep(1n)).to.be.revertedWithCustomError(market, "MarketNothingToSweep");
    expect(await shares.unstreamed()).to.equal(2_200n * OPEN);
    await untilPeriod();
    await untilPeriod();
    expect(await shares.claimable(alice)).to.equal(550n * OPEN);
  });

  it("gives the model and what is not streamed to who has every share", async () => {
    const { shares, models, token, creator, alice, bob, attacker } = await load();
    await token.connect(attacker).transfer(shares, 100n * OPEN);
    await expect(shares.connect(creator).redeem(creator)).to.be.revertedWithCustomError(shares, "SharesNotAll");
    await expect(shares.connect(attacker).redeem(attacker)).to.be.revertedWithCustomError(shares, "SharesNotAll");
    await shares.connect(alice).transfer(creator, SUPPLY / 4n);
    await untilPeriod(DAY / 2n);
    await shares.connect(bob).transfer(creator, await shares.balanceOf(bob));
    const owed = (await shares.claimable(alice)) + (await shares.claimable(bob)) + (await shares.claimable(creator));
    await shares.connect(creator).redeem(creator);
    expect(await models.ownerOf(1n)).to.equal(creator.address);
    expect(await shares.totalSupply()).to.equal(0n);
    // what was earned before is still there for who earned it
    for (const person of [alice, bob, creator]) await shares.connect(person).claim(person);
    expect(await token.balanceOf(shares)).to.be.lessThan(10n);
    expect(owed).to.be.greaterThan(0n);
  });

  it("takes back by a decision what a grant has not streamed, as revenue", async () => {
    const { shares, grants, token, creator, alice, bob } = await load();
    const now = BigInt(await time.latest());
    const milestone = { check: CHECK.Review, amount: 100n * OPEN, duration: 10n * DAY, threshold: 0n };
    await shares.connect(bob).fundGrant(creator, 1n, 7n * DAY, now + 90n * DAY, [milestone], "");
    expect((await grants.grantOf(1n)).funder).to.equal(await shares.getAddress());
    await grants.connect(creator).submit(1n, ethers.id("nothing"));
    const target = await grants.getAddress();
    const reject = grants.interface.encodeFunctionData("reject", [1n, "there is nothing"]);
    await decide(shares, target, reject, [creator]);
    expect((await grants.grantOf(1n)).submittedAt).to.equal(0n);
    await decide(shares, target, grants.interface.encodeFunctionData("stop", [1n]), [creator]);
    expect(await shares.unstreamed()).to.equal(100n * OPEN);
    expect(await token.balanceOf(grants)).to.equal(0n);
    const submit = grants.interface.encodeFunctionData("submit", [1n, ethers.ZeroHash]);
    await expect(decide(shares, target, submit, [alice])).to.be.revertedWithCustomError(shares, "SharesNotDecidable");
  });
});
