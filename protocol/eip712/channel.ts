import type { Address, Hash } from "../hex.ts";
import { domainSeparatorOf } from "./domain.ts";
import { structType, type StructOf, typedDataDigest } from "./typedData.ts";

/** Where x402's clients expect the channels on every chain: they sign for this address and can be told no other. */
export const CHANNELS_ADDRESS = "0x4020074e9dF2ce1deE5A9C1b5c3f541D02a10003";
/** What takes ERC-3009 authorizations for deposits, likewise. */
export const COLLECTOR_ADDRESS = "0x4020806089470a89826cB9fB1f4059150b550004";

const configMembers = {
  payer: "address",
  payerAuthorizer: "address",
  receiver: "address",
  receiverAuthorizer: "address",
  token: "address",
  withdrawDelay: "uint40",
  salt: "bytes32",
} as const;
const voucherMembers = { channelId: "bytes32", maxClaimableAmount: "uint128" } as const;

/** What a channel is: who pays, with which key, whom, and how long a withdrawal takes. Its hash is its id. */
export type ChannelConfig = StructOf<typeof configMembers>;
/** That the receiver may have so much of a channel in all. */
export type Voucher = StructOf<typeof voucherMembers>;

export const channelConfigType = structType("ChannelConfig", configMembers);
export const voucherType = structType("Voucher", voucherMembers);

/** The ids of channels on a chain, and what their keys sign. */
export interface ChannelHashes {
  idOf(config: ChannelConfig): Hash;
  digestOf(voucher: Voucher): Hash;
}

export function channelHashes(chainId: bigint): ChannelHashes {
  const separator = domainSeparatorOf({
    name: "x402 Batch Settlement",
    version: "1",
    chainId,
    verifyingContract: CHANNELS_ADDRESS.toLowerCase() as Address,
  });
  return {
    idOf: (config) => typedDataDigest(separator, channelConfigType.hash(config)),
    digestOf: (voucher) => typedDataDigest(separator, voucherType.hash(voucher)),
  };
}
