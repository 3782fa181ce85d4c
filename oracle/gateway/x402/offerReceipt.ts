import type { LocalWallet } from "../../chain/wallet.ts";
import type { Extension, Requirements } from "./wire.ts";

/** The stock extension: a seller signs what it offers and that it was paid. It names no amount, request or answer. */
export const OFFER_RECEIPT = "offer-receipt";

const VERSION = 1;
/** How long a signed offer holds, in seconds; within one such span a resource's offer is signed once. */
const SPAN = 3_600;
const OFFER_DOMAIN = { name: "x402 offer", version: "1", chainId: 1 };
const RECEIPT_DOMAIN = { name: "x402 receipt", version: "1", chainId: 1 };
const OFFER_TYPES = {
  Offer: [
    { name: "version", type: "uint256" },
    { name: "resourceUrl", type: "string" },
    { name: "scheme", type: "string" },
    { name: "network", type: "string" },
    { name: "asset", type: "string" },
    { name: "payTo", type: "string" },
    { name: "amount", type: "string" },
    { name: "validUntil", type: "uint256" },
  ],
};
const RECEIPT_TYPES = {
  Receipt: [
    { name: "version", type: "uint256" },
    { name: "network", type: "string" },
    { name: "resourceUrl", type: "string" },
    { name: "payer", type: "string" },
    { name: "issuedAt", type: "uint256" },
    { name: "transaction", type: "string" },
  ],
};
const OFFER_SCHEMA = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  type: "object",
  properties: { offers: { type: "array", items: { type: "object", required: ["format", "signature"] } } },
  required: ["offers"],
};

/** Signs offers and receipts in the stock form. */
export interface OfferSigner {
  /** @param now unix seconds */
  offers(resourceUrl: string, accepts: readonly Requirements[], now: number): Promise<Extension>;
  receipt(paid: {
    readonly network: string;
    readonly resourceUrl: string;
    readonly payer: string;
    readonly issuedAt: number;
    readonly transaction: string;
  }): Promise<Omit<Extension, "schema">>;
}

export function createOfferSigner(wallet: LocalWallet): OfferSigner {
  /** By resource and scheme, the last offer: an unpaid request costs no signature. */
  const last = new Map<string, { readonly message: string; readonly signature: Promise<string> }>();

  async function offer(resourceUrl: string, requirements: Requirements, acceptIndex: number, now: number) {
    const { scheme, network, asset, payTo, amount } = requirements;
    const validUntil = (Math.floor(now / SPAN) + 2) * SPAN;
    const payload = { version: VERSION, resourceUrl, scheme, network, asset, payTo, amount, validUntil };
    const [key, message] = [`${resourceUrl} ${scheme}`, JSON.stringify(payload)];
    const known = last.get(key);
    const signature =
      known?.message === message ? known.signature : wallet.signTypedData(OFFER_DOMAIN, OFFER_TYPES, payload);
    last.set(key, { message, signature });
    return { format: "eip712", acceptIndex, payload, signature: await signature };
  }

  return {
    offers: async (resourceUrl, accepts, now) => ({
      info: { offers: await Promise.all(accepts.map((one, i) => offer(resourceUrl, one, i, now))) },
      schema: OFFER_SCHEMA,
    }),
    receipt: async (paid) => {
      const payload = { version: VERSION, ...paid };
      const signature = await wallet.signTypedData(RECEIPT_DOMAIN, RECEIPT_TYPES, payload);
      return { info: { receipt: { format: "eip712", payload, signature } } };
    },
  };
}
