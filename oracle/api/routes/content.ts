import { z } from "zod";
import type { ContentFiles } from "../../jobs/contentFiles.ts";
import type { AddRoutes } from "../server.ts";

/** Files by CID. Only what is here is served: a request never makes this process ask others. */
export function contentRoutes(content: ContentFiles): AddRoutes {
  return (server) => {
    server.get(
      "/ipfs/:cid",
      { schema: { summary: "A file by its content identifier", params: z.object({ cid: z.string() }) } },
      async ({ params }, reply) => {
        const bytes = await content.find(params.cid);
        if (bytes === undefined) return reply.status(404).send({ error: "this file is not here" });
        return reply
          .header("cache-control", "public, max-age=31536000, immutable")
          .type("application/octet-stream")
          .send(bytes);
      },
    );
  };
}
