import { z } from "zod";
import { NotFoundError } from "../../common/errors.ts";
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
        if (bytes === undefined) {
          throw new NotFoundError("this file is not here", {
            value: params.cid,
            limit: "the files that this process has published or used",
            remedy: "Ask the other operators, or the one who published it.",
          });
        }
        return reply
          .header("cache-control", "public, max-age=31536000, immutable")
          .type("application/octet-stream")
          .send(bytes);
      },
    );
  };
}
