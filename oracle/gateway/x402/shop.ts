import { asAddress } from "@openledger/protocol/hex.ts";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { LocalWallet } from "../../chain/wallet.ts";
import { type ErrorDetails, PaymentError } from "../../common/errors.ts";
import type { InferenceRequest } from "../../jobs/receiptFiles.ts";
import type { Gateway } from "../gateway.ts";
import type { PaidAnswer } from "../paidCall.ts";
import type { ModelOffer } from "../servedModels.ts";
import { type Discovery, DISCOVERY, discoveryExtension } from "./discovery.ts";
import { identifierExtension, PAYMENT_IDENTIFIER } from "./identifier.ts";
import { createOfferSigner, OFFER_RECEIPT } from "./offerReceipt.ts";
import { type PresentedPayment, readPayment } from "./payment.ts";
import { priceText } from "./priceText.ts";
import { OPENLEDGER_RECEIPT, receiptDeclaration, receiptStatement } from "./receiptExtension.ts";
import { exactRequirements, type PaidToken, TIMEOUT, timeoutSeconds } from "./requirements.ts";
import { encodeHeader, type PaymentRequired, type Requirements, type SettleResponse, X402_VERSION } from "./wire.ts";

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
  /** The chain's time in unix seconds. */
  readonly chainTime: () => Promise<bigint>;
  readonly wallet: LocalWallet;
  readonly token: PaidToken;
  /** Address of InferenceMarket. */
  readonly market: string;
  /** What clients reach this server by, where it is not the socket that it listens on. */
  readonly publicUrl?: string | undefined;
  /** This machine's clock, in milliseconds. */
  readonly clock?: () => number;
}

export function createShop(options: ShopOptions): Shop {
  const { gateway, chainTime, wallet, token, market, clock = () => Date.now() } = options;
  const signer = createOfferSigner(wallet);

  async function demand(url: string, offer: ModelOffer, discovery: Discovery): Promise<PaymentRequired> {
    const accepts = [exactRequirements(token, offer, timeoutSeconds(await chainTime(), clock()))];
    return {
      x402Version: X402_VERSION,
      error: priceText(offer, accepts[0]!),
      resource: {
        url,
        description: `An answer of model ${offer.modelId} with its signed receipt`,
        mimeType: "application/json",
      },
      accepts,
      extensions: {
        [PAYMENT_IDENTIFIER]: identifierExtension,
        [OPENLEDGER_RECEIPT]: receiptDeclaration(market, offer.modelId),
        [OFFER_RECEIPT]: await signer.offers(url, accepts, seconds(clock())),
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

  return {
    sell: async ({ modelId, request: asked, discovery }, request, reply) => {
      const offer = await gateway.quote(modelId, asked);
      const url = `${options.publicUrl ?? originOf(request)}${request.routeOptions.url!.replace(":modelId", `${modelId}`)}`;
      // what is taken does not depend on how long the client may take: only who has not paid needs the chain's time
      const accepted = exactRequirements(token, offer, TIMEOUT);
      void reply.header("cache-control", "no-store");
      const header = paymentHeader(request);
      let presented: PresentedPayment | undefined;
      try {
        if (header === undefined) throw new PaymentError(priceText(offer, accepted), unpaid(accepted));
        presented = readPayment(header, [accepted]);
        const paid = await gateway.infer(modelId, { ...presented, request: asked });
        void reply.header("payment-response", encodeHeader(await settled(url, presented, paid)));
        void reply.header("x-openledger-receipt", paid.receipt.paymentId);
        return paid;
      } catch (error) {
        if (error instanceof PaymentError) {
          const required = await demand(url, offer, discovery);
          void reply.header(
            "payment-required",
            encodeHeader(header === undefined ? required : { ...required, error: problemOf(error) }),
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
