import type { ContractName } from "../../chain/deployment.ts";
import type { Governed, Unit } from "./governed.ts";
import { REGISTRIES } from "./registries.ts";
import { SETTLEMENT } from "./settlement.ts";
import { VOTES } from "./votes.ts";

/**
 * Every function of every contract that governance alone may call, the one place that says what may change, how and within which bounds.
 * A test compares it with what the compiled contracts of a deployment do.
 */
export const GOVERNED: readonly Governed[] = [...REGISTRIES, ...SETTLEMENT, ...VOTES];

/** Values that no function changes. */
export const FIXED: readonly { readonly contract: ContractName; readonly name: string; readonly unit: Unit }[] = [
  { contract: "EpochClock", name: "EXIT_DELAY", unit: "seconds" },
  { contract: "EpochClock", name: "EXECUTION_WINDOW", unit: "seconds" },
  { contract: "EpochClock", name: "receiptsGrace", unit: "seconds" },
  { contract: "RewardDistributor", name: "minChallengeWindow", unit: "seconds" },
  { contract: "RewardDistributor", name: "MAX_HOLD", unit: "seconds" },
  { contract: "IndexRegistry", name: "MAX_HOLD", unit: "seconds" },
  { contract: "AttributionDisputes", name: "slashBps", unit: "bps" },
  { contract: "SlashEscrow", name: "SILENCE_BPS", unit: "bps" },
  { contract: "SlashEscrow", name: "HOLD_PERIOD", unit: "seconds" },
  { contract: "AvailabilityFaults", name: "slashBps", unit: "bps" },
  { contract: "AttributionDemands", name: "ROUNDS_PER_BOND", unit: "count" },
  { contract: "AttributionDemands", name: "REWARD_BONDS", unit: "count" },
  { contract: "OpenLedgerGovernor", name: "quorumFloor", unit: "OPEN" },
  { contract: "FoundingProposer", name: "founder", unit: "other" },
  { contract: "FoundingProposer", name: "floor", unit: "OPEN" },
  { contract: "OpenToken", name: "CAP", unit: "OPEN" },
  { contract: "OpenPaymaster", name: "leastOpenPerEth", unit: "OPEN" },
  { contract: "OpenPaymaster", name: "mostOpenPerEth", unit: "OPEN" },
];
