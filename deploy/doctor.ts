import { ENTRY_POINT } from "@openledger/protocol/entryPoint.ts";
import { Contract, getAddress, ZeroAddress, ZeroHash, type ContractRunner, type InterfaceAbi } from "ethers";
import { GOVERNED } from "../oracle/governance/governed/all.ts";
import type { Addresses } from "./addresses.ts";
import type { Parameters } from "./parameters.ts";
import type { Finding } from "./finding.ts";
import { examineRoles } from "./roleHolders.ts";

type Expectation = readonly [contract: string, getter: string, args: readonly unknown[], expected: unknown];

/**
 * Reads every role and parameter of a deployment from the chain and compares it with the file it was made from.
 *
 * @param abiOf the ABI of a contract by name.
 */
export async function examine(
  parameters: Parameters,
  addresses: Addresses,
  deployer: string,
  schemeIds: readonly string[],
  abiOf: (contract: string) => Promise<InterfaceAbi>,
  runner: ContractRunner,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const contracts = new Map<string, Contract>();
  for (const [contract, getter, args, expected] of expectations(parameters, addresses.contracts, deployer, schemeIds)) {
    const address = addresses.contracts[contract];
    const what = `${contract}.${getter}(${args.map(show).join(", ")})`;
    if (address === undefined) {
      findings.push({ what, expected: show(expected), found: "not deployed", holds: false });
      continue;
    }
    if (!contracts.has(contract)) contracts.set(contract, new Contract(address, await abiOf(contract), runner));
    const found = await contracts
      .get(contract)!
      .getFunction(getter)
      .staticCall(...args)
      .then(show, (error: unknown) => `error: ${error instanceof Error ? error.message.slice(0, 120) : String(error)}`);
    findings.push({ what, expected: show(expected), found, holds: found === show(expected) });
  }
  return [...findings, ...(await examineRoles(addresses, abiOf, runner))];
}

function expectations(
  parameters: Parameters,
  at: Readonly<Record<string, string>>,
  deployer: string,
  schemeIds: readonly string[],
): Expectation[] {
  const timelock = at["TimelockController"] ?? ZeroAddress;
  const account = (name: string) => (name === "timelock" ? timelock : name === "deployer" ? deployer : name);
  const treasury = account(parameters.treasury);
  const { staking, review, market, governance, payments, training } = parameters;
  const owned = new Set(GOVERNED.filter(({ name }) => name === "transferOwnership").map(({ contract }) => contract));
  return [
    ...[...owned].map((contract): Expectation => [contract, "owner", [], timelock]),

    ["TimelockController", "getMinDelay", [], parameters.timelock.minDelaySeconds],

    ["GovernanceOpen", "underlying", [], at["OpenToken"]],
    ["OpenLedgerGovernor", "token", [], at["GovernanceOpen"]],
    ["OpenLedgerGovernor", "timelock", [], timelock],
    ["OpenLedgerGovernor", "votingDelay", [], governance.votingDelaySeconds],
    ["OpenLedgerGovernor", "votingPeriod", [], governance.votingPeriodSeconds],
    ["OpenLedgerGovernor", "proposalThreshold", [], governance.proposalThresholdOpen],
    ["OpenLedgerGovernor", "quorumNumerator()", [], governance.quorumPercent],
    ["OpenLedgerGovernor", "quorumFloor", [], governance.quorumFloorOpen],
    ["OpenLedgerGovernor", "lateQuorumVoteExtension", [], governance.lateQuorumExtensionSeconds],
    ["FoundingProposer", "founder", [], account(parameters.timelock.founder)],
    ["FoundingProposer", "timelock", [], timelock],
    ["FoundingProposer", "floor", [], governance.quorumFloorOpen],
    ["ModelGrants", "distributor", [], at["RewardDistributor"]],
    ["DataBounties", "token", [], at["OpenToken"]],
    ["DataBounties", "datanets", [], at["DatanetRegistry"]],
    ["DataBounties", "contributions", [], at["ContributionRegistry"]],
    ["DataBounties", "models", [], at["ModelRegistry"]],
    ["DataBounties", "indexes", [], at["IndexRegistry"]],

    ...(parameters.liquidity.exchange === "deploy"
      ? [["UniswapV2Factory", "feeToSetter", [], ZeroAddress] satisfies Expectation]
      : []),
    ["ModelShares", "token", [], at["OpenToken"]],
    ["ModelShares", "streamPeriod", [], parameters.liquidity.streamPeriodSeconds],
    ["ModelShares", "market", [], at["InferenceMarket"]],
    ["ModelShares", "grants", [], at["ModelGrants"]],
    ["ModelShares", "exchange", [], at["UniswapV2Factory"]],
    ["ModelShares", "collection", [], ZeroAddress],
    ["ShareIssuer", "implementation", [], at["ModelShares"]],
    ["ShareIssuer", "models", [], at["ModelRegistry"]],
    ["ShareIssuer", "datanets", [], at["DatanetRegistry"]],
    ["ShareIssuer", "agents", [], at["AgentIdentityRegistry"]],
    ["Launchpad", "issuer", [], at["ShareIssuer"]],
    ["Launchpad", "exchange", [], at["UniswapV2Factory"]],
    ["Launchpad", "contributions", [], at["ContributionRegistry"]],
    ["Launchpad", "indexes", [], at["IndexRegistry"]],
    ["ShareTrades", "exchange", [], at["UniswapV2Factory"]],
    ["SaleZone", "exchange", [], at["Seaport"]],
    ["SaleZone", "contributions", [], at["ContributionRegistry"]],
    ["SaleZone", "models", [], at["ModelRegistry"]],
    ["SaleZone", "datanets", [], at["DatanetRegistry"]],
    ["SaleZone", "agents", [], at["AgentIdentityRegistry"]],
    ["SaleZone", "indexes", [], at["IndexRegistry"]],
    ["SaleZone", "market", [], at["InferenceMarket"]],

    ["AgentReputationRegistry", "identities", [], at["AgentIdentityRegistry"]],
    ["AgentReputationRegistry", "token", [], at["OpenToken"]],
    ["AgentReputationRegistry", "clock", [], at["EpochClock"]],
    ["AgentReputationRegistry", "models", [], at["ModelRegistry"]],
    ["AgentReputationRegistry", "market", [], at["InferenceMarket"]],
    ["AgentReputationRegistry", "channels", [], at["PaymentChannels"]],

    ["JobEscrow", "token", [], at["OpenToken"]],
    ["JobEscrow", "clock", [], at["EpochClock"]],
    ["JobEscrow", "models", [], at["ModelRegistry"]],
    ["JobEscrow", "market", [], at["InferenceMarket"]],

    ["OpenToken", "remoteToken", [], parameters.token.remoteToken],
    ...(parameters.token.mode === "home" ? [["OpenToken", "totalSupply", [], 10n ** 27n] satisfies Expectation] : []),

    ["EpochClock", "length", [], parameters.clock.epochLengthSeconds],
    ["EpochClock", "receiptsGrace", [], parameters.clock.receiptsGraceSeconds],

    [
      "StakeManager",
      "parameters",
      [],
      [
        staking.minStakeOpen,
        staking.quorumFloorOpen,
        staking.activationDelaySeconds,
        staking.unbondingPeriodSeconds,
        staking.snapshotLifetimeSeconds,
        staking.snapshotIntervalSeconds,
        staking.jailPeriodSeconds,
        staking.minSigners,
        staking.challengerBps,
      ],
    ],
    ["StakeManager", "treasury", [], treasury],
    ["StakeManager", "distributor", [], at["RewardDistributor"]],

    ["ContributionRegistry", "review", [], at["ContributionReview"]],
    ["ContributionRegistry", "harmCharges", [], at["HarmCharges"]],
    ["ContributionRegistry", "bondCoolOff", [], parameters.contributions.bondCoolOffSeconds],
    [
      "ContributionReview",
      "policy",
      [],
      [
        review.commitPeriodSeconds,
        review.revealPeriodSeconds,
        review.reviewTimeoutSeconds,
        review.noRevealSlashBps,
        review.minValidatorStakeOpen,
      ],
    ],

    ["ModelRegistry", "minParentShareBps", [], parameters.models.minParentShareBps],
    ["ModelRegistry", "royaltyBps", [], parameters.models.royaltyBps],
    ...schemeIds.map((schemeId): Expectation => ["ModelRegistry", "isSchemeAllowed", [schemeId], true]),

    ["ModelRegistry", "trainingFees", [], at["TrainingFees"]],
    [
      "TrainingFees",
      "prices",
      [],
      [
        training.baseOpen,
        training.perUnitWei,
        training.maxWork,
        training.workPerSecond,
        training.commitWindowSeconds,
        training.revealWindowSeconds,
      ],
    ],
    ["TrainingFees", "models", [], at["ModelRegistry"]],
    ["TrainingFees", "stakes", [], at["StakeManager"]],

    ["IndexRegistry", "challengeWindow", [], parameters.index.challengeWindowSeconds],
    ["IndexRegistry", "certificateFloorBps", [], parameters.index.certificateFloorBps],
    ["IndexRegistry", "disputes", [], at["AttributionDisputes"]],

    [
      "InferenceMarket",
      "split",
      [],
      [market.protocolBps, market.ownerBps, market.computeBps, market.stakersBps, market.curatorBps],
    ],
    ["InferenceMarket", "treasury", [], treasury],
    ["InferenceMarket", "distributorOf", [1n], at["RewardDistributor"]],
    ["InferenceMarket", "indexes", [], at["IndexRegistry"]],

    ["RewardDistributor", "challengeWindow", [], parameters.distributor.challengeWindowSeconds],
    ["RewardDistributor", "minChallengeWindow", [], parameters.distributor.minChallengeWindowSeconds],
    ["RewardDistributor", "guardian", [], account(parameters.distributor.guardian)],
    ["RewardDistributor", "disputes", [], at["AttributionDisputes"]],
    ["RewardDistributor", "stakeManager", [], at["StakeManager"]],

    // answered by whatever contract of channels is there
    ["PaymentChannels", "refundNonce", [ZeroHash], 0],
    ...(parameters.payments.channels === "place"
      ? [["PaymentChannels", "compactToken", [], at["OpenToken"]] satisfies Expectation]
      : []),

    ["OpenPaymaster", "token", [], at["OpenToken"]],
    ["OpenPaymaster", "distributor", [], at["RewardDistributor"]],
    ["OpenPaymaster", "entryPoint", [], ENTRY_POINT],
    ["OpenPaymaster", "leastOpenPerEth", [], parameters.gas.leastOpenPerEth],
    ["OpenPaymaster", "mostOpenPerEth", [], parameters.gas.mostOpenPerEth],
    ["OpenPaymaster", "dailyBudget", [], parameters.gas.dailyBudgetEth],
    ["OpenAccount", "entryPoint", [], ENTRY_POINT],
    // answered by whatever EntryPoint is there
    ["EntryPoint", "getNonce", [ZeroAddress, 0], 0],

    ["AttributionDisputes", "slashBps", [], parameters.disputes.slashBps],
    ["AttributionDisputes", "demands", [], at["AttributionDemands"]],
    ["AttributionDisputes", "escrow", [], at["SlashEscrow"]],
    ["SlashEscrow", "token", [], at["OpenToken"]],
    ["SlashEscrow", "stakes", [], at["StakeManager"]],
    ["SlashEscrow", "rewards", [], at["StakeRewards"]],
    ["SlashEscrow", "indexes", [], at["IndexRegistry"]],
    ["SlashEscrow", "distributor", [], at["RewardDistributor"]],
    ["SlashEscrow", "demands", [], at["AttributionDemands"]],
    ["AvailabilityFaults", "stakes", [], at["StakeManager"]],
    ["AvailabilityFaults", "distributor", [], at["RewardDistributor"]],
    ["AvailabilityFaults", "slashBps", [], parameters.disputes.equivocationSlashBps],
    ["ReceiptDisputes", "token", [], at["OpenToken"]],
    ["ReceiptDisputes", "clock", [], at["EpochClock"]],
    ["ReceiptDisputes", "models", [], at["ModelRegistry"]],
    ["ReceiptDisputes", "market", [], at["InferenceMarket"]],
    ["ReceiptDisputes", "stakes", [], at["StakeManager"]],
    ["ReceiptDisputes", "channels", [], at["PaymentChannels"]],
    [
      "ReceiptDisputes",
      "terms",
      [],
      [payments.receiptDemandFeeOpen, payments.doubleSaleSlashBps, payments.silenceSlashBps],
    ],
    ["AttributionDemands", "policy", [], [parameters.disputes.revealWindowSeconds, parameters.disputes.demandBondOpen]],
    ["AttributionDemands", "treasury", [], treasury],
    [
      "AttributionPolicy",
      "harmRule",
      [],
      [
        parameters.attribution.harmToleranceBps,
        parameters.attribution.harmJudges,
        parameters.attribution.harmFewestRows,
      ],
    ],
    ["HarmCharges", "contributions", [], at["ContributionRegistry"]],
    ["HarmCharges", "models", [], at["ModelRegistry"]],
    ["HarmCharges", "indexes", [], at["IndexRegistry"]],
    ["HarmCharges", "treasury", [], treasury],
  ];
}

/** One form for numbers, addresses, hashes, booleans and structs, so that equal things look equal. */
function show(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(show).join(", ")}]`;
  if (typeof value === "string" && /^0x[0-9a-fA-F]{40}$/u.test(value)) return getAddress(value);
  return String(value);
}
