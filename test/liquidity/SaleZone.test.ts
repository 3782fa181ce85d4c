import { createRequire } from "node:module";
import { expect } from "chai";
import { Contract, type InterfaceAbi } from "ethers";
import { readListing, readListings } from "../../oracle/actions/listings.ts";
import { parseAsset } from "../../oracle/actions/assets.ts";
import type { Call } from "../../oracle/actions/call.ts";
import * as sales from "../../oracle/actions/sales.ts";
import { connection, DAY, OPEN, type Person } from "./deployLiquidity.ts";
import { BOND, deploySale, fill, list, PRICE, type Sale, SOLD } from "./sale.ts";

const { ethers, networkHelpers } = connection;
const { time } = networkHelpers;
const load = () => networkHelpers.loadFixture(deploySale);

const SEAPORT = "@opensea/seaport-js/src/artifacts/seaport/contracts/Seaport.sol/Seaport.json";
const { abi } = createRequire(import.meta.url)(SEAPORT) as { abi: InterfaceAbi };

/** Takes from a contribution's bond, as a proven charge of harm does. */
async function charge({ contributions, attacker }: Sale, amount: bigint) {
  const charges = await ethers.getImpersonatedSigner(await contributions.harmCharges());
  await networkHelpers.setBalance(charges.address, OPEN);
  await contributions.connect(charges).slashBond(SOLD, amount, attacker);
}

async function states(sale: Sale): Promise<string[]> {
  const listings = await readListings(sale.contracts, sale.deployment, BigInt(await time.latest()));
  return listings.map(({ state }) => state);
}

/** What an action refuses before anything is sent. */
async function refused(attempt: Promise<unknown>, words: RegExp) {
  const problem = await attempt.then(
    () => "nothing",
    (error: unknown) => String(error),
  );
  expect(problem).to.match(words);
}

describe("SaleZone", () => {
  it("sells a contribution: the buyer owns it, has its bond and is paid from the next epoch on", async () => {
    const sale = await load();
    const { contributions, token, clock, contributor, alice } = sale;
    const order = await list(sale, contributor, `contribution:${SOLD}`);
    expect(await states(sale)).to.deep.equal(["open"]);
    await expect(fill(sale, alice, order)).to.changeTokenBalances(ethers, token, [alice, contributor], [-PRICE, PRICE]);
    const epoch = await clock.current();
    expect(await contributions.ownerOf(SOLD)).to.equal(alice.address);
    expect(await contributions.payeeOf(SOLD, epoch)).to.equal(contributor.address);
    expect(await contributions.payeeOf(SOLD, epoch + 1n)).to.equal(alice.address);
    expect(await states(sale)).to.deep.equal(["sold"]);

    await contributions.connect(alice).revoke(SOLD);
    await time.increase(40n * DAY);
    await expect(contributions.withdrawBond(SOLD)).to.changeTokenBalance(ethers, token, alice, BOND);
  });

  it("does not sell what was revoked in front of the fill, by any way in which Seaport fills an order", async () => {
    const sale = await load();
    const { contributions, seaport, zone, contributor, alice, token } = sale;
    const order = await list(sale, contributor, `contribution:${SOLD}`);
    await contributions.connect(contributor).revoke(SOLD);
    expect(await states(sale)).to.deep.equal(["void"]);
    await expect(fill(sale, alice, order))
      .to.be.revertedWithCustomError(zone, "SaleNotAccepted")
      .withArgs(SOLD, 3n);

    const whole = new Contract(await seaport.getAddress(), abi, alice);
    const advanced = { parameters: order, numerator: 1n, denominator: 1n, signature: "0x", extraData: "0x" };
    const none = ethers.ZeroHash;
    const mirror = {
      ...order,
      offerer: alice.address,
      zone: ethers.ZeroAddress,
      orderType: 0n,
      zoneHash: none,
      offer: [{ ...order.consideration[0]!, recipient: undefined }],
      consideration: [{ ...order.offer[0]!, recipient: alice.address }],
    };
    const part = (orderIndex: bigint) => ({ orderIndex, itemIndex: 0n });
    const crossed = [
      { offerComponents: [part(0n)], considerationComponents: [part(1n)] },
      { offerComponents: [part(1n)], considerationComponents: [part(0n)] },
    ];
    const { offer, consideration, ...rest } = order;
    const basic = {
      considerationToken: consideration[0]!.token,
      considerationIdentifier: 0n,
      considerationAmount: PRICE,
      offerer: rest.offerer,
      zone: rest.zone,
      offerToken: offer[0]!.token,
      offerIdentifier: SOLD,
      offerAmount: 1n,
      // ERC-20 for an ERC-721, restricted
      basicOrderType: 10n,
      startTime: rest.startTime,
      endTime: rest.endTime,
      zoneHash: rest.zoneHash,
      salt: rest.salt,
      offererConduitKey: none,
      fulfillerConduitKey: none,
      totalOriginalAdditionalRecipients: 0n,
      additionalRecipients: [],
      signature: "0x",
    };
    const ways: [string, unknown[]][] = [
      ["fulfillBasicOrder", [basic]],
      ["fulfillAdvancedOrder", [advanced, [], none, alice.address]],
      ["fulfillAvailableOrders", [[{ parameters: order, signature: "0x" }], [[part(0n)]], [[part(0n)]], none, 1n]],
      ["fulfillAvailableAdvancedOrders", [[advanced], [], [[part(0n)]], [[part(0n)]], none, alice.address, 1n]],
      ["matchOrders", [[order, mirror].map((parameters) => ({ parameters, signature: "0x" })), crossed]],
    ];
    const before = await token.balanceOf(alice);
    for (const [method, args] of ways) {
      await expect(whole.getFunction(method)(...args), method).to.revert(ethers);
      expect(await contributions.ownerOf(SOLD), method).to.equal(contributor.address);
    }
    expect(await token.balanceOf(alice)).to.equal(before);
  });

  it("fills the same ways while the contribution is as listed, so that nothing else stops them", async () => {
    const sale = await load();
    const { seaport, contributions, contributor, alice } = sale;
    const order = await list(sale, contributor, `contribution:${SOLD}`);
    const whole = new Contract(await seaport.getAddress(), abi, alice);
    const advanced = { parameters: order, numerator: 1n, denominator: 1n, signature: "0x", extraData: "0x" };
    const snapshot = await networkHelpers.takeSnapshot();
    const part = { orderIndex: 0n, itemIndex: 0n };
    const ways: [string, unknown[]][] = [
      ["fulfillAdvancedOrder", [advanced, [], ethers.ZeroHash, alice.address]],
      ["fulfillAvailableOrders", [[{ parameters: order, signature: "0x" }], [[part]], [[part]], ethers.ZeroHash, 1n]],
    ];
    for (const [method, args] of ways) {
      await whole.getFunction(method)(...args);
      expect(await contributions.ownerOf(SOLD), method).to.equal(alice.address);
      await snapshot.restore();
    }
  });

  it("does not sell a contribution whose bond was charged after it was listed, by a wei", async () => {
    const sale = await load();
    const { zone, contributor, alice } = sale;
    const order = await list(sale, contributor, `contribution:${SOLD}`);
    await charge(sale, 1n);
    await expect(fill(sale, alice, order))
      .to.be.revertedWithCustomError(zone, "SaleBondTooLow")
      .withArgs(SOLD, BOND - 1n, BOND);
    const again = await list(sale, contributor, `contribution:${SOLD}`, { salt: 2n });
    await fill(sale, alice, again);
    expect(await states(sale)).to.deep.equal(["void", "sold"]);
  });

  it("pays a model's till to the seller before it changes hands, unless it is sold with it", async () => {
    for (const withTill of [false, true]) {
      const sale = await load();
      const { market, models, token, creator, alice, deployer } = sale;
      const order = await list(sale, creator, "model:1", {}, withTill);
      await token.connect(deployer).transfer(await market.tillOf(1n), 1_000n * OPEN);
      const before = await token.balanceOf(creator);
      await fill(sale, alice, order);
      expect(await models.ownerOf(1n)).to.equal(alice.address);
      // the seller is the creator, so there is no royalty; a fifth of what is swept is the owner's
      expect((await token.balanceOf(creator)) - before).to.equal(PRICE + (withTill ? 0n : 200n * OPEN));
      if (!withTill) await expect(market.sweep(1n)).to.be.revertedWithCustomError(market, "MarketNothingToSweep");
      else await expect(market.sweep(1n)).to.changeTokenBalance(ethers, token, alice, 200n * OPEN);
    }
  });

  it("pays the creator's royalty when somebody else sells, and sells no model whose version is another one", async () => {
    const sale = await load();
    const { models, token, creator, alice, attacker, zone } = sale;
    await models.connect(creator).transferFrom(creator, alice, 1n);
    const order = await list(sale, alice, "model:1");
    await expect(fill(sale, attacker, order)).to.changeTokenBalances(
      ethers,
      token,
      [attacker, alice, creator],
      [-PRICE, (PRICE * 975n) / 1_000n, (PRICE * 25n) / 1_000n],
    );
    const other = ethers.toBeHex(2n, 32);
    const wrong = await list(sale, attacker, "model:1", { zoneHash: other, salt: 3n });
    await expect(fill(sale, alice, wrong))
      .to.be.revertedWithCustomError(zone, "SaleOtherVersion")
      .withArgs(1n, 1n, 2n);
  });

  it("sells a Datanet", async () => {
    const sale = await load();
    const { datanets, deployer, alice } = sale;
    await fill(sale, alice, await list(sale, deployer, "datanet:1"));
    expect(await datanets.ownerOf(1n)).to.equal(alice.address);
  });

  it("asks nothing of orders that offer anything else, and of callers other than Seaport", async () => {
    const sale = await load();
    const { zone, token, contributor, alice, attacker, creator, models } = sale;
    const foreign = [
      { itemType: 1n, token: await token.getAddress(), identifierOrCriteria: 0n, startAmount: 1n, endAmount: 1n },
    ];
    const order = await list(sale, contributor, `contribution:${SOLD}`, { offer: foreign });
    await token.connect(contributor).approve(sale.seaport, 1n);
    await expect(fill(sale, alice, order)).to.be.revertedWithCustomError(zone, "SaleNotOneAsset");
    expect(await states(sale)).to.deep.equal([]);
    const empty = {
      ...{ orderHash: ethers.ZeroHash, fulfiller: attacker.address, offerer: creator.address, consideration: [] },
      ...{ extraData: "0x", orderHashes: [], startTime: 0n, endTime: 0n, zoneHash: ethers.ZeroHash },
      offer: [{ itemType: 2n, token: await models.getAddress(), identifier: 1n, amount: 1n }],
    };
    for (const method of ["authorizeOrder", "validateOrder"] as const) {
      await expect(zone.connect(attacker)[method].staticCall(empty))
        .to.be.revertedWithCustomError(zone, "SaleUnauthorized")
        .withArgs(attacker.address);
    }
  });

  it("sells an agent without its wallet, as long as its URI is what was listed", async () => {
    const sale = await load();
    const { agents, zone, token, contributor, alice } = sale;
    await agents.connect(contributor)["register(string)"]("ipfs://agent");
    const order = await list(sale, contributor, "agent:1");
    expect(await states(sale)).to.deep.equal(["open"]);
    await agents.connect(contributor).setAgentURI(1n, "ipfs://another");
    expect(await states(sale)).to.deep.equal(["void"]);
    await expect(fill(sale, alice, order))
      .to.be.revertedWithCustomError(zone, "SaleOtherUri")
      .withArgs(1n, ethers.id("ipfs://another"), ethers.id("ipfs://agent"));
    await agents.connect(contributor).setAgentURI(1n, "ipfs://agent");
    await expect(fill(sale, alice, order)).to.changeTokenBalances(ethers, token, [alice, contributor], [-PRICE, PRICE]);
    expect(await agents.ownerOf(1n)).to.equal(alice.address);
    expect(await agents.getAgentWallet(1n)).to.equal(ethers.ZeroAddress);
  });

  it("shows no order that the zone is not asked about, and says why one cannot be filled", async () => {
    const sale = await load();
    const { contributions, seaport, contributor, alice } = sale;
    await list(sale, contributor, `contribution:${SOLD}`, { orderType: 0n });
    expect(await states(sale)).to.deep.equal([]);
    await list(sale, contributor, `contribution:${SOLD}`);
    await contributions.connect(contributor).approve(ethers.ZeroAddress, SOLD);
    expect(await states(sale)).to.deep.equal(["void"]);
    await contributions.connect(contributor).approve(seaport, SOLD);
    expect(await states(sale)).to.deep.equal(["open"]);
    const away: Person = alice;
    await contributions.connect(contributor).transferFrom(contributor, away, SOLD);
    expect(await states(sale)).to.deep.equal(["void"]);
    await time.increase(31n * DAY);
    expect(await states(sale)).to.deep.equal(["ended"]);
  });

  it("is listed, taken back and bought by the calls that the commands send, and refuses what cannot be", async () => {
    const sale = await load();
    const { contracts, deployment, contributions, contributor, alice, attacker } = sale;
    const now = BigInt(await time.latest());
    const wish = (what: string, seller: Person, salt: bigint) => ({
      ...{ asset: parseAsset(what), seller: seller.address, price: PRICE, startsAt: now, endsAt: now + DAY, salt },
      withTill: false,
    });
    const make = async (person: Person, { contract, method, args }: Call) => {
      const to = await ethers.getContractAt(
        contract === "Seaport" ? "ISeaport" : contract,
        deployment.addresses[contract],
      );
      await to.connect(person).getFunction(method)(...args);
    };
    const listing = async (number: number) => readListing(contracts, deployment, BigInt(await time.latest()), number);
    await refused(sales.list(contracts, deployment, wish("contribution:4", attacker, 1n)), /not yours/u);
    await refused(sales.list(contracts, deployment, wish("contribution:99", attacker, 1n)), /no such/u);
    const free = { ...wish("contribution:4", contributor, 1n), price: 0n };
    await refused(sales.list(contracts, deployment, free), /given away/u);
    await refused(listing(1), /no such listing/u);

    for (const salt of [1n, 2n]) {
      for (const call of await sales.list(contracts, deployment, wish("contribution:4", contributor, salt))) {
        await make(contributor, call);
      }
    }
    await refused(sales.cancel(contracts, await listing(1), attacker.address), /not yours/u);
    await make(contributor, await sales.cancel(contracts, await listing(1), contributor.address));
    await refused(sales.cancel(contracts, await listing(1), contributor.address), /nothing to take/u);
    const taken = await listing(1);
    expect(() => sales.buy(taken, alice.address)).to.throw(/taken it back/u);
    const open = await listing(2);
    expect(() => sales.buy(open, contributor.address)).to.throw(/your own/u);
    await make(alice, sales.buy(open, alice.address));
    expect(await contributions.ownerOf(SOLD)).to.equal(alice.address);
    expect(await states(sale)).to.deep.equal(["canceled", "sold"]);
    await contributions.connect(alice).revoke(SOLD);
    await refused(sales.list(contracts, deployment, wish("contribution:4", alice, 3n)), /accepted/u);
  });
});
