import { z } from "zod";
import type { ChainEvents } from "../../store/chainEvents.ts";
import type { Books } from "./books.ts";
import type { Scene } from "../cast/scene.ts";
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
  /** Single ones, by no channel. */
  readonly payments: number;
}

const transferSchema = z.object({ from: z.string(), to: z.string() });
const createdSchema = z.object({ config: z.object({ payer: z.string() }) });

/** Everything that users did beside the scenario, as far as there is any. */
export async function listBeside(
  { cast, contracts, deployment }: Scene,
  events: ChainEvents,
  books: Books,
  own: Own,
): Promise<Beside[]> {
  const countOf = async (contract: string, name: string | readonly string[]) =>
    (await events.find({ contract, name })).length;
  const tills = await tillsOf(contracts, events);
  const transfers = await events.find({ contract: "OpenToken", name: "Transfer" });
  const { InferenceMarket, PaymentChannels } = deployment.addresses;
  const payments = transfers.filter(({ args }) => {
    const { from, to } = transferSchema.parse(args);
    return tills.has(to) && from !== InferenceMarket && from !== PaymentChannels;
  }).length;
  // every consumer has a channel to every model
  const consumers = new Set(cast.consumers.map(({ address }) => address));
  const channels = (await events.find({ contract: "PaymentChannels", name: "ChannelCreated" })).filter(
    ({ args }) => !consumers.has(createdSchema.parse(args).config.payer),
  ).length;
  const done: Beside[] = [
    { what: "payments into tills", count: payments - own.payments + channels, amount: books.feesBeside },
    { what: "tills swept", count: (await countOf("InferenceMarket", "Swept")) - own.sweeps },
    { what: "Datanets created", count: (await countOf("DatanetRegistry", "DatanetCreated")) - own.datanets },
    { what: "submissions", count: (await countOf("ContributionRegistry", "Submitted")) - own.submissions },
    { what: "models minted", count: (await countOf("ModelRegistry", "ModelMinted")) - own.models },
    { what: "versions published", count: (await countOf("ModelRegistry", "VersionPublished")) - own.models },
    { what: "claims", count: (await countOf("RewardDistributor", ["Claimed", "Distributed"])) - own.claims },
  ];
  return done.filter(({ count }) => count > 0);
}
