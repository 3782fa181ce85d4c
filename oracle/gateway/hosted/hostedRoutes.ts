import { signingDomain } from "@openledger/protocol/eip712/domain.ts";
import { asAddress } from "@openledger/protocol/hex.ts";
import { z } from "zod";
import type { AddRoutes } from "../../api/server.ts";
import type { Contracts } from "../../chain/contracts.ts";
import type { Deployment } from "../../chain/deployment.ts";
import { PaymentError } from "../../common/errors.ts";
import { toJson } from "../../common/json.ts";
import { renderUsage, USAGE_FORMATS } from "../../invoices/usage.ts";
import { channelConfig } from "../channels/channelConfig.ts";
import type { Offer } from "../client.ts";
import { keepKey, readKeys, requireKeyOf } from "../proxy/apiKeys.ts";
import { readUsageBook, usageOfKey } from "../proxy/usageBook.ts";
import { requireOrdered, signedOrderSchema } from "./keyOrder.ts";

/** What a host tells of itself to who wants to deposit. */
export const hostSchema = z.object({
  /** Signs the vouchers of the channels that are entrusted to it. */
  host: z.string(),
  chainId: z.number().int(),
});

export interface HostParts {
  readonly contracts: Pick<Contracts, "PaymentChannels">;
  readonly deployment: Pick<Deployment, "chainId" | "addresses">;
  /** Address of the host's key. */
  readonly host: string;
  /** File of the API keys. */
  readonly keys: string;
  /** File of what they were given. */
  readonly usage: string;
  /** @throws NotFoundError for a model that does not exist */
  readonly offerOf: (modelId: bigint) => Promise<Offer>;
}

/** How accounts order API keys of a host, and see what a key has used. */
export function hostedRoutes({ contracts, deployment, host, keys, usage, offerOf }: HostParts): AddRoutes {
  const chainId = deployment.chainId;
  const domain = signingDomain(BigInt(chainId), asAddress(deployment.addresses.PaymentChannels));
  const now = () => Math.floor(Date.now() / 1_000);

  /** Who has deposited nothing could fill a disk with keys that buy nothing. */
  async function requireDeposit(account: string, models: readonly string[]): Promise<void> {
    for (const modelId of models) {
      const config = channelConfig(await offerOf(BigInt(modelId)), account, host);
      const channelId = await contracts.PaymentChannels.getChannelId(config);
      const { balance, totalClaimed } = await contracts.PaymentChannels.channels(channelId);
      if (balance > totalClaimed) return;
    }
    throw new PaymentError("the account has no deposit for any of the models", {
      value: `${account}, models ${models.join(", ")}`,
      limit: `a channel of the account to one of them, with the voucher key ${host}`,
      remedy: "Deposit first: npx openledger hosted deposit.",
    });
  }

  return (server) => {
    server.get(
      "/v1/host",
      { schema: { summary: "Who signs for the channels of accounts", response: { 200: hostSchema } } },
      () => ({ host: asAddress(host), chainId }),
    );

    server.post(
      "/v1/keys",
      { schema: { summary: "Makes, changes or takes away an account's key", body: signedOrderSchema, hide: true } },
      async ({ body }, reply) => {
        const facts = { domain, host, now: BigInt(now()) };
        const ordered = requireOrdered(body, { ...facts, keys: readKeys(keys) });
        const isValid = ordered.expires === undefined || ordered.expires > now();
        if (isValid) await requireDeposit(body.order.account, ordered.models!);
        // meanwhile another order may have come
        keepKey(keys, requireOrdered(body, { ...facts, keys: readKeys(keys) }));
        return reply
          .status(201)
          .type("application/json")
          .send(toJson({ id: ordered.id }));
      },
    );

    server.get(
      "/v1/key/usage",
      {
        schema: {
          summary: "Every answer that a key was given",
          querystring: z.object({ format: z.enum(USAGE_FORMATS).default("jsonl") }),
          hide: true,
        },
      },
      ({ headers, query }, reply) => {
        const { id } = requireKeyOf(readKeys(keys), headers.authorization, now());
        const used = readUsageBook(usage).filter(({ key }) => key === id);
        return reply.type("text/plain; charset=utf-8").send(renderUsage(used.map(usageOfKey), query.format));
      },
    );
  };
}
