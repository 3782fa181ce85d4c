import { z } from "zod";
import { NotFoundError } from "../../common/errors.ts";
import type { Context } from "../../jobs/context.ts";
import { findResult } from "../../jobs/results.ts";
import { type PostedRoot, postedRoots, rangeSubject } from "../../jobs/rootEvents.ts";
import { hash, root } from "../schemas.ts";
import type { AddRoutes } from "../server.ts";

/** Every root that was posted, and where its bundle lies. */
export function rootRoutes(context: Pick<Context, "events" | "results">): AddRoutes {
  async function describe(posted: PostedRoot): Promise<z.output<typeof root>> {
    const own = await findResult(context, "settle", rangeSubject(posted.root));
    if (own?.rootHash !== posted.rootHash) return posted;
    return { ...posted, bundle: own.bundle, certificates: own.certificates };
  }

  return (server) => {
    server.get(
      "/v1/roots",
      {
        schema: {
          summary: "All roots, in the order in which they were posted",
          response: { 200: z.object({ roots: z.array(root) }) },
        },
      },
      async () => ({ roots: await Promise.all((await postedRoots(context.events)).map(describe)) }),
    );

    server.get(
      "/v1/roots/:root",
      {
        schema: {
          summary: "A root by its hash, or `latest`: the last one that was not cancelled",
          params: z.object({ root: z.union([hash, z.literal("latest")]) }),
          response: { 200: root },
        },
      },
      async ({ params }) => {
        const roots = await postedRoots(context.events);
        const found = roots.findLast(({ rootHash, status }) =>
          params.root === "latest" ? status !== "cancelled" : rootHash === params.root,
        );
        if (found !== undefined) return describe(found);
        throw new NotFoundError("there is no such root", {
          value: params.root,
          limit: `${roots.length} roots were posted`,
          remedy: "GET /v1/roots lists them.",
        });
      },
    );
  };
}
