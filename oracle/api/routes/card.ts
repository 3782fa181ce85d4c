import type { Context } from "../../jobs/context.ts";
import { modelCard } from "../../jobs/modelCard.ts";
import { z } from "zod";
import { card, id } from "../schemas.ts";
import type { AddRoutes } from "../server.ts";

/** What a version is, for who thinks of using it. */
export function cardRoutes(context: Pick<Context, "view" | "events" | "content">): AddRoutes {
  return (server) => {
    server.get(
      "/v1/versions/:versionId/card",
      { schema: { summary: "A version's model card", params: z.object({ versionId: id }), response: { 200: card } } },
      async ({ params: { versionId } }) => {
        const found = await modelCard(context, versionId);
        const data = found.data.map((datanet) => ({
          ...datanet,
          tags: [...datanet.tags],
          licence: [...datanet.licence],
        }));
        return { ...found, data, bases: [...found.bases], limits: [...found.limits], parents: [...found.parents] };
      },
    );
  };
}
