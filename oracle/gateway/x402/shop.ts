import { asAddress } from "@openledger/protocol/hex.ts";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { LocalWallet } from "../../chain/wallet.ts";
import { type ErrorDetails, PaymentError } from "../../common/errors.ts";
import type { InferenceRequest } from "../../jobs/receiptFiles.ts";
import { nameOfReceipt } from "../../jobs/receiptName.ts";
import type { ChannelSales } from "../channels/channelSales.ts";
import { BATCH_SETTLEMENT, channelRequirements } from "../channels/channelTerms.ts";
import { StaleVoucherError } from "../channels/voucherProblems.ts";
import type { Gateway } from "../gateway.ts";
import type { PaidAnswer } from "../paidCall.ts";
import type { ModelOffer } from "../servedModels.ts";
import { channelSettled, correctedRequirements, STALE } from "./channelAnswers.ts";
import { type Discovery, DISCOVERY, discoveryExtension } from "./discovery.ts";
import { identifierExtension, PAYMENT_IDENTIFIER } from "./identifier.ts";
import { createOfferSigner, OFFER_RECEIPT } from "./offerReceipt.ts";
import { type PresentedPayment, readPayment, readVoucherPayment, schemeOf } from "./payment.ts";
import { priceText } from "./priceText.ts";
import { OPENLEDGER_RECEIPT, receiptDeclaration, receiptStatement } from "./receiptExtension.ts";
import { exactRequirements, type PaidToken, TIMEOUT, timeoutSeconds } from "./requirements.ts";
import { SERVICE_LEVEL, type ServiceLevelOf } from "./serviceLevel.ts";
import {
  decodeHeader,
  encodeHeader,
  type PaymentRequired,
  type Requirements,
  type SettleResponse,
  X402_VERSION,
} from "./wire.ts";

/** One question to one model, by one route. */
export interface Question {
  readonly modelId: bigint;
  readonly request: InferenceRequest;
  readonly discovery: Discovery;
}

/** Sells answers by x402: who does not pay gets 402 and how to pay, and nothing is computed. */
export interface Shop {
  /**
   * The only way to an answer: takes the payment in the request's headers, and states in the reply's what was paid.
   *
   * @throws InputError, before any payment is looked at, for a question that the model cannot read
   * @throws PaymentError where nothing, too little or nothing valid is paid; the reply then says how to pay
   */
  sell(question: Question, request: FastifyRequest, reply: FastifyReply): Promise<PaidAnswer>;
}

export interface ShopOptions {
  readonly gateway: Pick<Gateway, "quote" | "infer">;
  /** Absent on a chain without payment channels. */
  readonly channels?: Pick<ChannelSales, "sell"> | undefined;
  /** The chain's time in unix seconds. */
  readonly chainTime: () => Promise<bigint>;
  readonly wallet: LocalWallet;
  readonly token: PaidToken;
  /** Address of InferenceMarket. */
  readonly market: string;
  /** What clients reach this server by, where it is not the socket that it listens on. */
  readonly publicUrl?: string | undefined;
  /** What this server promises of the answers that channels pay for; undefined where nothing. */
  readonly serviceLevel?: ServiceLevelOf | undefined;
  /** This machine's clock, in milliseconds. */
  readonly clock?: () => number;
}

export function createShop(options: ShopOptions): Shop {
  const { gateway, channels, chainTime, wallet, token, market, serviceLevel, clock = () => Date.now() } = options;
  const provider = wallet.address;
  const signer = createOfferSigner(wallet);

  /** Ways to pay, the one that every client knows first. What costs nothing is not paid by a channel. */
  function waysToPay(offer: ModelOffer, timeout: number): [exact: Requirements, channel?: Requirements] {
    const exact = exactRequirements(token, offer, timeout);
    if (channels === undefined || offer.price === 0n) return [exact];
    return [exact, channelRequirements({ token, provider }, offer, timeout)];
  }

  async function demand(url: string, offer: ModelOffer, discovery: Discovery): Promise<PaymentRequired> {
    const accepts = waysToPay(offer, timeoutSeconds(await chainTime(), clock()));
    return {
      x402Version: X402_VERSION,
      error: priceText(offer, accepts[0]),
      resource: {
        url,
        description: `An answer of model ${offer.modelId} with its signed receipt`,
        mimeType: "application/json",
      },
      accepts: accepts as Requirements[],
      extensions: {
        [PAYMENT_IDENTIFIER]: identifierExtension,
        [OPENLEDGER_RECEIPT]: receiptDeclaration(market, offer.modelId),
        // one is enough to hold the provider to its price, and headers have to be short
        [OFFER_RECEIPT]: await signer.offers(url, [accepts[0]], seconds(clock())),
        ...(serviceLevel !== undefined && accepts.length > 1 && { [SERVICE_LEVEL]: await serviceLevel(offer) }),
        [DISCOVERY]: discoveryExtension(discovery),
      },
    };
  }

  async function settled(url: string, { payment }: PresentedPayment, paid: PaidAnswer): Promise<SettleResponse> {
    const payer = asAddress(payment.from);
    const { transaction, receipt } = paid;
    const stock = { resourceUrl: url, payer, network: token.network, issuedAt: Number(receipt.time), transaction };
    return {
      success: true,
      payer,
      transaction,
      network: token.network,
      amount: receipt.fee.toString(),
      extensions: {
        [OFFER_RECEIPT]: await signer.receipt(stock),
        [OPENLEDGER_RECEIPT]: receiptStatement(market, paid),
      },
    };
  }

  async function takeVoucher(offer: ModelOffer, asked: InferenceRequest, payment: unknown, way: Requirements) {
    const sold = await channels!.sell(offer, { ...readVoucherPayment(payment, way), request: asked });
    return { paid: sold.paid, response: channelSettled(token.network, market, sold) };
  }

  return {
    sell: async ({ modelId, request: asked, discovery }, request, reply) => {
      const offer = await gateway.quote(modelId, asked);
      const url = `${options.publicUrl ?? originOf(request)}${request.routeOptions.url!.replace(":modelId", `${modelId}`)}`;
      // what is taken does not depend on how long the client may take: only who has not paid needs the chain's time
      const [exact, channel] = waysToPay(offer, TIMEOUT);
      void reply.header("cache-control", "no-store");
      const header = paymentHeader(request);
      let presented: PresentedPayment | undefined;

      async function take() {
        if (header === undefined) throw new PaymentError(priceText(offer, exact), unpaid(exact));
        const payment = decodeHeader(header);
        if (channel !== undefined && schemeOf(payment) === channel.scheme) {
          return takeVoucher(offer, asked, payment, channel);
        }
        presented = readPayment(header, [exact]);
        const paid = await gateway.infer(modelId, { ...presented, request: asked });
        return { paid, response: await settled(url, presented, paid) };
      }
      try {
        const { paid, response } = await take();
        void reply.header("payment-response", encodeHeader(response));
        void reply.header("x-openledger-receipt", nameOfReceipt(paid.receipt));
        return paid;
      } catch (error) {
        if (error instanceof PaymentError) {
          const required = await demand(url, offer, discovery);
          void reply.header(
            "payment-required",
            encodeHeader(header === undefined ? required : refusal(required, error)),
          );
          if (presented !== undefined) {
            void reply.header("payment-response", encodeHeader(refused(token, presented, error)));
          }
        }
        throw error;
      }
    },
  };
}

function refusal(required: PaymentRequired, error: PaymentError): PaymentRequired {
  if (!(error instanceof StaleVoucherError)) return { ...required, error: problemOf(error) };
  const accepts = required.accepts.map((way) =>
    way.scheme === BATCH_SETTLEMENT ? correctedRequirements(way, error) : way,
  );
  return { ...required, error: STALE, accepts };
}

/** What a reader of the body learns besides the text; the whole is in the header. */
function unpaid({ amount, asset, payTo, network }: Requirements): ErrorDetails {
  return {
    value: "no payment",
    limit: `${amount} of ${asset} on ${network} to ${payTo}`,
    remedy: "Send the request again with the header PAYMENT-SIGNATURE; PAYMENT-REQUIRED says what to sign.",
  };
}

/** The problem in one line, for clients that show no more than a header's text. */
function problemOf(error: PaymentError): string {
  return error
    .describe()
    .split("\n")
    .map((line) => line.trim())
    .join("; ");
}

function refused({ network }: PaidToken, { payment }: PresentedPayment, error: PaymentError): SettleResponse {
  return {
    success: false,
    errorReason: "invalid_payment",
    errorMessage: problemOf(error),
    payer: asAddress(payment.from),
    transaction: "",
    network,
  };
}

function paymentHeader({ headers }: FastifyRequest): string | undefined {
  const header = headers["payment-signature"];
  return Array.isArray(header) ? header.join(",") : header;
}

/** Where the socket listens: headers are what a stranger says. */
function originOf({ socket }: FastifyRequest): string {
  const { localAddress = "127.0.0.1", localPort } = socket;
  const host = localAddress.includes(":") ? `[${localAddress}]` : localAddress;
  return `http://${host}:${localPort}`;
}

function seconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1_000);
}
