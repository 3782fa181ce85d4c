import type { FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { type AddRoutes, statusOf } from "../../api/server.ts";
import { AccessError } from "../../common/errors.ts";
import { toJson } from "../../common/json.ts";
import type { Logger } from "../../common/logger.ts";
import type { Offer } from "../client.ts";
import { receiptOfAnswer } from "../statements/receiptOfAnswer.ts";
import type { ChannelPayer, PaidResponse } from "../channels/channelPayer.ts";
import { sendError } from "../openai/errors.ts";
import { modelName } from "../openai/modelName.ts";
import { identifierSchema } from "../paidCall.ts";
import { type ApiKey, requireKeyOf, requireScope } from "./apiKeys.ts";
import { BudgetError, type KeyBudgets } from "./keyBudgets.ts";
import type { UsageBook, UsedAnswer } from "./usageBook.ts";

/** A model as it is paid for now. */
export interface PaidModel {
  readonly offer: Offer;
  readonly payer: ChannelPayer;
}

export interface ProxyParts {
  readonly providerUrl: string;
  /** A model for whoever the key's answers are paid by. @throws NotFoundError for a model that does not exist */
  readonly modelOf: (modelId: bigint, key: ApiKey) => Promise<PaidModel>;
  /** Reads a model's price again when it is asked for next. */
  readonly forget: (modelId: bigint, key: ApiKey) => void;
  readonly keys: () => readonly ApiKey[];
  readonly budgets: KeyBudgets;
  readonly usage: UsageBook;
  readonly log: Logger;
}

/** What costs money, as OpenAI's clients ask for it. */
const PAID = ["/v1/chat/completions", "/v1/classify", "/v1/embeddings"] as const;
const PASSED_ON = ["content-type", "x-openledger-receipt", "x-request-id"] as const;

/**
 * OpenAI's interface for programs that know nothing of payments: a key of this proxy's in place of OpenAI's, and each call is
 * paid by a channel whose voucher key this machine has.
 */
export function proxyRoutes({ providerUrl, modelOf, forget, keys, budgets, usage, log }: ProxyParts): AddRoutes {
  const keyOf = ({ headers }: FastifyRequest) =>
    requireKeyOf(keys(), headers.authorization, Math.floor(Date.now() / 1_000));

  /** OpenAI's clients name a call that they send again. A program's names are its own. */
  function identifierOf({ headers }: FastifyRequest, { id }: ApiKey): string | undefined {
    const name = identifierSchema.safeParse(`${id}-${String(headers["idempotency-key"])}`);
    return headers["idempotency-key"] !== undefined && name.success ? name.data : undefined;
  }

  return (server) => {
    void server.register((scope, _options, done) => {
      const typed = scope.withTypeProvider<ZodTypeProvider>();
      typed.setErrorHandler((error, _request, reply) => {
        const status = error instanceof BudgetError ? 429 : error instanceof AccessError ? 401 : statusOf(error);
        if (status >= 500) log.error({ err: error }, "request failed");
        return sendError(reply, error, status);
      });

      typed.get("/v1/models", { schema: { hide: true } }, async (request, reply) => {
        keyOf(request);
        const response = await fetch(new URL("/v1/models", providerUrl));
        return reply
          .status(response.status)
          .type("application/json")
          .send(await response.text());
      });

      typed.get("/v1/key", { schema: { hide: true } }, (request, reply) => {
        const key = keyOf(request);
        const { id, name, project, account, models, perCall, perDay, expires } = key;
        return reply.type("application/json").send(
          toJson({
            ...{ id, name, project, account, models, perCall, perDay, expires },
            spentToday: budgets.spentToday(key),
          }),
        );
      });

      for (const path of PAID) {
        typed.post(
          path,
          { schema: { body: z.looseObject({ model: modelName }), hide: true } },
          async (request, reply) => {
            const key = keyOf(request);
            const { model: modelId } = request.body;
            requireScope(key, modelId);
            const { offer, payer } = await modelOf(modelId, key);
            budgets.take(key, offer.price);
            const paid = await payer.post(path, toJson(request.body), identifierOf(request, key));
            if (paid.status === 200) {
              const asked = { path, body: request.body, channelId: payer.channelId };
              const receiptHash = receiptOfAnswer(offer, paid, asked) ?? "";
              usage.add(usedBy(key, modelId, paid, receiptHash));
            }
            // the owner may have changed the price
            if (paid.status === 402) forget(modelId, key);
            for (const name of PASSED_ON) {
              const value = paid.headers.get(name);
              if (value !== null) void reply.header(name, value);
            }
            return reply.status(paid.status).send(paid.text);
          },
        );
      }
      done();
    });
  };
}

function usedBy(
  { id, name, project = "" }: ApiKey,
  modelId: bigint,
  paid: PaidResponse,
  receiptHash: string,
): UsedAnswer {
  return {
    time: BigInt(Math.floor(Date.now() / 1_000)),
    key: id,
    name,
    project,
    modelId: `${modelId}`,
    receipt: paid.headers.get("x-openledger-receipt") ?? "",
    receiptHash,
    fee: paid.cumulative - paid.before,
  };
}
