import { COLLECTOR_ADDRESS } from "@openledger/protocol/eip712/channel.ts";
import { asHash, type Hash } from "@openledger/protocol/hex.ts";
import { AbiCoder, hexlify, keccak256, randomBytes, type TypedDataDomain } from "ethers";
import type { LocalWallet } from "../../chain/wallet.ts";
import { RECEIVE_TYPES } from "../authorisation.ts";

/** A payer's authorization of a deposit into one channel, as the collector takes it. */
export interface DepositAuthorization {
  /** Unix seconds. */
  readonly validAfter: bigint;
  readonly validBefore: bigint;
  readonly salt: string;
  readonly signature: string;
}

const abi = AbiCoder.defaultAbiCoder();

/** Binds the authorization to the channel. */
export function depositNonce(channelId: string, salt: string): Hash {
  return asHash(keccak256(abi.encode(["bytes32", "uint256"], [channelId, salt])));
}

/** @param value OPEN wei. @param payments the token's EIP-712 domain. @param validBefore unix seconds */
export async function authorizeDeposit(
  wallet: LocalWallet,
  payments: TypedDataDomain,
  { channelId, value, validBefore }: { readonly channelId: Hash; readonly value: bigint; readonly validBefore: bigint },
): Promise<DepositAuthorization> {
  const salt = hexlify(randomBytes(32));
  const validAfter = 0n;
  const nonce = depositNonce(channelId, salt);
  const message = { from: wallet.address, to: COLLECTOR_ADDRESS, value, validAfter, validBefore, nonce };
  return { validAfter, validBefore, salt, signature: await wallet.signTypedData(payments, RECEIVE_TYPES, message) };
}

/** What `PaymentChannels.deposit` hands to the collector. */
export function collectorData({ validAfter, validBefore, salt, signature }: DepositAuthorization): string {
  return abi.encode(["uint256", "uint256", "uint256", "bytes"], [validAfter, validBefore, salt, signature]);
}
