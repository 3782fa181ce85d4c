import { z } from "zod";
import type { Signatures } from "../../store/signatures.ts";
import type { AddRoutes } from "../server.ts";

const digest = z.string().regex(/^0x[0-9a-f]{64}$/u, "0x and 64 lower-case hexadecimal digits");

/** This operator's signature of a digest, for its peers. */
export function signatureRoutes(signatures: Signatures, self: string): AddRoutes {
  return (server) => {
    server.get(
      "/v1/signatures/:digest",
      {
        schema: {
          summary: "This operator's signature of a digest",
          params: z.object({ digest }),
          response: {
            200: z.object({ signer: z.string(), signature: z.string() }),
            404: z.object({ error: z.string() }),
          },
        },
      },
      async ({ params }, reply) => {
        const signature = (await signatures.of(params.digest)).get(self.toLowerCase());
        if (signature === undefined) return reply.status(404).send({ error: "not signed here" });
        return { signer: self, signature };
      },
    );
  };
}
