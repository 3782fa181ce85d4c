import { asAddress, type Address } from "@openledger/protocol/hex.ts";
import { z } from "zod";
import { NotFoundError } from "../../common/errors.ts";
import type { SettledRoot, SettledRoots } from "../../jobs/settledRoots.ts";
import type { ChainEvents } from "../../store/chainEvents.ts";
import { claimedBy, recipientOf } from "../../store/claims.ts";
import { explainAccount } from "../../settlement/explain.ts";
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
export function accountRoutes(events: ChainEvents, roots: SettledRoots): AddRoutes {
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
        const { posted, settlement } = await roots.open(asRootName(root));
        const from = settlement.accounts.findIndex((item) => after === undefined || item.account > after);
        const accounts = from < 0 ? [] : settlement.accounts.slice(from, from + limit);
        return { rootHash: posted.rootHash, accounts: [...accounts], total: settlement.accounts.length };
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
        const root = await roots.open(asRootName(query.root));
        const { posted, settlement } = root;
        const index = requireIndex(root, who);
        const { cumulative, earned, entriesRoot, entries } = settlement.accounts[index]!;
        const claimed = await claimedBy(events, who);
        return {
          rootHash: posted.rootHash,
          account: who,
          recipient: await recipientOf(events, who),
          cumulative,
          earned,
          claimed,
          claimable: posted.status === "finalized" && cumulative > claimed ? cumulative - claimed : 0n,
          index,
          entriesRoot,
          proof: settlement.payoutsTree.proof(index),
          entries: [...entries],
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
        requireIndex(root, who);
        const { entries, ...rest } = explainAccount(root.bundle.inputs, root.settlement, who);
        const payments = entries.flatMap((entry) => entry.payments);
        return {
          rootHash: root.posted.rootHash,
          ...rest,
          pools: poolReceiptsOf(root, payments),
          entries: entries.map((entry) => ({
            ...entry,
            payments: entry.payments.map((payment) => ({ ...payment, steps: [...payment.steps] })),
          })),
        };
      },
    );
  };
}

function requireIndex({ settlement, posted }: SettledRoot, account: Address): number {
  const index = settlement.payoutsTree.indexOf(account);
  if (index !== undefined) return index;
  throw new NotFoundError("this account has not earned anything", {
    value: account,
    limit: `${settlement.accounts.length} accounts in root ${posted.rootHash}`,
    remedy:
      "GET /v1/accounts lists them. Contributions earn in the epoch in which an answer that they influenced is paid.",
  });
}
