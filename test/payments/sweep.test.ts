import { expect } from "chai";
import { network } from "hardhat";
import { announce } from "../access/announce.ts";
import { DAY, Licence, OPEN, TERMS } from "../datanet/deployRegistries.ts";
import { SPLIT, activate, deployRunning } from "./deployMarket.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const { time } = networkHelpers;
const chain = { ethers, networkHelpers };

const running = () => deployRunning(ethers);
const loadRunning = () => networkHelpers.loadFixture(running);

describe("sweeping a till", () => {
  it("waits for an active version; the money waits in the till", async () => {
    const { market, token, clock, models } = await loadRunning();
    const till = await market.tillOf(2);
    await token.transfer(till, OPEN);
    const until = (await models.modelOf(2)).mintedAt + 90n * DAY;
    await expect(market.sweep(2))
      .to.be.revertedWithCustomError(market, "MarketNoActiveVersion")
      .withArgs(2n, await clock.current(), until);
    await expect(market.sweep(9)).to.be.revertedWithCustomError(models, "ERC721NonexistentToken");
    expect(await token.balanceOf(till)).to.equal(OPEN);
  });

  it("gives the contributors' part of a model that nobody ever activated to the treasury, after 90 days", async () => {
    const { market, token, models, owner, curator, treasury, provider, distributor } = await loadRunning();
    await token.transfer(await market.tillOf(2), 1_000n * OPEN);
    const until = (await models.modelOf(2)).mintedAt + 90n * DAY;
    await time.setNextBlockTimestamp(until - 1n);
    await expect(market.sweep(2)).to.be.revertedWithCustomError(market, "MarketNoActiveVersion");
    await time.setNextBlockTimestamp(until);
    const sweep = market.sweep(2);
    await expect(sweep).to.changeTokenBalances(
      ethers,
      token,
      [treasury, curator, await market.tillOf(1), provider, distributor, owner],
      [550n * OPEN, 180n * OPEN, 20n * OPEN, 150n * OPEN, 0n, 0n],
    );
  });

  it("gives the contributors' part of a base model to its owner, at once and without a version", async () => {
    const { market, token, models, terms, stranger, treasury, provider, stakes, distributor } = await loadRunning();
    await models.connect(stranger).mint({ ...terms, base: true }, "");
    await token.transfer(await market.tillOf(3), 1_000n * OPEN);
    await expect(market.sweep(3)).to.changeTokenBalances(
      ethers,
      token,
      [treasury, stranger, provider, await stakes.rewards(), distributor],
      [50n * OPEN, 700n * OPEN, 150n * OPEN, 100n * OPEN, 0n],
    );
  });

  it("gives everything but the protocol's and the stakers' part of a non-commercial model to contributors", async () => {
    const loaded = await loadRunning();
    const { market, token, models, datanets, owner, curator, treasury, provider, stakes, distributor } = loaded;
    await models.connect(owner).setPrice(1, 0n);
    await datanets.connect(curator).setTerms(1, { ...TERMS, licence: Licence.TRAIN });
    await models.connect(owner).publishVersion(1, loaded.artefacts, 0n);
    await token.transfer(await market.tillOf(1), 1_000n * OPEN);
    await expect(market.sweep(1)).to.changeTokenBalances(
      ethers,
      token,
      [treasury, owner, curator, provider, await stakes.rewards(), distributor],
      [50n * OPEN, 0n, 0n, 0n, 100n * OPEN, 850n * OPEN],
    );
  });

  it("gives the owners of the active version's Datanets their part of the contributors' half", async () => {
    const { market, token, curator, owner, distributor } = await loadRunning();
    await announce(chain, market, "setSplit", [{ ...SPLIT, curatorBps: 500n }]);
    await market.setSplit({ ...SPLIT, curatorBps: 500n });
    await token.transfer(await market.tillOf(1), 1_000n * OPEN + 19n);
    await expect(market.sweep(1)).to.changeTokenBalances(
      ethers,
      token,
      [owner, curator, distributor],
      [200n * OPEN + 3n, 50n * OPEN, 450n * OPEN + 13n],
    );
  });

  it("refuses an empty till", async () => {
    const { market } = await loadRunning();
    await expect(market.sweep(1)).to.be.revertedWithCustomError(market, "MarketNothingToSweep").withArgs(1n);
  });

  it("splits the revenue among its parties to the last wei", async () => {
    const { market, token, clock, owner, provider, treasury, stakes, distributor, stranger } = await loadRunning();
    const amount = 1_000n * OPEN + 7n;
    await token.transfer(await market.tillOf(1), amount);
    const parts = {
      protocol: 50n * OPEN,
      owner: 200n * OPEN + 1n,
      parents: [],
      compute: 150n * OPEN + 1n,
      stakers: 100n * OPEN,
      curators: [],
      contributors: 500n * OPEN + 5n,
    };
    expect(await market.partsOf(1, amount)).to.deep.equal(Object.values(parts));
    const epoch = await clock.current();
    const sweep = market.connect(stranger).sweep(1);
    await expect(sweep).to.changeTokenBalances(
      ethers,
      token,
      [await market.tillOf(1), treasury, owner, provider, await stakes.rewards(), distributor, market],
      [-amount, parts.protocol, parts.owner, parts.compute, parts.stakers, parts.contributors, 0n],
    );
    await expect(sweep).to.emit(market, "Swept").withArgs(1n, epoch, 1n, amount, Object.values(parts));
    expect(await distributor.poolOf(1, epoch)).to.equal(parts.contributors);
  });

  it("sends a royalty one hop, to the tills of the parents", async () => {
    const loaded = await loadRunning();
    const { market, token, curator, owner, distributor, clock } = loaded;
    await activate(ethers, loaded, 2n);
    await token.transfer(await market.tillOf(2), 1_000n * OPEN);
    await expect(market.sweep(2)).to.changeTokenBalances(
      ethers,
      token,
      [curator, owner, await market.tillOf(1)],
      [180n * OPEN, 0n, 20n * OPEN],
    );
    await market.sweep(1);
    expect(await distributor.poolOf(1, await clock.current())).to.equal(10n * OPEN);
    expect(await token.balanceOf(market)).to.equal(0n);
  });

  it("handles a single wei and parts that are zero", async () => {
    const { market, token, distributor, clock, owner, provider } = await loadRunning();
    await token.transfer(await market.tillOf(1), 1n);
    await market.sweep(1);
    expect(await distributor.poolOf(1, await clock.current())).to.equal(1n);
    await announce(chain, market, "setSplit", [[0n, 0n, 0n, 0n, 0n]]);
    await market.setSplit({ protocolBps: 0n, ownerBps: 0n, computeBps: 0n, stakersBps: 0n, curatorBps: 0n });
    await token.transfer(await market.tillOf(1), OPEN);
    await expect(market.sweep(1)).to.changeTokenBalances(ethers, token, [owner, provider, distributor], [0n, 0n, OPEN]);
  });

  it("follows the split, the owner and the provider of its moment", async () => {
    const { market, token, models, owner, stranger, curator, provider } = await loadRunning();
    await announce(chain, market, "setSplit", [{ ...SPLIT, computeBps: 1_000n }]);
    await models.connect(owner).setProvider(1, curator);
    await models.connect(owner).transferFrom(owner, stranger, 1);
    await market.setSplit({ ...SPLIT, computeBps: 1_000n });
    await token.transfer(await market.tillOf(1), 100n * OPEN);
    await expect(market.sweep(1)).to.changeTokenBalances(
      ethers,
      token,
      [owner, stranger, provider, curator],
      [0n, 20n * OPEN, 10n * OPEN, 0n],
    );
    await time.increase(DAY);
    await token.transfer(await market.tillOf(1), 100n * OPEN);
    await expect(market.sweep(1)).to.changeTokenBalances(ethers, token, [provider, curator], [0n, 10n * OPEN]);
  });

  it("takes what an ERC-3009 authorisation paid", async () => {
    const { market, token, contributor, stranger, distributor, clock } = await loadRunning();
    const { chainId } = await ethers.provider.getNetwork();
    const payment = {
      from: contributor.address,
      to: await market.tillOf(1),
      value: 2n * OPEN,
      validAfter: 0n,
      validBefore: 2n ** 40n,
      nonce: ethers.id("payment"),
    };
    const signature = await contributor.signTypedData(
      { name: "OpenLedger", version: "1", chainId, verifyingContract: await token.getAddress() },
      {
        TransferWithAuthorization: [
          { name: "from", type: "address" },
          { name: "to", type: "address" },
          { name: "value", type: "uint256" },
          { name: "validAfter", type: "uint256" },
          { name: "validBefore", type: "uint256" },
          { name: "nonce", type: "bytes32" },
        ],
      },
      payment,
    );
    await token
      .connect(stranger)
      ["transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)"](
        payment.from,
        payment.to,
        payment.value,
        payment.validAfter,
        payment.validBefore,
        payment.nonce,
        signature,
      );
    await market.sweep(1);
    expect(await distributor.poolOf(1, await clock.current())).to.equal(OPEN);
  });
});
