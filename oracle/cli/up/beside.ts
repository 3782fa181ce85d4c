import { z } from "zod";
import type { ChainEvents } from "../../store/chainEvents.ts";
import type { Books } from "./books.ts";
import type { Consumption } from "./consume.ts";
import type { Scene } from "./scene.ts";
import { tillsOf } from "./tills.ts";

/** What users did on the scenario's chain, apart from it: how often, and the OPEN wei that it moved. */
export interface Beside {
  readonly what: string;
  readonly count: number;
  readonly amount?: bigint;
}

/** How often the scenario itself did it. */
export interface Own {
  readonly datanets: number;
  readonly submissions: number;
  readonly models: number;
  readonly sweeps: number;
  readonly claims: number;
  readonly consumption: readonly Consumption[];
}

const transferSchema = z.object({ from: z.string(), to: z.string() });

/** Everything that users did beside the scenario, as far as there is any. */
export async function listBeside(
  { contracts, deployment }: Scene,
  events: ChainEvents,
  books: Books,
  own: Own,
): Promise<Beside[]> {
  const countOf = async (contract: string, name: string | readonly string[]) =>
    (await events.find({ contract, name })).length;
  const tills = await tillsOf(contracts, events);
  const transfers = await events.find({ contract: "OpenToken", name: "Transfer" });
  const payments = transfers.filter(({ args }) => {
    const { from, to } = transferSchema.parse(args);
    return tills.has(to) && from !== deployment.addresses.InferenceMarket;
  }).length;
  const answered = own.consumption.reduce((sum, { inferences }) => sum + inferences, 0);
  const done: Beside[] = [
    { what: "payments into tills", count: payments - answered, amount: books.feesBeside },
    { what: "tills swept", count: (await countOf("InferenceMarket", "Swept")) - own.sweeps },
    { what: "Datanets created", count: (await countOf("DatanetRegistry", "DatanetCreated")) - own.datanets },
    { what: "submissions", count: (await countOf("ContributionRegistry", "Submitted")) - own.submissions },
    { what: "models minted", count: (await countOf("ModelRegistry", "ModelMinted")) - own.models },
    { what: "versions published", count: (await countOf("ModelRegistry", "VersionPublished")) - own.models },
    { what: "claims", count: (await countOf("RewardDistributor", ["Claimed", "Distributed"])) - own.claims },
  ];
  return done.filter(({ count }) => count > 0);
}
