import { expect } from "chai";
import { network } from "hardhat";
import { asAddress, asHash } from "@openledger/protocol/hex.ts";
import { keccakText } from "@openledger/protocol/keccak.ts";
import type { Receipt } from "@openledger/protocol/eip712/receipt.ts";
import { buildReceiptsTree } from "@openledger/protocol/trees/receiptsTree.ts";
import { AbiCoder, ZeroAddress, ZeroHash } from "ethers";
import type { PaymentChannels } from "../../typechain-types/contracts/payments/PaymentChannels.ts";
import { AUTHORISATION_TYPES, RECEIVE_TYPES, tokenDomain } from "../../oracle/gateway/authorisation.ts";
import { DAY, deployDisputes, OPEN, RECEIPTS_GRACE } from "../attribution/deployDisputes.ts";
import { SIZE } from "../training/freeTraining.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const MODEL_KEY = "openledger.model";
const WALLET_TYPES = {
  AgentWalletSet: [
    { name: "agentId", type: "uint256" },
    { name: "newWallet", type: "address" },
    { name: "owner", type: "address" },
    { name: "deadline", type: "uint256" },
  ],
};
const VOUCHER_TYPES = {
  Voucher: [
    { name: "channelId", type: "bytes32" },
    { name: "maxClaimableAmount", type: "uint128" },
  ],
};
const named = (modelId: bigint) => AbiCoder.defaultAbiCoder().encode(["uint256"], [modelId]);

/** An agent of alice's that sold two answers to bob, and the receipts that its provider committed to. */
async function deploy() {
  const wait = (seconds: bigint) => networkHelpers.time.increase(seconds);
  const deployment = await deployDisputes(ethers, wait);
  const { token, clock, models, market, provider, alice, bob, carol } = deployment;
  const identities = await ethers.deployContract("AgentIdentityRegistry");
  const channels = await ethers.deployContract("PaymentChannels", [token]);
  const reputations = await ethers.deployContract("AgentReputationRegistry", [
    identities,
    token,
    clock,
    models,
    market,
    channels,
  ]);
  for (const owner of [alice, carol]) {
    await models.connect(owner).mint({ parents: [], provider, price: OPEN, base: true }, "");
    const modelId = await models.modelCount();
    const artefacts = { weightsHash: keccakText("manifest"), recipeHash: ZeroHash, schemeId: ZeroHash };
    await models.connect(owner).publishVersion(modelId, { ...artefacts, snapshotIds: [], size: SIZE, uri: "" }, 0n);
    await identities
      .connect(owner)
      ["register(string,(string,bytes)[])"]("ipfs://agent", [
        { metadataKey: MODEL_KEY, metadataValue: named(modelId) },
      ]);
  }
  const domain = await tokenDomain(token);
  const till = await market.tillOf(1);
  const receipts: Receipt[] = [];
  for (const i of [0, 1]) {
    const nonce = keccakText(`payment ${i}`);
    const payment = { from: bob.address, to: till, value: OPEN, validAfter: 0n, validBefore: 2n ** 40n, nonce };
    const signature = await bob.signTypedData(domain, AUTHORISATION_TYPES, payment);
    await token["transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)"](
      bob,
      till,
      OPEN,
      0,
      2n ** 40n,
      nonce,
      signature,
    );
    receipts.push(receiptOf(bob.address, nonce, { time: BigInt(i) }));
  }
  // what a provider can write down without a payment: an answer that nobody paid, one for nothing, one of another model
  receipts.push(receiptOf(bob.address, keccakText("unpaid"), { time: 2n }));
  receipts.push(receiptOf(bob.address, keccakText("payment 0"), { time: 3n, fee: 0n }));
  receipts.push(receiptOf(bob.address, keccakText("payment 1"), { time: 4n, versionId: 2n }));
  receipts.push(receiptOf(bob.address, keccakText("payment 0"), { time: 5n, outputHash: keccakText("another") }));
  const channel = await fundChannel({ token, channels, payer: bob, receiver: till, authorizer: provider });
  const channelId = await channels.getChannelId(channel);
  // two answers of the channel, one that begins inside the second, one above what was claimed, and one of another consumer
  for (const [cumulative, fee, consumer] of [
    [OPEN, OPEN, bob],
    [3n * OPEN, 2n * OPEN, bob],
    [3n * OPEN, OPEN, bob],
    [4n * OPEN, OPEN, bob],
    [2n * OPEN, OPEN, carol],
  ] as const) {
    receipts.push(receiptOf(consumer.address, channelId, { time: BigInt(receipts.length), cumulative, fee }));
  }
  const tree = buildReceiptsTree(receipts);
  const epoch = await clock.current();
  await market.connect(provider).commitReceipts(1, epoch, tree.root, receipts.length, "");
  const proofOf = (i: number) => {
    const { siblings } = tree.proof(i);
    return { size: receipts.length, index: i, siblings: siblings.map(({ hash, sum }) => ({ hash, sum })) };
  };
  const redeem = (i: number, agentId = 1n, at = epoch) => reputations.redeem(agentId, at, receipts[i]!, proofOf(i));
  const redeemOfChannel = (i: number, changes: Partial<typeof channel> = {}) =>
    reputations.redeemOfChannel(1, epoch, receipts[i]!, proofOf(i), { ...channel, ...changes });
  const close = async () => {
    const { timestamp } = (await ethers.provider.getBlock("latest"))!;
    await wait((await clock.endOf(epoch)) - BigInt(timestamp) + RECEIPTS_GRACE);
  };
  const say = (
    from: typeof bob,
    value: bigint,
    decimals = 0n,
    tags: readonly [string, string] = ["", ""],
    agentId = 1n,
  ) => reputations.connect(from).giveFeedback(agentId, value, decimals, ...tags, "/infer", "", ZeroHash);
  return {
    ...deployment,
    identities,
    reputations,
    receipts,
    redeem,
    redeemOfChannel,
    channel,
    close,
    say,
    epoch,
    proofOf,
  };
}

/** A channel with 10 OPEN of which the receiver has claimed 3. */
async function fundChannel({ token, channels, payer, receiver, authorizer }: ChannelParts) {
  const collector = await ethers.deployContract("Erc3009Collector", [channels]);
  const config = {
    payer: payer.address,
    payerAuthorizer: payer.address,
    receiver,
    receiverAuthorizer: authorizer.address,
    token: await token.getAddress(),
    withdrawDelay: DAY,
    salt: ZeroHash,
  };
  const channelId = await channels.getChannelId(config);
  const nonce = ethers.keccak256(AbiCoder.defaultAbiCoder().encode(["bytes32", "uint256"], [channelId, 0n]));
  const validBefore = 2n ** 40n;
  const authorization = { from: payer.address, to: await collector.getAddress(), value: 10n * OPEN, nonce };
  const signature = await payer.signTypedData(await tokenDomain(token), RECEIVE_TYPES, {
    ...authorization,
    validAfter: 0n,
    validBefore,
  });
  const collected = AbiCoder.defaultAbiCoder().encode(
    ["uint256", "uint256", "uint256", "bytes"],
    [0n, validBefore, 0n, signature],
  );
  await channels.deposit(config, 10n * OPEN, collector, collected);
  const domain = {
    name: "x402 Batch Settlement",
    version: "1",
    chainId: 31_337,
    verifyingContract: await channels.getAddress(),
  };
  const voucher = await payer.signTypedData(domain, VOUCHER_TYPES, { channelId, maxClaimableAmount: 3n * OPEN });
  await channels
    .connect(authorizer)
    .claim([
      { voucher: { channel: config, maxClaimableAmount: 3n * OPEN }, signature: voucher, totalClaimed: 3n * OPEN },
    ]);
  return config;
}

interface ChannelParts {
  readonly token: Awaited<ReturnType<typeof deployDisputes>>["token"];
  readonly channels: PaymentChannels;
  readonly payer: Awaited<ReturnType<typeof deployDisputes>>["bob"];
  readonly receiver: string;
  readonly authorizer: Awaited<ReturnType<typeof deployDisputes>>["bob"];
}

function receiptOf(consumer: string, paymentId: string, changes: Partial<Receipt> = {}): Receipt {
  return {
    versionId: 1n,
    consumer: asAddress(consumer),
    requestHash: keccakText("question"),
    outputHash: keccakText("answer"),
    fee: OPEN,
    paymentId: asHash(paymentId),
    cumulative: OPEN,
    time: 0n,
    ...changes,
  };
}

describe("AgentIdentityRegistry", () => {
  it("registers agents of whoever asks, with the standard's events", async () => {
    const { identities, bob } = await networkHelpers.loadFixture(deploy);
    const mine = identities.connect(bob);
    await expect(mine["register(string)"]("ipfs://a")).to.emit(identities, "Registered").withArgs(3, "ipfs://a", bob);
    await expect(mine["register()"]()).to.emit(identities, "Registered").withArgs(4, "", bob);
    expect(await identities.tokenURI(3)).equal("ipfs://a");
    expect(await identities.getAgentWallet(4)).equal(bob.address);
    expect(await identities.ownerOf(1)).not.equal(bob.address);
    expect(await identities.getMetadata(1, MODEL_KEY)).equal(named(1n));
    await expect(identities.getAgentWallet(5)).to.be.revertedWithCustomError(identities, "ERC721NonexistentToken");
  });

  it("lets its owner and whom it approved change an agent, and nobody else", async () => {
    const { identities, alice, bob } = await networkHelpers.loadFixture(deploy);
    const changes = [
      (who: typeof bob) => identities.connect(who).setAgentURI(1, "ipfs://b"),
      (who: typeof bob) => identities.connect(who).setMetadata(1, "k", "0x01"),
      (who: typeof bob) => identities.connect(who).unsetAgentWallet(1),
      (who: typeof bob) => identities.connect(who).setAgentWallet(1, bob, 2n ** 40n, "0x"),
    ];
    for (const change of changes) {
      await expect(change(bob)).to.be.revertedWithCustomError(identities, "AgentUnauthorized").withArgs(1, bob);
    }
    await identities.connect(alice).approve(bob, 1);
    await expect(changes[0]!(bob)).to.emit(identities, "URIUpdated").withArgs(1, "ipfs://b", bob);
    await expect(changes[1]!(alice)).to.emit(identities, "MetadataSet").withArgs(1, "k", "k", "0x01");
    await changes[2]!(bob);
    expect(await identities.getAgentWallet(1)).equal(ZeroAddress);
  });

  it("does not let the wallet be set as metadata", async () => {
    const { identities, alice } = await networkHelpers.loadFixture(deploy);
    const entry = { metadataKey: "agentWallet", metadataValue: alice.address };
    await expect(
      identities.connect(alice).setMetadata(1, entry.metadataKey, entry.metadataValue),
    ).to.be.revertedWithCustomError(identities, "AgentReservedKey");
    await expect(
      identities.connect(alice)["register(string,(string,bytes)[])"]("", [entry]),
    ).to.be.revertedWithCustomError(identities, "AgentReservedKey");
  });

  it("takes a wallet that signed for this agent, this owner and now; a transfer takes it away", async () => {
    const { identities, alice, bob, carol } = await networkHelpers.loadFixture(deploy);
    const { timestamp } = (await ethers.provider.getBlock("latest"))!;
    const domain = {
      name: "ERC8004IdentityRegistry",
      version: "1",
      chainId: 31_337,
      verifyingContract: await identities.getAddress(),
    };
    const soon = BigInt(timestamp) + 200n;
    const message = { agentId: 1n, newWallet: bob.address, owner: alice.address, deadline: soon };
    const set = async (changes: Partial<typeof message>, signer = bob, deadline = soon) => {
      const signature = await signer.signTypedData(domain, WALLET_TYPES, { ...message, deadline, ...changes });
      return identities.connect(alice).setAgentWallet(1, bob, deadline, signature);
    };
    for (const forged of [{ agentId: 2n }, { newWallet: carol.address }, { owner: carol.address }]) {
      await expect(set(forged)).to.be.revertedWithCustomError(identities, "AgentInvalidSignature");
    }
    await expect(set({}, carol)).to.be.revertedWithCustomError(identities, "AgentInvalidSignature");
    for (const deadline of [BigInt(timestamp) - 1n, BigInt(timestamp) + 1_000n]) {
      await expect(set({}, bob, deadline)).to.be.revertedWithCustomError(identities, "AgentInvalidDeadline");
    }
    await expect(identities.connect(alice).setAgentWallet(1, ZeroAddress, soon, "0x")).to.be.revertedWithCustomError(
      identities,
      "AgentInvalidSignature",
    );
    await set({});
    expect(await identities.getAgentWallet(1)).equal(bob.address);
    await identities.connect(alice).transferFrom(alice, carol, 1);
    expect(await identities.getAgentWallet(1)).equal(ZeroAddress);
  });
});

describe("AgentReputationRegistry", () => {
  it("gives one feedback for one receipt of a closed epoch", async () => {
    const { reputations, redeem, close, say, bob } = await networkHelpers.loadFixture(deploy);
    await expect(redeem(0)).to.be.revertedWithCustomError(reputations, "ReputationEpochOpen");
    await close();
    await expect(say(bob, 90n)).to.be.revertedWithCustomError(reputations, "ReputationNoReceipt").withArgs(1, bob);
    await expect(redeem(0)).to.emit(reputations, "ReceiptRedeemed").withArgs(1, bob, keccakText("payment 0"));
    await expect(say(bob, 90n)).to.emit(reputations, "NewFeedback");
    await expect(say(bob, 90n)).to.be.revertedWithCustomError(reputations, "ReputationNoReceipt");
    await expect(redeem(0)).to.be.revertedWithCustomError(reputations, "ReputationReceiptUsed");
  });

  it("gives feedback for what a channel paid, each part of it once", async () => {
    const { reputations, redeemOfChannel, receipts, channel, close, say, bob, carol, alice } =
      await networkHelpers.loadFixture(deploy);
    await close();
    const [first, second, inside, unclaimed, foreign] = [6, 7, 8, 9, 10] as const;
    const changes = [
      { payer: carol.address },
      { receiver: alice.address },
      { token: ZeroAddress },
      { salt: named(1n) },
    ];
    for (const change of changes) {
      await expect(redeemOfChannel(first, change)).to.be.revertedWithCustomError(
        reputations,
        "ReputationForeignChannel",
      );
    }
    await expect(redeemOfChannel(foreign)).to.be.revertedWithCustomError(reputations, "ReputationForeignChannel");
    await expect(redeemOfChannel(unclaimed)).to.be.revertedWithCustomError(reputations, "ReputationUnpaid");
    await expect(redeemOfChannel(first))
      .to.emit(reputations, "ReceiptRedeemed")
      .withArgs(1, channel.payer, receipts[first]!.paymentId);
    expect(await reputations.isRedeemed(receipts[first]!)).equal(true);
    expect(await reputations.isRedeemed(receipts[second]!)).equal(false);
    await expect(redeemOfChannel(first)).to.be.revertedWithCustomError(reputations, "ReputationReceiptUsed");
    await redeemOfChannel(second);
    await expect(redeemOfChannel(inside)).to.be.revertedWithCustomError(reputations, "ReputationReceiptUsed");
    expect(await reputations.receiptsOf(1, bob)).equal(2n);
    await expect(say(bob, 90n)).to.emit(reputations, "NewFeedback");
  });

  it("refuses what a provider made up", async () => {
    const { reputations, receipts, redeem, proofOf, close, epoch } = await networkHelpers.loadFixture(deploy);
    await close();
    await expect(redeem(2)).to.be.revertedWithCustomError(reputations, "ReputationUnpaid");
    for (const i of [3, 4])
      await expect(redeem(i)).to.be.revertedWithCustomError(reputations, "ReputationUnknownReceipt");
    await redeem(0);
    // another leaf for the payment that gave its feedback
    await expect(redeem(5)).to.be.revertedWithCustomError(reputations, "ReputationReceiptUsed");
    for (const changes of [{ fee: 2n * OPEN }, { outputHash: keccakText("x") }, { time: 9n }]) {
      await expect(
        reputations.redeem(1, epoch, { ...receipts[1]!, ...changes }, proofOf(1)),
      ).to.be.revertedWithCustomError(reputations, "ReputationUnknownReceipt");
    }
    await expect(reputations.redeem(1, epoch, receipts[1]!, proofOf(0))).to.be.revertedWithCustomError(
      reputations,
      "ReputationUnknownReceipt",
    );
  });

  it("does not count a model's receipts for an agent of somebody else who names it", async () => {
    const { identities, reputations, redeem, close, carol } = await networkHelpers.loadFixture(deploy);
    await close();
    // carol's own model sold nothing
    await expect(redeem(0, 2n)).to.be.revertedWithCustomError(reputations, "ReputationUnknownReceipt");
    await identities.connect(carol).setMetadata(2, MODEL_KEY, named(1n));
    await expect(redeem(0, 2n)).to.be.revertedWithCustomError(reputations, "ReputationForeignModel").withArgs(2, 1);
    await identities.connect(carol).setMetadata(2, MODEL_KEY, "0x01");
    await expect(redeem(0, 2n)).to.be.revertedWithCustomError(reputations, "ReputationForeignModel").withArgs(2, 0);
  });

  it("hears nobody who acts for the agent's owner", async () => {
    const { identities, reputations, redeem, close, say, alice, bob } = await networkHelpers.loadFixture(deploy);
    await close();
    await redeem(0);
    await expect(say(alice, 100n)).to.be.revertedWithCustomError(reputations, "ReputationOwnAgent");
    await identities.connect(alice).setApprovalForAll(bob, true);
    await expect(say(bob, 100n)).to.be.revertedWithCustomError(reputations, "ReputationOwnAgent");
  });

  it("sums up what the clients said whom the reader names, without what was taken back", async () => {
    const { reputations, redeem, close, say, bob, carol } = await networkHelpers.loadFixture(deploy);
    await close();
    await redeem(0);
    await redeem(1);
    const most = 2n ** 127n - 1n;
    for (const [value, decimals] of [
      [most, 0n],
      [-most, 17n],
      [1n, 19n],
    ] as const) {
      await expect(say(bob, value, decimals)).to.be.revertedWithCustomError(reputations, "ReputationInvalidValue");
    }
    await say(bob, 90n, 0n, ["triage", "en"]);
    await say(bob, -105n, 1n, ["draft", ""]);
    const summary = async (...[tag1, tag2, clients = [bob.address]]: [string, string, string[]?]) =>
      [...(await reputations.getSummary(1, clients, tag1, tag2))] as bigint[];
    expect(await summary("", "")).deep.equal([2n, 39_750_000_000_000_000_000n, 18n]);
    expect(await summary("triage", "")).deep.equal([1n, 90n * OPEN, 18n]);
    expect(await summary("triage", "de")).deep.equal([0n, 0n, 18n]);
    expect(await summary("", "", [carol.address])).deep.equal([0n, 0n, 18n]);
    expect(await reputations.getClients(1)).deep.equal([bob.address]);
    expect(await reputations.getLastIndex(1, bob)).equal(2n);

    await expect(reputations.connect(carol).appendResponse(1, bob, 2, "ipfs://sorry", ZeroHash)).to.emit(
      reputations,
      "ResponseAppended",
    );
    await reputations.connect(bob).revokeFeedback(1, 2);
    expect((await reputations.readFeedback(1, bob, 2)).isRevoked).equal(true);
    expect(await summary("", "")).deep.equal([1n, 90n * OPEN, 18n]);
    for (const index of [0, 2, 3]) {
      await expect(reputations.connect(bob).revokeFeedback(1, index)).to.be.revertedWithCustomError(
        reputations,
        "ReputationNoFeedback",
      );
    }
    await expect(reputations.appendResponse(1, carol, 1, "x", ZeroHash)).to.be.revertedWithCustomError(
      reputations,
      "ReputationNoFeedback",
    );
    await expect(say(bob, 1n)).to.be.revertedWithCustomError(reputations, "ReputationNoReceipt");
  });

  it("knows no receipts of an epoch without a commitment", async () => {
    const { reputations, redeem, close, epoch } = await networkHelpers.loadFixture(deploy);
    await close();
    await networkHelpers.time.increase(2n * DAY);
    await expect(redeem(0, 1n, epoch + 1n)).to.be.revertedWithCustomError(reputations, "ReputationUnknownReceipt");
  });
});
