import { z } from "zod";
import { NotFoundError } from "../../common/errors.ts";
import type { ChainEvents } from "../../store/chainEvents.ts";
import { datanetsIn } from "../../store/datanets.ts";
import type { ProtocolView } from "../../store/protocolView.ts";
import { datanet, id } from "../schemas.ts";
import type { AddRoutes } from "../server.ts";

/** Datanets with the terms in force. */
export function datanetRoutes(events: ChainEvents, view: ProtocolView): AddRoutes {
  async function all(): Promise<z.output<typeof datanet>[]> {
    const accepted = new Map<bigint, number>();
    for (const { datanetId, revokedFrom } of await view.contributions()) {
      if (revokedFrom === undefined) accepted.set(datanetId, (accepted.get(datanetId) ?? 0) + 1);
    }
    return (await datanetsIn(events)).map((d) => ({ ...d, accepted: accepted.get(d.datanetId) ?? 0 }));
  }

  return (server) => {
    server.get(
      "/v1/datanets",
      { schema: { summary: "All Datanets", response: { 200: z.object({ datanets: z.array(datanet) }) } } },
      async () => ({ datanets: await all() }),
    );

    server.get(
      "/v1/datanets/:datanetId",
      { schema: { summary: "A Datanet", params: z.object({ datanetId: id }), response: { 200: datanet } } },
      async ({ params: { datanetId } }) => {
        const datanets = await all();
        const found = datanets.find((d) => d.datanetId === datanetId);
        if (found !== undefined) return found;
        throw new NotFoundError("there is no such Datanet", {
          value: datanetId,
          limit: `${datanets.length} Datanets`,
          remedy: "GET /v1/datanets lists them.",
        });
      },
    );
  };
}
