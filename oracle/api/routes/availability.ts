import { z } from "zod";
import type { AvailabilityVotes } from "../../store/availabilityVotes.ts";
import { availabilityVote, id } from "../schemas.ts";
import type { AddRoutes } from "../server.ts";

/** Which operators have the files that providers committed to, as each of them signed it. */
export function availabilityRoutes(votes: Pick<AvailabilityVotes, "of">): AddRoutes {
  return (server) => {
    server.get(
      "/v1/availability",
      {
        schema: {
          summary: "What the operators signed on whether they have the receipts files of these epochs",
          querystring: z.object({ firstEpoch: id, lastEpoch: id }),
          response: { 200: z.object({ votes: z.array(availabilityVote) }) },
        },
      },
      async ({ query: { firstEpoch, lastEpoch } }) => ({ votes: await votes.of(firstEpoch, lastEpoch) }),
    );
  };
}
