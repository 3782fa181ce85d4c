import type { SigningDomain } from "@openledger/protocol/eip712/domain.ts";
import { receiptType } from "@openledger/protocol/eip712/receipt.ts";
import type { Hash, Hex } from "@openledger/protocol/hex.ts";
import { z } from "zod";
import type { AddRoutes } from "../../api/server.ts";
import { ConflictError, InputError, NotFoundError } from "../../common/errors.ts";
import { toJson } from "../../common/json.ts";
import { type SignedStatement, statementSigner } from "../../settlement/statements.ts";
import type { Channels } from "../../store/channels.ts";
import type { Inferences } from "../../store/inferences.ts";
import type { Statements } from "../../store/statements.ts";
import { hash32 } from "../authorisation.ts";
import { configSchema } from "../channels/voucherCall.ts";
import { paidAnswerSchema } from "../paidCall.ts";

/** Receipts that are stated at a time. */
const PAGE = 500;
const place = z
  .string()
  .regex(/^\d{1,39}$/u, "wei of the channel")
  .transform(BigInt);
const params = z.object({ channelId: hash32 });

export interface StatementParts {
  readonly channels: Pick<Channels, "find">;
  readonly inferences: Pick<Inferences, "findOfChannel" | "answeredAfter">;
  readonly statements: Statements;
  /** Of InferenceMarket. */
  readonly domain: SigningDomain;
}

/** The provider states what it has sold by a channel, and keeps what the channel's payer confirms of it. */
export function statementRoutes({ channels, inferences, statements, domain }: StatementParts): AddRoutes {
  async function configOf(channelId: Hash) {
    const channel = await channels.find(channelId);
    if (channel !== undefined) return configSchema.parse(channel.config);
    throw new NotFoundError("nothing was sold by this channel", {
      value: channelId,
      remedy: "Take the channel's id from a receipt of this provider.",
    });
  }

  /** The receipts that a payer has named, as they were sold. */
  async function soldAt(channelId: Hash, payer: string, cumulatives: readonly bigint[]) {
    const receipts: SignedStatement["receipts"][number][] = [];
    for (const cumulative of cumulatives) {
      const sold = await inferences.findOfChannel(payer, channelId, cumulative);
      if (sold === undefined) throw unsold(cumulative);
      const { receipt } = paidAnswerSchema.parse(sold.outcome);
      receipts.push({ hash: receiptType.hash(receipt), fee: receipt.fee });
    }
    return receipts;
  }

  return (server) => {
    server.get(
      "/v1/statements/:channelId",
      {
        schema: {
          summary: "The receipts of a channel that come after the last that was confirmed",
          params,
          querystring: z.object({ after: place.optional() }),
          hide: true,
        },
      },
      async ({ params: { channelId }, query }, reply) => {
        await configOf(channelId);
        const last = await statements.lastOf(channelId);
        const after = query.after !== undefined && query.after > last ? query.after : last;
        const stated = await inferences.answeredAfter(channelId, after, PAGE);
        const receipts = stated.map(({ outcome }) => {
          const { receipt, signature } = paidAnswerSchema.parse(outcome);
          return { receipt, signature };
        });
        return reply.type("application/json").send(toJson({ receipts }));
      },
    );

    server.post(
      "/v1/statements/:channelId",
      {
        schema: {
          summary: "Confirms receipts of a channel, by the signature of its payer or its voucher key",
          params,
          body: z.strictObject({
            /** Where each of the receipts ends in the channel, ascending. */
            receipts: z.array(place).min(1).max(PAGE),
            signature: z.string().regex(/^0x([0-9a-f]{128}|[0-9a-f]{130})$/u, "a signature of 64 or 65 bytes"),
          }),
          hide: true,
        },
      },
      async ({ params: { channelId }, body }, reply) => {
        const config = await configOf(channelId);
        let before = await statements.lastOf(channelId);
        for (const cumulative of body.receipts) {
          if (cumulative <= before) throw outOfOrder(cumulative, before);
          before = cumulative;
        }
        const receipts = await soldAt(channelId, config.payer, body.receipts);
        const signed = { channelId, receipts, signature: body.signature as Hex };
        const signer = statementSigner(domain, signed);
        if (signer !== config.payer && signer !== config.payerAuthorizer) {
          throw new InputError("the statement is not signed by the channel's payer or its voucher key", {
            value: signer ?? body.signature,
            limit: `${config.payer} or ${config.payerAuthorizer}`,
            remedy: "Sign Statement(channelId, receiptsRoot, total) of these receipts for InferenceMarket.",
          });
        }
        const stored = receipts.map(({ hash, fee }) => [hash, `${fee}`] as const);
        const isNew = await statements.add({ channelId, upto: before, receipts: stored, signature: body.signature });
        if (!isNew) throw outOfOrder(before, before);
        return reply
          .status(201)
          .type("application/json")
          .send(toJson({ confirmed: receipts.length }));
      },
    );
  };
}

function unsold(cumulative: bigint): InputError {
  return new InputError("there is no receipt of the channel that ends there", {
    value: `${cumulative} wei`,
    limit: "the receipts of GET /v1/statements/{channelId}",
    remedy: "Confirm what was sold.",
  });
}

function outOfOrder(cumulative: bigint, before: bigint): ConflictError {
  return new ConflictError("the statement does not go on where the last one ended", {
    value: `${cumulative} wei`,
    limit: `receipts after ${before} wei, ascending`,
    remedy: "Ask GET /v1/statements/{channelId} again.",
  });
}
