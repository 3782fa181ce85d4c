import { asAddress } from "@openledger/protocol/hex.ts";
import { z } from "zod";
import type { AddRoutes } from "../../api/server.ts";
import { InputError, messageOf, NotFoundError } from "../../common/errors.ts";
import { toJson } from "../../common/json.ts";
import type { Gateway } from "../gateway.ts";
import { OFFER_RECEIPT } from "./offerReceipt.ts";
import { PAYMENT_IDENTIFIER } from "./identifier.ts";
import { readPayment } from "./payment.ts";
import { OPENLEDGER_RECEIPT } from "./receiptExtension.ts";
import { exactRequirements, isSameDemand, type PaidToken } from "./requirements.ts";
import { type Requirements, requirementsSchema, type SettleResponse, X402_VERSION } from "./wire.ts";

const body = z.object({
  x402Version: z.literal(X402_VERSION),
  paymentPayload: z.looseObject({}),
  paymentRequirements: requirementsSchema,
});
type Asked = z.output<typeof body>;

/**
 * x402's role of a facilitator, for the tills of the models that are served here and for nobody else: whoever settles pays the
 * gas, and must not be made to pay it for strangers.
 */
export function facilitatorRoutes(
  gateway: Pick<Gateway, "models" | "verify" | "settle">,
  token: PaidToken,
  signer: string,
): AddRoutes {
  /** The offer that is paid, and the authorization that pays it. */
  async function read({ paymentPayload, paymentRequirements }: Asked) {
    const offer = await gateway.models.offerAt(tillOf(paymentRequirements));
    const demand = exactRequirements(token, offer, paymentRequirements.maxTimeoutSeconds);
    if (!isSameDemand(demand, paymentRequirements)) throw notAsked(demand, paymentRequirements);
    return { offer, payment: readPayment(paymentPayload, [demand]).payment };
  }

  async function settle(asked: Asked): Promise<SettleResponse> {
    const refused = { success: false, transaction: "", network: token.network };
    let payer: string | undefined;
    try {
      const { offer, payment } = await read(asked);
      payer = payment.from;
      const { transaction } = await gateway.settle(offer, payment);
      return { success: true, transaction, network: token.network, payer, amount: payment.value.toString() };
    } catch (error) {
      return { ...refused, ...reasonOf(error, "error"), ...(payer === undefined ? {} : { payer }) };
    }
  }

  async function verify(asked: Asked): Promise<object> {
    let payer: string | undefined;
    try {
      const { offer, payment } = await read(asked);
      payer = payment.from;
      await gateway.verify(offer, payment);
      return { isValid: true, payer };
    } catch (error) {
      return { isValid: false, ...reasonOf(error, "invalid"), ...(payer === undefined ? {} : { payer }) };
    }
  }

  return (server) => {
    server.get("/supported", { schema: { summary: "What this facilitator settles", hide: true } }, () => ({
      kinds: [{ x402Version: X402_VERSION, scheme: "exact", network: token.network }],
      extensions: [PAYMENT_IDENTIFIER, OPENLEDGER_RECEIPT, OFFER_RECEIPT],
      signers: { "eip155:*": [signer] },
    }));
    server.post("/verify", { schema: { body, hide: true } }, async ({ body: asked }) => verify(asked));
    server.post("/settle", { schema: { body, hide: true } }, async ({ body: asked }, reply) =>
      reply.type("application/json").send(toJson(await settle(asked))),
    );
  };
}

/** Refusals are answers to who asks; what fails here is an error of the request. */
function reasonOf<P extends "error" | "invalid">(error: unknown, prefix: P) {
  if (!(error instanceof InputError || error instanceof NotFoundError)) throw error;
  return { [`${prefix}Reason`]: "invalid_payment", [`${prefix}Message`]: messageOf(error) };
}

function tillOf({ payTo }: Requirements): string {
  return /^0x[0-9a-fA-F]{40}$/u.test(payTo) ? asAddress(payTo) : payTo;
}

function notAsked(demand: Requirements, asked: Requirements): InputError {
  return new InputError("nobody here asks for this payment", {
    value: toJson(asked),
    limit: toJson(demand satisfies Requirements),
    remedy: "Settle what the model's provider asks for.",
  });
}
