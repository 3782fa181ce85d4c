import { expect } from "chai";
import { network } from "hardhat";
import {
  BATCH_SETTLEMENT_ADDRESS,
  BATCH_SETTLEMENT_DOMAIN,
  BatchSettlementEvmScheme,
  claimBatchTypes,
  ERC3009_DEPOSIT_COLLECTOR_ADDRESS,
  refundTypes,
  voucherTypes,
} from "@x402/evm";
import { AbiCoder, concat, hexlify, randomBytes, Signature, toBeHex, TypedDataEncoder, Wallet } from "ethers";
import type { Hex } from "viem";
import { privateKeyToAccount } from "viem/accounts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const OPEN = 10n ** 18n;
const CHAIN_ID = 31_337;
const DAY = 86_400;

interface DepositPayload {
  readonly channelConfig: {
    readonly payer: string;
    readonly payerAuthorizer: string;
    readonly receiver: string;
    readonly receiverAuthorizer: string;
    readonly token: string;
    readonly withdrawDelay: number;
    readonly salt: string;
  };
  readonly voucher: { readonly channelId: string; readonly maxClaimableAmount: string; readonly signature: string };
  readonly deposit: {
    readonly amount: string;
    readonly authorization: {
      readonly erc3009Authorization: {
        readonly validAfter: string;
        readonly validBefore: string;
        readonly salt: string;
        readonly signature: string;
      };
    };
  };
}

/** The contracts at the addresses that clients know, whose code is put there. */
async function installed() {
  const [owner, authorizer, stranger] = await ethers.getSigners();
  const token = await ethers.deployContract("OpenToken", [owner!, ethers.ZeroAddress]);
  const made = await ethers.deployContract("PaymentChannels", [token]);
  const collector = await ethers.deployContract("Erc3009Collector", [BATCH_SETTLEMENT_ADDRESS]);
  await networkHelpers.setCode(BATCH_SETTLEMENT_ADDRESS, (await made.getDeployedCode())!);
  await networkHelpers.setCode(ERC3009_DEPOSIT_COLLECTOR_ADDRESS, (await collector.getDeployedCode())!);
  const channels = await ethers.getContractAt("PaymentChannels", BATCH_SETTLEMENT_ADDRESS);
  return { owner: owner!, authorizer: authorizer!, stranger: stranger!, token, channels };
}

/** What a stock client signs for its first call: a deposit and a voucher. */
async function stockDeposit(
  { token, authorizer }: Pick<Awaited<ReturnType<typeof installed>>, "token" | "authorizer">,
  receiver: string,
  price: bigint,
) {
  const account = privateKeyToAccount(hexlify(randomBytes(32)) as Hex);
  await token.transfer(account.address, 1_000n * OPEN);
  const client = new BatchSettlementEvmScheme({
    address: account.address,
    signTypedData: (message: Parameters<typeof account.signTypedData>[0]) => account.signTypedData(message),
    // nothing of this channel is on the chain yet
    readContract: () => Promise.resolve([0n, 0n]),
  });
  const requirements = {
    scheme: "batch-settlement",
    network: `eip155:${CHAIN_ID}`,
    amount: price.toString(),
    asset: await token.getAddress(),
    payTo: receiver,
    maxTimeoutSeconds: 10 * 365 * DAY,
    extra: {
      name: "OpenLedger",
      version: "1",
      receiverAuthorizer: authorizer.address,
      withdrawDelay: DAY,
      minDeposit: (10n * price).toString(),
    },
  };
  const { payload } = await client.createPaymentPayload(2, requirements as never, { extensions: {} });
  return { account, payload: payload as unknown as DepositPayload };
}

function collectorData({ deposit }: DepositPayload) {
  const { validAfter, validBefore, salt, signature } = deposit.authorization.erc3009Authorization;
  return AbiCoder.defaultAbiCoder().encode(
    ["uint256", "uint256", "uint256", "bytes"],
    [validAfter, validBefore, salt, signature],
  );
}

const domain = { ...BATCH_SETTLEMENT_DOMAIN, chainId: CHAIN_ID, verifyingContract: BATCH_SETTLEMENT_ADDRESS };

describe("payment channels", () => {
  it("take a stock client's deposit and voucher, and pay the receiver what was claimed", async () => {
    const loaded = await networkHelpers.loadFixture(installed);
    const { channels, token, authorizer, stranger } = loaded;
    const till = Wallet.createRandom().address;
    const { payload } = await stockDeposit(loaded, till, OPEN);
    const { channelConfig: config, voucher } = payload;
    expect(await channels.getChannelId(config)).equal(voucher.channelId);
    await channels
      .connect(stranger)
      .deposit(config, payload.deposit.amount, ERC3009_DEPOSIT_COLLECTOR_ADDRESS, collectorData(payload));
    expect(await channels.channels(voucher.channelId)).deep.equal([BigInt(payload.deposit.amount), 0n]);

    const { signature, maxClaimableAmount } = voucher;
    const claims = [{ voucher: { channel: config, maxClaimableAmount }, signature, totalClaimed: OPEN }];
    await expect(channels.connect(stranger).claim(claims)).revertedWithCustomError(channels, "ChannelsUnauthorized");
    await expect(channels.connect(authorizer).claim(claims))
      .emit(channels, "Claimed")
      .withArgs(voucher.channelId, authorizer.address, OPEN, OPEN);
    await channels.connect(stranger).settle(till, token);
    expect(await token.balanceOf(till)).equal(OPEN);
    await expect(channels.settle(till, token)).revertedWithCustomError(channels, "ChannelsNothingToDo");
  });

  it("sign what stock clients and facilitators sign", async () => {
    const loaded = await networkHelpers.loadFixture(installed);
    const { channels } = loaded;
    const { payload } = await stockDeposit(loaded, Wallet.createRandom().address, OPEN);
    const { channelConfig: channel, voucher } = payload;
    const { channelId, signature } = voucher;
    const [maxClaimableAmount, totalClaimed, nonce, amount] = [7n, 5n, 3n, 2n];
    const hash = (types: object, message: object) => TypedDataEncoder.hash(domain, types as never, message);
    expect(await channels.getVoucherDigest(channelId, maxClaimableAmount)).equal(
      hash(voucherTypes, { channelId, maxClaimableAmount }),
    );
    expect(await channels.getRefundDigest(channelId, nonce, amount)).equal(
      hash(refundTypes, { channelId, nonce, amount }),
    );
    const claims = [{ channelId, maxClaimableAmount, totalClaimed }];
    expect(
      await channels.getClaimBatchDigest([{ voucher: { channel, maxClaimableAmount }, signature, totalClaimed }]),
    ).equal(hash(claimBatchTypes, { claims }));
  });

  it("refuse a deposit into another channel than the payer's authorization binds", async () => {
    const loaded = await networkHelpers.loadFixture(installed);
    const { channels, stranger, token } = loaded;
    const { payload } = await stockDeposit(loaded, Wallet.createRandom().address, OPEN);
    const data = collectorData(payload);
    const other = { ...payload.channelConfig, receiver: stranger.address };
    const deposit = (config: DepositPayload["channelConfig"]) =>
      channels.deposit(config, payload.deposit.amount, ERC3009_DEPOSIT_COLLECTOR_ADDRESS, data);
    await expect(deposit(other)).revertedWithCustomError(token, "ERC3009InvalidSignature");
    await expect(deposit({ ...payload.channelConfig, withdrawDelay: 60 })).revertedWithCustomError(
      channels,
      "ChannelsDelayOutOfBounds",
    );
    const collector = await ethers.getContractAt("Erc3009Collector", ERC3009_DEPOSIT_COLLECTOR_ADDRESS);
    const { payer, token: asset } = payload.channelConfig;
    await expect(collector.collect(payer, asset, 1, payload.voucher.channelId, data)).revertedWithCustomError(
      collector,
      "CollectorUnauthorized",
    );
  });

  it("refuse what is no channel, and what nobody who may has signed", async () => {
    const loaded = await networkHelpers.loadFixture(installed);
    const { channels, authorizer, stranger } = loaded;
    const { payload } = await stockDeposit(loaded, Wallet.createRandom().address, OPEN);
    const { channelConfig: config, voucher } = payload;
    const data = collectorData(payload);
    const deposit = (changes: object, amount: bigint | string = payload.deposit.amount) =>
      channels.deposit({ ...config, ...changes }, amount, ERC3009_DEPOSIT_COLLECTOR_ADDRESS, data);
    for (const party of ["payer", "receiver", "receiverAuthorizer"]) {
      await expect(deposit({ [party]: ethers.ZeroAddress })).revertedWithCustomError(channels, "ChannelsInvalidParty");
    }
    const long = deposit({ withdrawDelay: 31 * DAY });
    await expect(long)
      .revertedWithCustomError(channels, "ChannelsDelayOutOfBounds")
      .withArgs(31 * DAY);
    await expect(deposit({}, 0n)).revertedWithCustomError(channels, "ChannelsNothingToDo");
    await deposit({});

    const { signature, maxClaimableAmount } = voucher;
    const claimOf = (totalClaimed: bigint, signed: string, changes: object = {}) => ({
      voucher: { channel: { ...config, ...changes }, maxClaimableAmount },
      signature: signed,
      totalClaimed,
    });
    const claim = (...claims: ReturnType<typeof claimOf>[]) => channels.connect(authorizer).claim(claims);
    await expect(claim(claimOf(OPEN + 1n, signature))).revertedWithCustomError(channels, "ChannelsAboveVoucher");
    await expect(claim(claimOf(OPEN, "0x"))).revertedWithCustomError(channels, "ChannelsInvalidSignature");
    const empty = claim(claimOf(OPEN, signature, { salt: ethers.id("another") }));
    await expect(empty).revertedWithCustomError(channels, "ChannelsAboveBalance");

    const other = claimOf(OPEN, signature, { receiverAuthorizer: stranger.address });
    const batch = [claimOf(OPEN, signature), other];
    const sign = async (claims: typeof batch) =>
      authorizer.signTypedData(domain, claimBatchTypes as never, {
        claims: await Promise.all(
          claims.map(async ({ voucher: { channel }, totalClaimed }) => ({
            channelId: await channels.getChannelId(channel),
            maxClaimableAmount,
            totalClaimed,
          })),
        ),
      });
    await expect(channels.claimWithSignature([], "0x")).revertedWithCustomError(channels, "ChannelsNothingToDo");
    const unsigned = channels.claimWithSignature([claimOf(OPEN, signature)], await sign(batch));
    await expect(unsigned).revertedWithCustomError(channels, "ChannelsInvalidSignature");
    const mixed = channels.claimWithSignature(batch, await sign(batch));
    await expect(mixed).revertedWithCustomError(channels, "ChannelsUnauthorized");
    const refund = channels.refundWithSignature(config, 1n, 1n, "0x");
    await expect(refund).revertedWithCustomError(channels, "ChannelsWrongNonce").withArgs(1n, 0n);
    const forged = channels.refundWithSignature(config, 1n, 0n, signature);
    await expect(forged).revertedWithCustomError(channels, "ChannelsInvalidSignature");
  });

  it("claim 50 whole vouchers for at most 18,000 gas each, and pass over what is none", async () => {
    const loaded = await networkHelpers.loadFixture(installed);
    const { channels, authorizer } = loaded;
    const till = Wallet.createRandom().address;
    const sign = async (
      account: Awaited<ReturnType<typeof stockDeposit>>["account"],
      channelId: string,
      sum: bigint,
    ) => {
      const message = { channelId: channelId as Hex, maxClaimableAmount: sum };
      const written = await account.signTypedData({
        domain,
        types: voucherTypes,
        primaryType: "Voucher",
        message,
      });
      const { r, yParityAndS } = Signature.from(written);
      return concat([channelId, toBeHex(sum, 16), r, yParityAndS]);
    };
    const opened: Awaited<ReturnType<typeof stockDeposit>>[] = [];
    for (let i = 0; i < 50; i++) {
      const one = await stockDeposit(loaded, till, OPEN);
      const { channelConfig, deposit } = one.payload;
      await channels.deposit(
        channelConfig,
        deposit.amount,
        ERC3009_DEPOSIT_COLLECTOR_ADDRESS,
        collectorData(one.payload),
      );
      opened.push(one);
    }
    const rowsOf = async (sum: bigint) =>
      concat(await Promise.all(opened.map(({ account, payload }) => sign(account, payload.voucher.channelId, sum))));
    const compact = async (rows: string) =>
      (await (await channels.connect(authorizer).claimCompact(till, rows)).wait())!.gasUsed;
    await compact(await rowsOf(OPEN));
    const gas = await compact(await rowsOf(2n * OPEN));
    const token = await channels.compactToken();
    expect((await channels.receivers(till, token)).totalClaimed).equal(100n * OPEN);
    expect(gas / 50n <= 18_000n, `${gas / 50n} gas a voucher`).equal(true);

    const bad = concat([
      await sign(opened[0]!.account, opened[1]!.payload.voucher.channelId, 3n * OPEN),
      await sign(opened[0]!.account, opened[0]!.payload.voucher.channelId, 10_000n * OPEN),
      await sign(opened[0]!.account, opened[0]!.payload.voucher.channelId, OPEN),
      await sign(opened[0]!.account, hexlify(randomBytes(32)), OPEN),
      await sign(opened[2]!.account, opened[2]!.payload.voucher.channelId, 3n * OPEN),
    ]);
    await compact(bad);
    expect((await channels.receivers(till, token)).totalClaimed).equal(101n * OPEN);
  });

  it("give the payer the rest after the delay, as far as it is not claimed before", async () => {
    const loaded = await networkHelpers.loadFixture(installed);
    const { channels, token, authorizer, stranger } = loaded;
    const { account, payload } = await stockDeposit(loaded, Wallet.createRandom().address, OPEN);
    const { channelConfig: config, voucher, deposit } = payload;
    await channels.deposit(config, deposit.amount, ERC3009_DEPOSIT_COLLECTOR_ADDRESS, collectorData(payload));
    await expect(channels.connect(stranger).initiateWithdraw(config, 1n)).revertedWithCustomError(
      channels,
      "ChannelsUnauthorized",
    );
    await networkHelpers.impersonateAccount(account.address);
    await networkHelpers.setBalance(account.address, OPEN);
    const payer = await ethers.getSigner(account.address);
    await channels.connect(payer).initiateWithdraw(config, 2n ** 128n - 1n);
    await expect(channels.finalizeWithdraw(config)).revertedWithCustomError(channels, "ChannelsWithdrawalNotDue");
    // the receiver's side sees the announcement, and claims in time
    const { signature, maxClaimableAmount } = voucher;
    await channels
      .connect(authorizer)
      .claim([{ voucher: { channel: config, maxClaimableAmount }, signature, totalClaimed: OPEN }]);
    await networkHelpers.time.increase(DAY);
    await channels.connect(stranger).finalizeWithdraw(config);
    expect(await token.balanceOf(account.address)).equal(999n * OPEN);
    expect(await channels.channels(voucher.channelId)).deep.equal([OPEN, OPEN]);
  });
});
