import { asAddress } from "@openledger/protocol/hex.ts";
import { z } from "zod";
import { NotFoundError } from "../../common/errors.ts";
import type { ReceiptExplainer } from "../../jobs/explainReceipts.ts";
import { type ReceiptName, receiptName } from "../../jobs/receiptName.ts";
import type { SettledRoot, SettledRoots } from "../../jobs/settledRoots.ts";
import type { CountedReceipt } from "../../settlement/receipts.ts";
import { address, earningAnswers, hash, id, receiptExplanation, receiptRecord, whichRoot } from "../schemas.ts";
import type { AddRoutes } from "../server.ts";
import { asRootName } from "../rootName.ts";

const params = z.object({ paymentId: receiptName });
const query = whichRoot.extend({
  modelId: id.optional(),
  epoch: id.optional(),
  offset: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
});

const topOfRoot = whichRoot.extend({ top: z.coerce.number().int().min(1).max(1_000).default(10) });

type Found = CountedReceipt & { readonly modelId: bigint; readonly epoch: bigint };

/** The paid inferences that count in a root, and which contributions their answers owe most to. */
export function receiptRoutes(roots: SettledRoots, explainer: ReceiptExplainer): AddRoutes {
  return (server) => {
    server.get(
      "/v1/receipts",
      {
        schema: {
          summary: "The receipts that count in a root",
          querystring: query,
          response: { 200: z.object({ rootHash: hash, receipts: z.array(receiptRecord), total: z.number().int() }) },
        },
      },
      async ({ query: { root, modelId, epoch, offset, limit } }) => {
        const opened = await roots.open(asRootName(root));
        const asked = opened.bundle.inputs.pools.map(
          (pool) =>
            (modelId === undefined || pool.modelId === modelId) && (epoch === undefined || pool.epoch === epoch),
        );
        const receipts: Found[] = [];
        let total = 0;
        for (const [p, isAsked] of asked.entries()) {
          if (!isAsked) continue;
          const { receipts: size } = await opened.receipts.sum(p);
          const skipped = Math.max(0, offset - total);
          total += size;
          if (skipped >= size || receipts.length === limit) continue;
          const page = await opened.receipts.page(p, skipped, limit - receipts.length);
          receipts.push(...page.map((receipt) => inPool(opened, p, receipt)));
        }
        return { rootHash: opened.posted.rootHash, receipts, total };
      },
    );

    server.get(
      "/v1/receipts/:paymentId",
      {
        schema: {
          summary: "A receipt by the nonce of its payment, or by channel:cumulative",
          params,
          querystring: whichRoot,
          response: { 200: receiptRecord },
        },
      },
      async ({ params: { paymentId }, query: { root } }) =>
        requireReceipt(await roots.open(asRootName(root)), paymentId),
    );

    server.get(
      "/v1/receipts/:paymentId/explanation",
      {
        schema: {
          summary: "Which contributions a paid answer owes most to",
          params,
          querystring: topOfRoot,
          response: { 200: receiptExplanation },
        },
      },
      async ({ params: { paymentId }, query: { root, top } }) => {
        const opened = await roots.open(asRootName(root));
        const found = await requireReceipt(opened, paymentId);
        return { rootHash: opened.posted.rootHash, ...found, ...(await explainer.explain(opened, found, top)) };
      },
    );

    server.get(
      "/v1/contributions/:contributionId/answers",
      {
        schema: {
          summary: "The paid answers that a contribution earned most by",
          params: z.object({ contributionId: id }),
          querystring: topOfRoot,
          response: { 200: earningAnswers },
        },
      },
      async ({ params: { contributionId }, query: { root, top } }) => {
        const opened = await roots.open(asRootName(root));
        const answers = await explainer.answers(opened, new Set([contributionId]), top);
        return { rootHash: opened.posted.rootHash, answers };
      },
    );

    server.get(
      "/v1/accounts/:account/answers",
      {
        schema: {
          summary: "The paid answers that an account's contributions earned most by",
          params: z.object({ account: address.transform((text) => asAddress(text)) }),
          querystring: topOfRoot,
          response: { 200: earningAnswers },
        },
      },
      async ({ params: { account }, query: { root, top } }) => {
        const opened = await roots.open(asRootName(root));
        const entries = opened.settlement.accounts.find((known) => known.account === account)?.entries ?? [];
        const earning = entries.filter(({ earned }) => earned > 0n).map(({ contributionId }) => contributionId);
        const answers = await explainer.answers(opened, new Set(earning), top);
        return { rootHash: opened.posted.rootHash, answers };
      },
    );
  };
}

function inPool({ bundle }: SettledRoot, place: number, receipt: CountedReceipt): Found {
  const { modelId, epoch } = bundle.inputs.pools[place]!;
  return { ...receipt, modelId, epoch };
}

async function requireReceipt(opened: SettledRoot, name: ReceiptName): Promise<Found> {
  const found = await opened.receipts.find(name);
  if (found !== undefined) return inPool(opened, found.pool, found.receipt);
  throw new NotFoundError("no receipt of this payment counts in the root", {
    value: name.paymentId,
    limit: `the receipts of ${opened.bundle.inputs.pools.length} pools in root ${opened.posted.rootHash}`,
    remedy:
      "GET /v1/receipts lists them. A receipt counts in the root that covers the epoch in which its payment was swept.",
  });
}
