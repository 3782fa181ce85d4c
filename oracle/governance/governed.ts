import type { ContractName } from "../chain/deployment.ts";

/**
 * How a function that governance alone may call is protected: `fast` by the timelock's delay; `exit`, announced in the contract itself
 * 60 days before as well; `once`, used up by the deployment.
 */
export type Kind = "fast" | "exit" | "once";

/** What a number means. */
export type Unit = "seconds" | "bps" | "OPEN" | "percent" | "count" | "time" | "other";

/** A value that a contract shows. */
export interface Value {
  /** Its getter, or the field of the struct that the function's getter shows. */
  readonly name: string;
  readonly unit: Unit;
  /** Bounds that hold whatever the other values are, in the contract's own unit. */
  readonly least?: bigint;
  readonly most?: bigint;
  /** What else has to hold. */
  readonly rule?: string;
}

/** A function that governance alone may call. */
export interface Governed {
  readonly contract: ContractName;
  readonly name: string;
  readonly kind: Kind;
  /** What it decides. */
  readonly about: string;
  /** Getter of the struct whose fields `values` are; undefined: each value has a getter of its own. */
  readonly struct?: string;
  readonly values: readonly Value[];
  /** Events that say that a value is another one. */
  readonly events: readonly string[];
  /** Arguments of the events by which the getter is asked: then there is one value for each of them. */
  readonly keys?: readonly string[];
}

const MINUTE = 60n;
const HOUR = 60n * MINUTE;
const DAY = 24n * HOUR;
const MAX_UINT64 = 2n ** 64n - 1n;

const value = (name: string, unit: Unit, least?: bigint, most?: bigint, rule?: string): Value => ({
  name,
  unit,
  ...(least === undefined ? {} : { least }),
  ...(most === undefined ? {} : { most }),
  ...(rule === undefined ? {} : { rule }),
});
const address = (name: string, rule?: string) => value(name, "other", undefined, undefined, rule);

/** What every owned contract has. */
const owned = (contract: ContractName): Governed => ({
  contract,
  name: "transferOwnership",
  kind: "fast",
  about: "who governs it; what is delayed stays delayed for every owner",
  values: [address("owner")],
  events: ["OwnershipTransferred"],
});

/** The rest of what an owner may do without an argument that is a value. */
const act = (contract: ContractName, name: string, about: string): Governed => ({
  contract,
  name,
  kind: "fast",
  about,
  values: [],
  events: [],
});

const delayed = (contract: ContractName): Governed[] => [
  owned(contract),
  act(contract, "renounceOwnership", "nobody governs it any more"),
  act(contract, "announce", "a change that waits until everybody can leave"),
  act(contract, "withdrawAnnouncement", "takes an announced change back"),
];

const upgradeable = (contract: ContractName): Governed[] => [
  ...delayed(contract),
  {
    contract,
    name: "upgradeToAndCall",
    kind: "exit",
    about: "the code",
    values: [address("implementation", "UUPS, with a compatible storage layout")],
    events: ["Upgraded"],
  },
];

/** A reference that is set once. */
const wired = (
  contract: ContractName,
  name: string,
  values: readonly string[],
  events: readonly string[],
): Governed => ({
  contract,
  name,
  kind: "once",
  about: "what it works with",
  values: values.map((getter) => address(getter)),
  events,
});

/**
 * Every function of every contract that governance alone may call, the one place that says what may change, how and within which bounds.
 * A test compares it with what the compiled contracts of a deployment do.
 */
export const GOVERNED: readonly Governed[] = [
  ...delayed("EpochClock"),
  {
    contract: "EpochClock",
    name: "setLength",
    kind: "exit",
    about: "the length of epochs from the next one on",
    values: [value("length", "seconds", 6n * HOUR, 7n * DAY)],
    events: ["LengthSet"],
  },

  ...delayed("StakeManager"),
  {
    contract: "StakeManager",
    name: "setParameters",
    kind: "exit",
    about: "stake, quorum and the periods of leaving",
    struct: "parameters",
    values: [
      value("minStake", "OPEN", 1n, undefined, "at most quorumFloor"),
      value("quorumFloor", "OPEN", undefined, undefined, "minStake to half of what counts, or what it is"),
      value("activationDelay", "seconds", 1n, 45n * DAY),
      value("unbondingPeriod", "seconds", undefined, 45n * DAY, "at least snapshotLifetime + 15 days"),
      value("snapshotLifetime", "seconds", HOUR + 1n, undefined, "at most unbondingPeriod - 15 days"),
      value("snapshotInterval", "seconds", HOUR, undefined, "less than snapshotLifetime"),
      value("jailPeriod", "seconds", 0n, 45n * DAY),
      value("minSigners", "count", 1n, 32n),
      value("challengerBps", "bps", 0n, 5_000n),
    ],
    events: ["ParametersSet"],
  },
  {
    contract: "StakeManager",
    name: "setSlasher",
    kind: "exit",
    about: "who may slash validators; who may slash oracles is fixed",
    values: [address("isSlasher")],
    events: ["SlasherSet"],
    keys: ["role", "slasher"],
  },
  {
    contract: "StakeManager",
    name: "setTreasury",
    kind: "exit",
    about: "where the rest of a slash goes",
    values: [address("treasury", "not zero")],
    events: ["TreasurySet"],
  },
  wired("StakeManager", "seal", ["distributor"], ["DistributorSet"]),

  ...upgradeable("DatanetRegistry"),

  ...upgradeable("ContributionRegistry"),
  {
    contract: "ContributionRegistry",
    name: "setBondCoolOff",
    kind: "exit",
    about: "how long the bond of a withdrawn contribution is still liable",
    values: [value("bondCoolOff", "seconds", DAY, 30n * DAY)],
    events: ["BondCoolOffSet"],
  },
  wired("ContributionRegistry", "setReview", ["review"], ["ReviewSet"]),
  wired("ContributionRegistry", "setHarmCharges", ["harmCharges"], ["HarmChargesSet"]),

  ...upgradeable("ContributionReview"),
  {
    contract: "ContributionReview",
    name: "setPolicy",
    kind: "exit",
    about: "how contributions are reviewed",
    struct: "policy",
    values: [
      value("commitPeriod", "seconds", 10n, 3n * DAY),
      value("revealPeriod", "seconds", 10n, 3n * DAY),
      value("reviewTimeout", "seconds", HOUR, 10n * DAY),
      value("noRevealSlashBps", "bps", 1n, 1_000n),
      value("minValidatorStake", "OPEN", 1n),
    ],
    events: ["PolicySet"],
  },

  ...upgradeable("ModelRegistry"),
  {
    contract: "ModelRegistry",
    name: "setScheme",
    kind: "fast",
    about: "by which schemes versions may be attributed from now on",
    values: [address("isSchemeAllowed")],
    events: ["SchemeSet"],
    keys: ["schemeId"],
  },
  {
    contract: "ModelRegistry",
    name: "setMinParentShare",
    kind: "fast",
    about: "the least part of an owner's revenue that a new model gives to each parent",
    values: [value("minParentShareBps", "bps", 0n, 1_250n)],
    events: ["MinParentShareSet"],
  },
  {
    contract: "ModelRegistry",
    name: "setRoyalty",
    kind: "exit",
    about: "the creator's part of the price of a sold model (ERC-2981)",
    values: [value("royaltyBps", "bps", 0n, 1_000n)],
    events: ["RoyaltySet"],
  },
  wired("ModelRegistry", "setTrainingFees", ["trainingFees"], ["TrainingFeesSet"]),

  ...delayed("TrainingFees"),
  {
    contract: "TrainingFees",
    name: "setPrices",
    kind: "exit",
    about: "what training a version again costs, and the time for it",
    struct: "prices",
    values: [
      value("base", "OPEN", 0n, MAX_UINT64),
      value("perUnit", "OPEN", 0n, undefined, "base + perUnit · maxWork is at most 2^96 - 1"),
      value("maxWork", "count", 1n, undefined, "as perUnit"),
      value("workPerSecond", "count", undefined, undefined, "at least maxWork in 30 days"),
      value("commitWindow", "seconds", 10n * MINUTE, 7n * DAY),
      value("revealWindow", "seconds", 10n * MINUTE, 7n * DAY),
    ],
    events: ["PricesSet"],
  },

  ...delayed("IndexRegistry"),
  {
    contract: "IndexRegistry",
    name: "setChallengeWindow",
    kind: "exit",
    about: "how long an index can be disputed",
    values: [value("challengeWindow", "seconds", HOUR, 7n * DAY)],
    events: ["ChallengeWindowSet"],
  },
  {
    contract: "IndexRegistry",
    name: "setCertificateFloor",
    kind: "exit",
    about: "the certified quality below which a version's pools are split by examples",
    values: [value("certificateFloorBps", "bps", 0n, 10_000n)],
    events: ["CertificateFloorSet"],
  },
  wired("IndexRegistry", "setDisputes", ["disputes"], ["DisputesSet"]),

  ...delayed("RewardDistributor"),
  {
    contract: "RewardDistributor",
    name: "setChallengeWindow",
    kind: "exit",
    about: "how long a score root can be disputed",
    values: [
      value("challengeWindow", "seconds", undefined, 7n * DAY, "at least minChallengeWindow, while no root is pending"),
    ],
    events: ["ChallengeWindowSet"],
  },
  {
    contract: "RewardDistributor",
    name: "setFunder",
    kind: "exit",
    about: "who may fill pools",
    values: [address("isFunder")],
    events: ["FunderSet"],
    keys: ["funder"],
  },
  {
    contract: "RewardDistributor",
    name: "setGuardian",
    kind: "fast",
    about: "who may stop new roots for a while, never claims",
    values: [address("guardian")],
    events: ["GuardianSet"],
  },
  act("RewardDistributor", "pausePosts", "by the guardian: no new roots for at most 7 days, at most every 28 days"),
  act("RewardDistributor", "resumePosts", "by the guardian or the owner: ends such a pause"),
  wired("RewardDistributor", "wire", ["disputes"], ["DisputesSet"]),

  ...upgradeable("InferenceMarket"),
  {
    contract: "InferenceMarket",
    name: "setSplit",
    kind: "exit",
    about: "who gets what of every fee; contributors get the rest",
    struct: "split",
    values: [
      value("protocolBps", "bps", 0n, undefined, "all five together at most 70 %"),
      value("ownerBps", "bps", 0n, undefined, "as protocolBps"),
      value("computeBps", "bps", 0n, undefined, "as protocolBps"),
      value("stakersBps", "bps", 0n, undefined, "as protocolBps"),
      value("curatorBps", "bps", 0n, 500n, "as protocolBps"),
    ],
    events: ["SplitSet"],
  },
  {
    contract: "InferenceMarket",
    name: "setTreasury",
    kind: "exit",
    about: "where the protocol's part goes",
    values: [address("treasury", "not zero")],
    events: ["TreasurySet"],
  },
  {
    contract: "InferenceMarket",
    name: "setDistributor",
    kind: "exit",
    about: "where the contributors' part goes, from a later epoch on",
    values: [address("distributorOf", "not zero")],
    events: ["DistributorSet"],
    keys: ["fromEpoch"],
  },
  wired("InferenceMarket", "setCollaborators", ["indexes"], ["CollaboratorsSet"]),

  ...delayed("AttributionDemands"),
  {
    contract: "AttributionDemands",
    name: "setPolicy",
    kind: "exit",
    about: "what a demand costs, and the time to answer it",
    struct: "policy",
    values: [value("revealWindow", "seconds", HOUR, 12n * HOUR), value("bond", "OPEN", 1n)],
    events: ["PolicySet"],
  },

  {
    contract: "OpenLedgerGovernor",
    name: "setVotingDelay",
    kind: "fast",
    about: "time from a proposal to its snapshot",
    values: [value("votingDelay", "seconds")],
    events: ["VotingDelaySet"],
  },
  {
    contract: "OpenLedgerGovernor",
    name: "setVotingPeriod",
    kind: "fast",
    about: "how long a vote is open",
    values: [value("votingPeriod", "seconds", undefined, undefined, "not zero")],
    events: ["VotingPeriodSet"],
  },
  {
    contract: "OpenLedgerGovernor",
    name: "setProposalThreshold",
    kind: "fast",
    about: "votes that a proposer needs",
    values: [value("proposalThreshold", "OPEN")],
    events: ["ProposalThresholdSet"],
  },
  {
    contract: "OpenLedgerGovernor",
    name: "updateQuorumNumerator",
    kind: "fast",
    about: "the quorum's part of what is wrapped, never less than quorumFloor",
    values: [value("quorumNumerator", "percent", undefined, undefined, "at most 100")],
    events: ["QuorumNumeratorUpdated"],
  },
  {
    contract: "OpenLedgerGovernor",
    name: "setLateQuorumVoteExtension",
    kind: "fast",
    about: "time that is left after a vote that reaches the quorum",
    values: [value("lateQuorumVoteExtension", "seconds")],
    events: ["LateQuorumVoteExtensionSet"],
  },
  {
    contract: "OpenLedgerGovernor",
    name: "setProposalGuardian",
    kind: "fast",
    about: "who may cancel proposals until the term ends",
    values: [address("proposalGuardian")],
    events: ["ProposalGuardianSet"],
  },
  {
    contract: "OpenLedgerGovernor",
    name: "setGuardianTerm",
    kind: "fast",
    about: "the end of the guardian's term",
    values: [value("guardianUntil", "time", undefined, undefined, "at most 365 days ahead")],
    events: ["GuardianTermSet"],
  },
  {
    contract: "OpenLedgerGovernor",
    name: "updateTimelock",
    kind: "fast",
    about: "through whom the Governor acts",
    values: [address("timelock")],
    events: ["TimelockChange"],
  },
  act("OpenLedgerGovernor", "relay", "a call of the Governor itself, which owns nothing"),

  {
    contract: "TimelockController",
    name: "updateDelay",
    kind: "fast",
    about: "how long what passed waits",
    values: [value("getMinDelay", "seconds")],
    events: ["MinDelayChange"],
  },
  {
    contract: "TimelockController",
    name: "grantRole",
    kind: "fast",
    about: "who proposes, cancels and executes",
    values: [address("hasRole")],
    events: ["RoleGranted", "RoleRevoked"],
    keys: ["role", "account"],
  },
  act("TimelockController", "revokeRole", "as grantRole"),
];

/** Values that no function changes. */
export const FIXED: readonly { readonly contract: ContractName; readonly name: string; readonly unit: Unit }[] = [
  { contract: "EpochClock", name: "EXIT_DELAY", unit: "seconds" },
  { contract: "EpochClock", name: "EXECUTION_WINDOW", unit: "seconds" },
  { contract: "EpochClock", name: "receiptsGrace", unit: "seconds" },
  { contract: "RewardDistributor", name: "minChallengeWindow", unit: "seconds" },
  { contract: "RewardDistributor", name: "MAX_HOLD", unit: "seconds" },
  { contract: "IndexRegistry", name: "MAX_HOLD", unit: "seconds" },
  { contract: "AttributionDisputes", name: "slashBps", unit: "bps" },
  { contract: "AttributionDemands", name: "DEMANDS_PER_STEP", unit: "count" },
  { contract: "OpenLedgerGovernor", name: "quorumFloor", unit: "OPEN" },
  { contract: "FoundingProposer", name: "founder", unit: "other" },
  { contract: "FoundingProposer", name: "floor", unit: "OPEN" },
  { contract: "OpenToken", name: "CAP", unit: "OPEN" },
];
