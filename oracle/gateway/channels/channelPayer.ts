import { Mutex } from "async-mutex";
import { channelHashes } from "@openledger/protocol/eip712/channel.ts";
import type { Address, Hash } from "@openledger/protocol/hex.ts";
import { Signature } from "ethers";
import { z } from "zod";
import type { Contracts } from "../../chain/contracts.ts";
import type { LocalWallet } from "../../chain/wallet.ts";
import { DisagreementError, PaymentError } from "../../common/errors.ts";
import type { Offer } from "../client.ts";
import { postToProvider } from "../postToProvider.ts";
import { recoverSigner, signDigest } from "../recover.ts";
import { PAYMENT_IDENTIFIER } from "../x402/identifier.ts";
import { TIMEOUT } from "../x402/requirements.ts";
import { decodeHeader, encodeHeader, X402_VERSION } from "../x402/wire.ts";
import { channelConfig } from "./channelConfig.ts";
import { BATCH_SETTLEMENT, channelRequirements } from "./channelTerms.ts";
import { authorizeDeposit } from "./depositAuthorization.ts";

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
   * @throws PaymentError, before anything is signed, where an entrusted channel has too little left
   */
  post(path: string, body: string, identifier?: string): Promise<PaidResponse>;
}

/** A channel of the wallet's own OPEN. */
interface OwnChannel {
  /** OPEN wei that are put into the channel when it is used up. */
  readonly deposit: bigint;
  readonly salt: Hash;
  /** Unix seconds until which the provider may make a deposit. */
  readonly validBefore: () => Promise<bigint>;
}

/** The first channel of another account, which has entrusted its vouchers to the wallet and deposits itself. */
interface EntrustedChannel {
  readonly account: Address;
}

export type ChannelPayerOptions = {
  readonly providerUrl: string;
  readonly offer: Offer;
  /** Signs the vouchers. */
  readonly wallet: LocalWallet;
} & (OwnChannel | EntrustedChannel);

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
  const { providerUrl, offer, wallet } = options;
  const own = "account" in options ? undefined : options;
  const hashes = channelHashes(offer.receipts.chainId);
  const accepted = channelRequirements({ token: offer.token, provider: offer.provider }, offer, TIMEOUT);
  const payer = "account" in options ? options.account : wallet.address;
  const config = channelConfig(offer, payer, wallet.address, own?.salt);
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
    if (missing === 0n) return { type: "voucher", ...channel };
    const deposit = { channelId, value: missing, validBefore: await own!.validBefore() };
    const { validAfter, validBefore, ...rest } = await authorizeDeposit(wallet, offer.payments, deposit);
    const authorization = { validAfter: `${validAfter}`, validBefore: `${validBefore}`, ...rest };
    return {
      type: "deposit",
      ...channel,
      deposit: { amount: `${missing}`, authorization: { erc3009Authorization: authorization } },
    };
  }

  /** What has to be deposited with a voucher for so much. @throws PaymentError where that is another's to do */
  async function missingFor(cumulative: bigint, balance: bigint): Promise<bigint> {
    if (cumulative <= balance) return 0n;
    if (own !== undefined) {
      const short = cumulative - balance;
      return short > own.deposit ? short : own.deposit;
    }
    // its account may have deposited since
    const now = await onChain();
    if (cumulative <= now.balance) return 0n;
    throw new PaymentError("the account's deposit is used up", {
      value: `${now.balance} wei in channel ${channelId} of ${payer}`,
      limit: `${cumulative} wei: what was answered before, and the price of ${offer.price} wei`,
      remedy: "Deposit more: npx openledger hosted deposit.",
    });
  }

  async function send(
    path: string,
    body: string,
    identifier: string | undefined,
    { charged, balance }: Count,
  ): Promise<PaidResponse> {
    const cumulative = charged + offer.price;
    const payload = await payloadFor(cumulative, await missingFor(cumulative, balance));
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
