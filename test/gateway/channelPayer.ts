import { appendPaymentIdentifierToExtensions } from "@x402/extensions/payment-identifier";
import { BatchSettlementEvmScheme } from "@x402/evm/batch-settlement/client";
import { wrapFetchWithPayment, x402Client } from "@x402/fetch";
import { channelHashes, type ChannelConfig } from "@openledger/protocol/eip712/channel.ts";
import { asAddress, asHash } from "@openledger/protocol/hex.ts";
import type { HardhatEthers } from "@nomicfoundation/hardhat-ethers/types";
import { hexlify, randomBytes, ZeroHash } from "ethers";
import type { Hex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { CHANNELS_ADDRESS } from "@openledger/protocol/eip712/channel.ts";
import { placeCode } from "../../tasks/placeCode.ts";
import { WITHDRAW_DELAY } from "../../oracle/gateway/channels/channelTerms.ts";
import { encodeHeader } from "../../oracle/gateway/x402/wire.ts";
import { channelRequirements } from "../../oracle/gateway/channels/channelTerms.ts";
import { PRICE, type Shop } from "./openGateway.ts";

const CHAIN_ID = 31_337n;

/** The channels and their collector where clients look for them, on the chain of the test. */
export async function installChannels(ethers: HardhatEthers, { token }: Pick<Shop, "token">) {
  await placeCode({ ethers } as never, {
    PaymentChannelsCode: await ethers.deployContract("PaymentChannels", [token]),
    Erc3009CollectorCode: await ethers.deployContract("Erc3009Collector", [CHANNELS_ADDRESS]),
  });
  return ethers.getContractAt("PaymentChannels", CHANNELS_ADDRESS);
}

export type ChannelPayer = Awaited<ReturnType<typeof openPayer>>;

/** A consumer with a stock client that pays by a channel, and what it takes to pay by hand. */
export async function openPayer(
  { ethers, shop, paid }: { ethers: HardhatEthers; shop: Shop; paid: Parameters<typeof channelRequirements>[0] },
  money = 100n * PRICE,
) {
  const account = privateKeyToAccount(hexlify(randomBytes(32)) as Hex);
  await shop.token.transfer(account.address, money);
  const channels = await ethers.getContractAt("PaymentChannels", CHANNELS_ADDRESS);
  const demand = channelRequirements(paid, { price: PRICE, till: shop.till }, 10 ** 9);
  const config: ChannelConfig = {
    payer: asAddress(account.address),
    payerAuthorizer: asAddress(account.address),
    receiver: shop.till,
    receiverAuthorizer: asAddress(paid.provider),
    token: asAddress(paid.token.asset),
    withdrawDelay: WITHDRAW_DELAY,
    salt: asHash(ZeroHash),
  };
  const channelId = channelHashes(CHAIN_ID).idOf(config);
  const scheme = new BatchSettlementEvmScheme({
    address: account.address,
    signTypedData: (message: Parameters<typeof account.signTypedData>[0]) => account.signTypedData(message),
    readContract: ({ args }: { args?: readonly unknown[] }) =>
      channels.channels(args![0] as string).then(({ balance, totalClaimed }) => [balance, totalClaimed]),
  });
  const client = new x402Client().register("eip155:*", scheme).setSpendControls({
    allowedAssets: [
      { network: demand.network as `${string}:${string}`, asset: demand.asset, maxAmountPerPayment: `${PRICE}` },
    ],
  });
  const paying = wrapFetchWithPayment(fetch, client);

  /** The header with a voucher for so much, whoever signs it. */
  async function voucher(
    cumulative: bigint,
    {
      signer = account,
      extensions = {},
      changes = {},
    }: { signer?: typeof account; extensions?: object; changes?: object } = {},
  ) {
    const channelConfig = { ...config, ...changes };
    const id = channelHashes(CHAIN_ID).idOf(channelConfig);
    const signature = await signer.signTypedData({
      domain: {
        name: "x402 Batch Settlement",
        version: "1",
        chainId: CHAIN_ID,
        verifyingContract: CHANNELS_ADDRESS,
      },
      types: {
        Voucher: [
          { name: "channelId", type: "bytes32" },
          { name: "maxClaimableAmount", type: "uint128" },
        ],
      },
      primaryType: "Voucher",
      message: { channelId: id, maxClaimableAmount: cumulative },
    });
    const payload = {
      type: "voucher",
      channelConfig,
      voucher: { channelId: id, maxClaimableAmount: `${cumulative}`, signature },
    };
    return { "payment-signature": encodeHeader({ x402Version: 2, accepted: demand, payload, extensions }) };
  }
  const named = (id: string) => {
    const extensions = { "payment-identifier": { info: { required: false } } };
    appendPaymentIdentifierToExtensions(extensions, id);
    return extensions;
  };
  return { account, config, channelId, channels, paying, voucher, named };
}
