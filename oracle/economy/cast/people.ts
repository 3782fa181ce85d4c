import type { DatanetPlan, PlannedContributor } from "../plan/loadScenario.ts";
import type { Cast, Party } from "./party.ts";

/** A contributor of the scenario, with its key. */
export interface Person {
  readonly contributor: PlannedContributor;
  readonly datanet: DatanetPlan;
  /** Index of the Datanet in the scenario. */
  readonly place: number;
  readonly party: Party;
}

/** Accounts that each Datanet's contributors can have. */
const ACCOUNTS_PER_DATANET = 100;

/** The contributors of all Datanets, in the order in which they contribute. */
export function peopleOf(cast: Cast, datanets: readonly DatanetPlan[]): Person[] {
  return datanets.flatMap((datanet, place) =>
    datanet.contributors.map((contributor, i) => ({
      contributor,
      datanet,
      place,
      party: cast.contributor(place * ACCOUNTS_PER_DATANET + i, contributor.name),
    })),
  );
}
