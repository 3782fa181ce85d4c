import { z } from "zod";
import { NotFoundError } from "../../common/errors.ts";
import type { SettledRoots } from "../../jobs/settledRoots.ts";
import { explainContribution } from "../../settlement/explain.ts";
import type { Contribution, ProtocolView } from "../../store/protocolView.ts";
import { poolReceiptsOf } from "../poolReceipts.ts";
import { contribution, contributionExplanation, id, page, submission, whichRoot } from "../schemas.ts";
import type { AddRoutes } from "../server.ts";
import { asRootName } from "../rootName.ts";

const params = z.object({ contributionId: id });
const KINDS = ["train", "quality"] as const;

/** Submissions, accepted contributions, and what they earned and why. */
export function contributionRoutes(view: ProtocolView, roots: SettledRoots): AddRoutes {
  return (server) => {
    server.get(
      "/v1/submissions",
      {
        schema: {
          summary: "Submissions in the order of the chain; open=true for those under review",
          querystring: page.extend({ datanetId: id.optional(), open: z.stringbool().default(false) }),
          response: { 200: z.object({ submissions: z.array(submission) }) },
        },
      },
      async ({ query: { datanetId, open, after, limit } }) => {
        const all = await view.submissions(datanetId);
        const asked = all.filter((s) => s.submissionId > after && (!open || s.acceptedMask === undefined));
        return {
          submissions: asked.slice(0, limit).map((s) => ({
            ...s,
            parts: s.parts.map((part) => ({ ...part, kind: KINDS[part.kind]! })),
          })),
        };
      },
    );

    server.get(
      "/v1/contributions",
      {
        schema: {
          summary: "Accepted contributions, ascending",
          querystring: page.extend({ datanetId: id.optional() }),
          response: { 200: z.object({ contributions: z.array(contribution) }) },
        },
      },
      async ({ query: { datanetId, after, limit } }) => {
        const all = await view.contributions(datanetId);
        return { contributions: all.filter((c) => c.contributionId > after).slice(0, limit) };
      },
    );

    server.get(
      "/v1/contributions/:contributionId",
      { schema: { summary: "An accepted contribution", params, response: { 200: contribution } } },
      ({ params: { contributionId } }) => requireContribution(view, contributionId),
    );

    server.get(
      "/v1/contributions/:contributionId/explanation",
      {
        schema: {
          summary: "What a contribution earned in every pool of a root, with the numbers",
          params,
          querystring: whichRoot,
          response: { 200: contributionExplanation },
        },
      },
      async ({ params: { contributionId }, query }) => {
        const known = await requireContribution(view, contributionId);
        const root = await roots.open(asRootName(query.root));
        const payments = explainContribution(root.bundle.inputs, root.settlement, contributionId);
        return {
          rootHash: root.posted.rootHash,
          contribution: known,
          pools: await poolReceiptsOf(root, payments),
          payments: payments.map((payment) => ({ ...payment, steps: [...payment.steps] })),
        };
      },
    );
  };
}

async function requireContribution(view: ProtocolView, contributionId: bigint): Promise<Contribution> {
  const all = await view.contributions();
  const found = all.find((c) => c.contributionId === contributionId);
  if (found !== undefined) return found;
  throw new NotFoundError("there is no such accepted contribution", {
    value: contributionId,
    limit: `${all.length} accepted contributions`,
    remedy: "GET /v1/contributions lists them, GET /v1/submissions?open=true those under review.",
  });
}
