import type { Context } from "../../jobs/context.ts";
import { findResult } from "../../jobs/results.ts";
import { toJson } from "../../common/json.ts";
import type { AddRoutes } from "../server.ts";

/** How far this process is: its head, and what it computed for every version and every root. */
export function statusRoutes(context: Context): AddRoutes {
  const { events, view, results, key, deployment } = context;
  return (server) => {
    server.get(
      "/v1/status",
      { schema: { summary: "Head, versions and roots as computed here" } },
      async (_request, reply) => {
        const versions = (await view.versions()).map(async ({ versionId, modelId, weightsHash }) => ({
          versionId,
          modelId,
          weightsHash,
          training: (await findResult(context, "train", `${versionId}`))?.method,
          partsHash: (await findResult(context, "index", `${versionId}`))?.partsHash,
        }));
        const roots = (await results.subjects("settle")).map(async (epochs) => {
          const settled = await findResult(context, "settle", epochs);
          return { epochs, rootHash: settled?.rootHash, bundle: settled?.bundle };
        });
        const head = await events.head();
        return reply.type("application/json").send(
          toJson({
            chainId: deployment.chainId,
            operator: key?.wallet.address,
            head: head && { number: head.number, hash: head.hash, timestamp: head.timestamp },
            versions: await Promise.all(versions),
            roots: await Promise.all(roots),
          }),
        );
      },
    );
  };
}
