import { expect } from "chai";
import { network } from "hardhat";
import { type HDNodeWallet, type JsonRpcProvider, ZeroAddress } from "ethers";
import { startApi } from "../../oracle/api/server.ts";
import type { Contracts } from "../../oracle/chain/contracts.ts";
import { setL1Attributes } from "../../oracle/chain/l1Attributes.ts";
import { createSender } from "../../oracle/chain/send.ts";
import { createTransientMemory } from "../../oracle/chain/transientMemory.ts";
import { createLogger } from "../../oracle/common/logger.ts";
import { createMetrics } from "../../oracle/common/metrics.ts";
import { createBundler, type Submission } from "../../oracle/gas/bundler.ts";
import { createBundlerClient } from "../../oracle/gas/bundlerClient.ts";
import { bundlerRoutes } from "../../oracle/gas/bundlerRoutes.ts";
import { delegationTo } from "../../oracle/gas/delegation.ts";
import { createGaslessSender } from "../../oracle/gas/gaslessSender.ts";
import { encodeCalls, type UserOperation } from "../../oracle/gas/userOperation.ts";
import { OPEN } from "../rewards/deployRewards.ts";
import { CHAIN_ID, createGasWorld, type Draft, GWEI, REWARD } from "./deployGas.ts";

const connection = await network.create({ network: "default", chainType: "op" });
const { ethers, networkHelpers } = connection;
const { deploy, delegate, draft, sign } = createGasWorld(connection);
const log = createLogger({ level: "silent" });

/** A chain that charges for layer 1, which takes no transactions of EIP-7702 (the devnet does), and a bundler with 1 ETH that answers on loopback. @param before runs before a bundle is broadcast */
async function openBundler(before: () => Promise<void> = () => Promise.resolve()) {
  const world = await networkHelpers.loadFixture(deploy);
  const { entryPoint, paymaster, token, distributor } = world;
  const plain = ethers.provider as unknown as JsonRpcProvider;
  await setL1Attributes(plain, { baseFee: 20n * GWEI, baseFeeScalar: 5_227n, blobBaseFeeScalar: 1_014_213n });
  const provider = new Proxy(plain, {
    get: (target, name: keyof JsonRpcProvider) => {
      const found = target[name] as unknown;
      if (typeof found !== "function") return found;
      if (name !== "send") return (found as (...args: unknown[]) => unknown).bind(target);
      return async (method: string, params: unknown[]) => {
        if (method === "eth_sendRawTransaction") await before();
        return target.send(method, params) as Promise<unknown>;
      };
    },
  });
  const wallet = ethers.Wallet.createRandom();
  await networkHelpers.setBalance(wallet.address, 10n ** 18n);
  const chainId = Number(CHAIN_ID);
  const memory = createTransientMemory();
  const sender = createSender({ provider, wallet, memory, chainId, maxFeePerGas: 100n * GWEI });
  const contracts = {
    EntryPoint: entryPoint,
    OpenPaymaster: paymaster,
    OpenToken: token,
    RewardDistributor: distributor,
  } as unknown as Contracts;
  const account = await world.account.getAddress();
  const bundler = createBundler({ provider, contracts, account, chainId: CHAIN_ID, wallet, sender, simulated: true });
  const routes = [bundlerRoutes(bundler, CHAIN_ID, log)];
  const api = await startApi({ title: "t", host: "127.0.0.1", port: 0, log, metrics: createMetrics(), routes });
  closing.push(() => api.close());
  const client = createBundlerClient(api.url);
  const gasless = (key: HDNodeWallet) =>
    createGaslessSender({ provider, contracts, account, chainId: CHAIN_ID, wallet: key, bundler: client });
  /** The operation with what the bundler estimates, signed. */
  async function estimated(
    key: typeof world.alice,
    unpriced: Draft,
    payment: { claim?: string } = {},
    authorized = {},
  ) {
    const op = await sign(world, key, unpriced, payment);
    return sign(world, key, { ...unpriced, ...(await client.estimate({ op, ...authorized })) }, payment);
  }
  return { ...world, url: api.url, bundler, client, gasless, estimated, bundlerAddress: wallet.address };
}

const closing: (() => Promise<void>)[] = [];

/** The words of a refusal; nothing when there is none. */
const refusalOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "",
    (error: unknown) => (error as Error).message,
  );

describe("A bundler", () => {
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  it("lets a wallet with 0 ETH and 0 OPEN claim its reward and pay the gas from it, and loses nothing", async () => {
    const world = await openBundler();
    const { alice, account, token, distributor, place, tree, bundlerAddress, paymaster, gasless } = world;
    const before = await ethers.provider.getBalance(bundlerAddress);
    const data = distributor.interface.encodeFunctionData("claim", [
      place,
      { ...tree.payout(place) },
      tree.proof(place),
    ]);
    const mined = await gasless(alice).send({ key: "claim", kind: "claim", to: await distributor.getAddress(), data });
    expect(mined.gasUsed).to.be.lessThan(400_000n);
    expect(await distributor.claimedBy(alice.address)).to.equal(REWARD);
    const kept = await token.balanceOf(alice.address);
    expect(kept).to.be.greaterThan(0n).and.lessThan(REWARD);
    expect(await token.balanceOf(paymaster)).to.equal(REWARD - kept);
    expect(await ethers.provider.getBalance(alice.address)).to.equal(0n);
    expect(await ethers.provider.getCode(alice.address)).to.equal(delegationTo(await account.getAddress()));
    expect(await ethers.provider.getTransactionCount(alice.address)).to.equal(1);
    const gain = (await ethers.provider.getBalance(bundlerAddress)) - before;
    expect(gain)
      .to.be.greaterThanOrEqual(0n)
      .and.lessThan(100_000n * GWEI);
  });

  it("lets a delegated wallet make any call, and says so when the call reverts, which is paid all the same", async () => {
    const world = await openBundler();
    const { alice, token, owner, stranger, bundlerAddress, gasless, estimated, client } = world;
    await token.connect(owner).transfer(alice.address, 100n * OPEN);
    await delegate(world, alice);
    const to = await token.getAddress();
    const transfer = (amount: bigint) => token.interface.encodeFunctionData("transfer", [stranger.address, amount]);
    const send = (data: string) => gasless(alice).send({ key: data, kind: "transfer", to, data });
    await send(transfer(3n * OPEN));
    expect(await token.balanceOf(stranger.address)).to.equal(3n * OPEN);
    expect(await refusalOf(send(transfer(1_000n * OPEN)))).to.match(/ERC20InsufficientBalance/u);

    const callData = encodeCalls([{ to, data: transfer(1_000n * OPEN) }]);
    const before = await ethers.provider.getBalance(bundlerAddress);
    const held = await token.balanceOf(alice.address);
    const op = await estimated(alice, draft(alice.address, { nonce: 1n, callData }));
    const hash = await client.send({ op });
    expect(await client.receipt(hash)).to.deep.include({ success: false });
    expect(await token.balanceOf(alice.address)).to.be.lessThan(held);
    expect(await ethers.provider.getBalance(bundlerAddress)).to.be.greaterThanOrEqual(before);
    expect(await client.receipt(ethers.ZeroHash)).to.equal(null);
  });

  it("refuses, before it pays anything, what would not be included or would not pay it", async () => {
    const world = await openBundler();
    const { alice, claim, client, estimated, bundlerAddress, token, owner } = world;
    const before = await ethers.provider.getBalance(bundlerAddress);
    const refuse = async (submission: Submission, words: RegExp) =>
      expect(await refusalOf(client.send(submission))).to.match(words);
    const account = await world.account.getAddress();
    const request = { address: account, nonce: 0n, chainId: CHAIN_ID };
    const authorization = alice.authorizeSync(request);
    const good = await estimated(alice, draft(alice.address), { claim }, { authorization });
    await refuse({ op: good }, /does not delegate/u);
    for (const wrong of [
      { ...request, nonce: 1n },
      { ...request, chainId: 1n },
      { ...request, address: ZeroAddress },
    ]) {
      await refuse({ op: good, authorization: alice.authorizeSync(wrong) }, /authorisation is not good/u);
    }
    const mallory = ethers.Wallet.createRandom();
    await refuse({ op: good, authorization: mallory.authorizeSync(request) }, /authorisation is not good/u);
    const change = async (changes: Partial<UserOperation>, words: RegExp) =>
      refuse({ op: { ...good, ...changes }, authorization }, words);
    await change({ paymaster: mallory.address }, /paid for in OPEN/u);
    await change({ callGasLimit: 20_000_000n }, /more gas than a bundle/u);
    await change({ maxFeePerGas: 1n }, /too little for its gas/u);
    await change({ preVerificationGas: good.preVerificationGas / 2n }, /layer 1/u);
    await change({ signature: mallory.signingKey.sign(ethers.ZeroHash).serialized }, /AA24/u);
    await change({ nonce: 7n }, /AA2/u);
    await change({ paymasterData: "0x" }, /AA33/u);
    await delegate(world, alice);
    const poor = await sign(world, alice, { ...good, callGasLimit: 3_000_000n }, { claim });
    await refuse({ op: poor }, /AA33|ERC20InsufficientBalance/u);
    await token.connect(owner).transfer(mallory.address, OPEN);
    await delegate(world, mallory);
    const underpaid = await sign(world, mallory, { ...good, sender: mallory.address }, { amount: 1n });
    await refuse({ op: underpaid }, /GasUnderpaid/u);
    const bob = ethers.Wallet.createRandom();
    const broke = await sign(world, bob, { ...good, sender: bob.address });
    await refuse({ op: broke, authorization: bob.authorizeSync(request) }, /AA33|ERC20InsufficientBalance/u);
    expect(await ethers.provider.getCode(bob.address)).to.equal("0x");
    expect(await ethers.provider.getBalance(bundlerAddress)).to.equal(before);
    await client.send({ op: good });
    await refuse({ op: good }, /AA25/u);
  });

  it("loses one reverted bundle to a sender that moves its OPEN away in between, and then serves it no more", async () => {
    let spoil = false;
    const world = await openBundler(async () => {
      if (!spoil) return;
      spoil = false;
      const thief = await ethers.getImpersonatedSigner(world.alice.address);
      await networkHelpers.setBalance(thief.address, 10n ** 18n);
      await world.token.connect(thief).transfer(world.stranger.address, await world.token.balanceOf(thief.address));
    });
    const { alice, token, owner, client, estimated } = world;
    await token.connect(owner).transfer(alice.address, 10n * OPEN);
    await delegate(world, alice);
    const op = await estimated(alice, draft(alice.address));
    spoil = true;
    expect(await refusalOf(client.send({ op }))).to.match(/reverted/u);
    await token.connect(owner).transfer(alice.address, 10n * OPEN);
    const again = await estimated(alice, draft(alice.address));
    expect(await refusalOf(client.send({ op: again }))).to.match(/changed what/u);
  });

  it("answers as ERC-7769 says, and says what is wrong with what it cannot read", async () => {
    const { url } = await openBundler();
    const ask = async (body: object) => {
      const response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ jsonrpc: "2.0", id: 9, ...body }),
      });
      return (await response.json()) as { id?: number; result?: unknown; error?: { code: number; message: string } };
    };
    expect(await ask({ method: "eth_chainId" })).to.deep.equal({ jsonrpc: "2.0", id: 9, result: "0x7a69" });
    expect((await ask({ method: "eth_supportedEntryPoints" })).result).to.have.length(1);
    expect((await ask({ method: "eth_mine" })).error?.code).to.equal(-32_601);
    expect((await ask({ method: "eth_sendUserOperation", params: [{}, ZeroAddress] })).error?.code).to.equal(-32_602);
    expect((await ask({ method: "toString" })).error?.code).to.equal(-32_601);
  });
});
