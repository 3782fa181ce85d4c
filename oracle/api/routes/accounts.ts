import { asAddress, type Address } from "@openledger/protocol/hex.ts";
import { getAddress } from "ethers";
import { z } from "zod";
import { NotFoundError } from "../../common/errors.ts";
import { chargedBonds } from "../../jobs/chargedBonds.ts";
import type { Context } from "../../jobs/context.ts";
import type { PayoutFiles } from "../../jobs/payoutFiles.ts";
import type { SettledRoot, SettledRoots } from "../../jobs/settledRoots.ts";
import { explainAccount, explainContribution, type Explanation } from "../../settlement/explain.ts";
import { poolReceiptsOf } from "../poolReceipts.ts";
import { account, accountExplanation, accountSummary, address, hash, whichRoot } from "../schemas.ts";
import type { AddRoutes } from "../server.ts";
import { asRootName } from "../rootName.ts";

const params = z.object({ account: address.transform((text) => asAddress(text)) });
const accountPage = whichRoot.extend({
  after: address
    .transform((text) => asAddress(text))
    .optional()
    .describe("Only accounts above this one"),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
});

/** What accounts have earned by a root, what they can claim, with the proof, and why. */
export function accountRoutes(
  payouts: PayoutFiles,
  roots: SettledRoots,
  chain: Pick<Context, "events" | "view">,
): AddRoutes {
  return (server) => {
    server.get(
      "/v1/accounts",
      {
        schema: {
          summary: "Accounts of a root, ascending",
          querystring: accountPage,
          response: { 200: z.object({ rootHash: hash, accounts: z.array(accountSummary), total: z.number().int() }) },
        },
      },
      async ({ query: { root, after, limit } }) => {
        const { posted, file } = await payouts.open(asRootName(root));
        const from = after === undefined ? 0 : file.after(after);
        const accounts = Array.from({ length: Math.min(limit, file.size - from) }, (_, i) => {
          const { cumulative, earned } = file.record(from + i);
          return { account: file.account(from + i), cumulative, earned };
        });
        return { rootHash: posted.rootHash, accounts, total: file.size };
      },
    );

    server.get(
      "/v1/accounts/:account",
      {
        schema: {
          summary: "What an account has earned and claimed, and the proof to claim the rest",
          params,
          querystring: whichRoot,
          response: { 200: account },
        },
      },
      async ({ params: { account: who }, query }) => {
        const { posted, file, claims } = await payouts.open(asRootName(query.root));
        const index = file.indexOf(who);
        if (index === undefined) throw nothingEarned(who, file.size, posted.rootHash);
        const record = file.record(index);
        const { cumulative, earned, entriesRoot } = record;
        const { claimed, recipient } = claims.of(index);
        return {
          rootHash: posted.rootHash,
          account: who,
          recipient: getAddress(recipient),
          cumulative,
          earned,
          claimed,
          claimable: posted.status === "finalized" && cumulative > claimed ? cumulative - claimed : 0n,
          index,
          entriesRoot,
          proof: file.proof(index),
          entries: file.entries(record),
        };
      },
    );

    server.get(
      "/v1/accounts/:account/explanation",
      {
        schema: {
          summary: "Why an account earned what it earned: receipts, contributions, and the formula with its numbers",
          params,
          querystring: whichRoot,
          response: { 200: accountExplanation },
        },
      },
      async ({ params: { account: who }, query }) => {
        const root = await roots.open(asRootName(query.root));
        const { accounts, payoutsTree } = root.settlement;
        const own = (await chain.view.contributions()).filter(
          ({ contributor, kind }) => asAddress(contributor) === who && kind === "train",
        );
        if (payoutsTree.indexOf(who) === undefined && own.length === 0)
          throw nothingEarned(who, accounts.length, root.posted.rootHash);
        const { entries, ...rest } = earnedBy(root, who);
        const unpaid = own
          .map(({ contributionId, datanetId, examples }) => {
            const payments = explainContribution(root.bundle.inputs, root.settlement, contributionId);
            return { contributionId, datanetId, examples, payments };
          })
          .filter(({ payments }) => payments.every(({ payout }) => payout === 0n));
        const charged = await chargedBonds(chain.events);
        return {
          rootHash: root.posted.rootHash,
          ...rest,
          pools: await poolReceiptsOf(
            root,
            [...entries, ...unpaid].flatMap(({ payments }) => payments),
          ),
          entries: entries.map((entry) => ({ ...entry, payments: entry.payments.map(withSteps) })),
          unpaid: unpaid.map((contribution) => ({ ...contribution, payments: contribution.payments.map(withSteps) })),
          charges: own.flatMap(({ contributionId }) => {
            const amount = charged.get(contributionId);
            return amount === undefined ? [] : [{ contributionId, amount }];
          }),
        };
      },
    );
  };
}

/** What an account has by a root; somebody who never earned has nothing. */
function earnedBy({ bundle, settlement }: SettledRoot, account: Address) {
  if (settlement.payoutsTree.indexOf(account) === undefined)
    return { account, cumulative: 0n, earned: 0n, entries: [] };
  return explainAccount(bundle.inputs, settlement, account);
}

function withSteps(payment: Explanation) {
  return { ...payment, steps: [...payment.steps] };
}

function nothingEarned(account: Address, accounts: number, rootHash: string): NotFoundError {
  return new NotFoundError("this account has not earned anything", {
    value: account,
    limit: `${accounts} accounts in root ${rootHash}`,
    remedy:
      "GET /v1/accounts lists them. Contributions earn in the epoch in which an answer that they influenced is paid.",
  });
}
