import { Mutex } from "async-mutex";
import { type ChannelConfig, channelHashes, COLLECTOR_ADDRESS } from "@openledger/protocol/eip712/channel.ts";
import { asAddress, asHash, type Hash } from "@openledger/protocol/hex.ts";
import { AbiCoder, hexlify, keccak256, randomBytes, Signature } from "ethers";
import { z } from "zod";
import type { Contracts } from "../../chain/contracts.ts";
import type { LocalWallet } from "../../chain/wallet.ts";
import { DisagreementError } from "../../common/errors.ts";
import { RECEIVE_TYPES } from "../authorisation.ts";
import type { Offer } from "../client.ts";
import { postToProvider } from "../postToProvider.ts";
import { recoverSigner, signDigest } from "../recover.ts";
import { PAYMENT_IDENTIFIER } from "../x402/identifier.ts";
import { TIMEOUT } from "../x402/requirements.ts";
import { decodeHeader, encodeHeader, X402_VERSION } from "../x402/wire.ts";
import { BATCH_SETTLEMENT, channelRequirements, WITHDRAW_DELAY } from "./channelTerms.ts";

/** What a provider answered to a call that a voucher paid. */
export interface PaidResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Of the channel before it, and of the voucher that was sent, in wei. */
  readonly before: bigint;
  readonly cumulative: bigint;
}

/** Pays a provider by one channel: one call after the other, each with the next voucher. */
export interface ChannelPayer {
  readonly channelId: Hash;
  /**
   * Sends a question to a route of the provider. The same call with the same identifier pays once.
   *
   * @throws ChainError where the provider cannot be reached: the call can be made again, and is not paid twice
   */
  post(path: string, body: string, identifier?: string): Promise<PaidResponse>;
}

export interface ChannelPayerOptions {
  readonly providerUrl: string;
  readonly offer: Offer;
  /** Whose OPEN it is. */
  readonly wallet: LocalWallet;
  /** OPEN wei that are put into the channel when it is used up. */
  readonly deposit: bigint;
  readonly salt: Hash;
  /** Unix seconds until which the provider may make a deposit. */
  readonly validBefore: () => Promise<bigint>;
}

const amount = z
  .string()
  .regex(/^\d{1,39}$/u)
  .transform(BigInt);
const correctionSchema = z.object({
  accepts: z.array(
    z.looseObject({
      scheme: z.string(),
      extra: z
        .looseObject({
          channelState: z.looseObject({ chargedCumulativeAmount: amount, balance: amount }).optional(),
          voucherState: z
            .looseObject({ signedMaxClaimable: amount.optional(), signature: z.string().optional() })
            .optional(),
        })
        .nullish(),
    }),
  ),
});
const settledSchema = z.looseObject({
  extra: z.looseObject({ chargedAmount: amount, channelState: z.looseObject({ balance: amount }) }),
});
/** What the payer knows of its channel. Wei. */
interface Count {
  readonly charged: bigint;
  readonly balance: bigint;
}

export function createChannelPayer(
  { PaymentChannels }: Pick<Contracts, "PaymentChannels">,
  options: ChannelPayerOptions,
): ChannelPayer {
  const { providerUrl, offer, wallet, deposit, salt, validBefore } = options;
  const hashes = channelHashes(offer.receipts.chainId);
  const accepted = channelRequirements({ token: offer.token, provider: offer.provider }, offer, TIMEOUT);
  const config: ChannelConfig = {
    payer: asAddress(wallet.address),
    payerAuthorizer: asAddress(wallet.address),
    receiver: offer.till,
    receiverAuthorizer: offer.provider,
    token: asAddress(offer.token.asset),
    withdrawDelay: WITHDRAW_DELAY,
    salt,
  };
  const channelId = hashes.idOf(config);
  const turns = new Mutex();
  let count: Count | undefined;

  async function onChain(): Promise<Count> {
    const { balance, totalClaimed } = await PaymentChannels.channels(channelId);
    return { charged: totalClaimed, balance };
  }

  async function payloadFor(cumulative: bigint, missing: bigint) {
    const digest = hashes.digestOf({ channelId, maxClaimableAmount: cumulative });
    const signature = signDigest(wallet.privateKey, digest).serialized;
    const channel = { channelConfig: config, voucher: { channelId, maxClaimableAmount: `${cumulative}`, signature } };
    if (missing <= 0n) return { type: "voucher", ...channel };
    const authorization = await authorizationOf(missing);
    return { type: "deposit", ...channel, deposit: { amount: `${missing}`, authorization } };
  }

  async function authorizationOf(value: bigint) {
    const terms = { validAfter: 0n, validBefore: await validBefore() };
    const depositSalt = hexlify(randomBytes(32));
    const nonce = keccak256(AbiCoder.defaultAbiCoder().encode(["bytes32", "uint256"], [channelId, depositSalt]));
    const message = { from: wallet.address, to: COLLECTOR_ADDRESS, value, ...terms, nonce };
    const signature = await wallet.signTypedData(offer.payments, RECEIVE_TYPES, message);
    const validity = { validAfter: `${terms.validAfter}`, validBefore: `${terms.validBefore}` };
    return { erc3009Authorization: { ...validity, salt: depositSalt, signature } };
  }

  async function send(
    path: string,
    body: string,
    identifier: string | undefined,
    { charged, balance }: Count,
  ): Promise<PaidResponse> {
    const cumulative = charged + offer.price;
    const short = cumulative - balance;
    const missing = short <= 0n ? 0n : short > deposit ? short : deposit;
    const payload = await payloadFor(cumulative, missing);
    const extensions =
      identifier === undefined ? {} : { [PAYMENT_IDENTIFIER]: { info: { required: false, id: identifier } } };
    const header = encodeHeader({ x402Version: X402_VERSION, accepted, payload, extensions });
    try {
      const { response, text } = await postToProvider(providerUrl, path, body, header);
      return { status: response.status, headers: response.headers, text, before: charged, cumulative };
    } catch (error) {
      // whether a deposit was made, the chain says
      count = undefined;
      throw error;
    }
  }

  /** Where the channel is, as far as the chain or an own signature proves it; undefined where the refusal is another. */
  async function correction(headers: Headers): Promise<Count | undefined> {
    const read = correctionSchema.safeParse(decodeHeader(headers.get("payment-required") ?? ""));
    const extra = read.data?.accepts.find(({ scheme }) => scheme === BATCH_SETTLEMENT)?.extra;
    if (extra?.channelState === undefined) return undefined;
    const { chargedCumulativeAmount: charged, balance } = extra.channelState;
    const { signedMaxClaimable, signature } = extra.voucherState ?? {};
    if (signedMaxClaimable === undefined || signature === undefined) return onChain();
    if (charged <= signedMaxClaimable && isOwn(signedMaxClaimable, signature)) return { charged, balance };
    throw new DisagreementError("the provider counts more of the channel than was signed", {
      value: `${charged} wei`,
      limit: `a voucher signed by ${wallet.address}`,
      remedy: "Take the rest out of the channel, and use another provider.",
    });
  }

  function isOwn(maxClaimableAmount: bigint, signature: string): boolean {
    try {
      const digest = hashes.digestOf({ channelId, maxClaimableAmount });
      return recoverSigner(digest, Signature.from(signature)) === config.payerAuthorizer;
    } catch {
      return false;
    }
  }

  /** A call that was paid before, under its identifier, leaves the channel where it was. */
  function countAfter({ headers, before, cumulative }: PaidResponse): Count | undefined {
    const read = settledSchema.safeParse(decodeHeader(headers.get("payment-response") ?? ""));
    if (!read.success) return undefined;
    const { chargedAmount, channelState } = read.data.extra;
    return { charged: chargedAmount === 0n ? before : cumulative, balance: channelState.balance };
  }

  return {
    channelId,
    post: (path, body, identifier) =>
      turns.runExclusive(async () => {
        let sent = await send(path, body, identifier, count ?? (await onChain()));
        const corrected = sent.status === 402 ? await correction(sent.headers) : undefined;
        if (corrected !== undefined) sent = await send(path, body, identifier, corrected);
        count = sent.status === 200 ? countAfter(sent) : undefined;
        return sent;
      }),
  };
}

/** The salt of a channel that its payer always finds again. */
export const FIRST_CHANNEL = asHash(`0x${"00".repeat(32)}`);
