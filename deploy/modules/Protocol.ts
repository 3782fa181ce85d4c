import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import type { ArgumentType, IgnitionModuleBuilder, IgnitionModuleResult } from "@nomicfoundation/ignition-core";
import { CHANNELS_ADDRESS } from "@openledger/protocol/eip712/channel.ts";
import { ROLE } from "@openledger/protocol/stakeRole.ts";
import { id, ZeroAddress, ZeroHash } from "ethers";
import type { Parameters } from "../parameters.ts";
import { type DescribedScheme, idOf } from "../scheme.ts";
import { deployAgents } from "./agents.ts";
import { deployGas } from "./gas.ts";
import { deployLiquidity } from "./liquidity.ts";
import { deploySales } from "./sales.ts";

/**
 * The whole protocol: contracts, wiring, and the hand-over of every right to the timelock.
 *
 * Proxies first get the deployer as their owner, because some collaborators exist only later; the last step of each gives
 * ownership to the timelock. Ignition records every step, so an interrupted deployment goes on where it stopped.
 */
export function protocolModule(parameters: Parameters, schemes: readonly [DescribedScheme, ...DescribedScheme[]]) {
  return buildModule("Protocol", (m) => {
    const deployer = m.getAccount(0);
    const orDeployer = (name: string) => (name === "deployer" ? deployer : name);

    // Anybody may execute what has waited. The deployer names the proposers, which exist later, and then gives up the admin role.
    const timelock = m.contract("TimelockController", [
      parameters.timelock.minDelaySeconds,
      [],
      [ZeroAddress],
      deployer,
    ]);
    const orTimelock = (name: string) => (name === "timelock" ? timelock : name);
    const treasury = orTimelock(parameters.treasury);

    const home = parameters.token.mode === "home";
    const token = m.contract("OpenToken", [home ? deployer : ZeroAddress, parameters.token.remoteToken]);
    const clock = m.contract("EpochClock", [
      timelock,
      parameters.clock.epochLengthSeconds,
      parameters.clock.receiptsGraceSeconds,
    ]);

    const { staking } = parameters;
    const stakes = m.contract("StakeManager", [
      token,
      clock,
      deployer,
      treasury,
      {
        minStake: staking.minStakeOpen,
        quorumFloor: staking.quorumFloorOpen,
        activationDelay: staking.activationDelaySeconds,
        unbondingPeriod: staking.unbondingPeriodSeconds,
        snapshotLifetime: staking.snapshotLifetimeSeconds,
        snapshotInterval: staking.snapshotIntervalSeconds,
        jailPeriod: staking.jailPeriodSeconds,
        minSigners: staking.minSigners,
        challengerBps: staking.challengerBps,
      },
    ]);

    const datanets = proxy(m, "DatanetRegistry", [], [timelock]);
    const contributions = proxy(
      m,
      "ContributionRegistry",
      [token, clock, datanets],
      [deployer, parameters.contributions.bondCoolOffSeconds],
    );
    const { review: policy } = parameters;
    const review = proxy(
      m,
      "ContributionReview",
      [contributions, datanets, stakes],
      [
        timelock,
        {
          commitPeriod: policy.commitPeriodSeconds,
          revealPeriod: policy.revealPeriodSeconds,
          reviewTimeout: policy.reviewTimeoutSeconds,
          noRevealSlashBps: policy.noRevealSlashBps,
          minValidatorStake: policy.minValidatorStakeOpen,
        },
      ],
    );

    const models = proxy(
      m,
      "ModelRegistry",
      [clock, datanets, contributions],
      [deployer, parameters.models.minParentShareBps, parameters.models.royaltyBps, idOf(schemes[0])],
    );
    const { training } = parameters;
    const trainingFees = m.contract("TrainingFees", [
      token,
      stakes,
      models,
      timelock,
      {
        base: training.baseOpen,
        perUnit: training.perUnitWei,
        maxWork: training.maxWork,
        workPerSecond: training.workPerSecond,
        commitWindow: training.commitWindowSeconds,
        revealWindow: training.revealWindowSeconds,
      },
    ]);
    const indexes = m.contract("IndexRegistry", [
      clock,
      stakes,
      models,
      deployer,
      parameters.index.challengeWindowSeconds,
      parameters.index.certificateFloorBps,
    ]);

    const distributor = m.contract("RewardDistributor", [
      token,
      clock,
      stakes,
      deployer,
      orTimelock(parameters.distributor.guardian),
      parameters.distributor.minChallengeWindowSeconds,
      parameters.distributor.challengeWindowSeconds,
    ]);
    const market = proxy(m, "InferenceMarket", [token, clock, models, stakes], [deployer, treasury, parameters.market]);

    const demands = m.contract("AttributionDemands", [
      token,
      contributions,
      indexes,
      distributor,
      treasury,
      timelock,
      { bond: parameters.disputes.demandBondOpen, revealWindow: parameters.disputes.revealWindowSeconds },
    ]);
    const escrow = m.contract("SlashEscrow", [token, stakes, indexes, distributor, demands]);
    const disputes = m.contract("AttributionDisputes", [
      { stakes, contributions, models, indexes, market, distributor, demands, escrow },
      parameters.disputes.slashBps,
    ]);
    const availability = m.contract("AvailabilityFaults", [
      stakes,
      distributor,
      parameters.disputes.equivocationSlashBps,
    ]);
    const { payments } = parameters;
    const receiptDisputes = m.contract("ReceiptDisputes", [
      { token, clock, models, market, stakes, channels: CHANNELS_ADDRESS },
      {
        fee: payments.receiptDemandFeeOpen,
        doubleSaleBps: payments.doubleSaleSlashBps,
        silenceBps: payments.silenceSlashBps,
      },
    ]);
    const { harmToleranceBps, harmJudges, harmFewestRows } = parameters.attribution;
    const attribution = m.contract("AttributionPolicy", [
      timelock,
      { toleranceBps: harmToleranceBps, judges: harmJudges, fewestRows: harmFewestRows },
      schemes.map((scheme) => ({ ...scheme })),
    ]);
    const harm = m.contract("HarmCharges", [contributions, models, indexes, treasury]);

    // only the code of these is wanted, to be put where clients look for it
    const placed: IgnitionModuleResult<string> =
      payments.channels === "place"
        ? {
            PaymentChannelsCode: m.contract("PaymentChannels", [token], { id: "PaymentChannelsCode" }),
            Erc3009CollectorCode: m.contract("Erc3009Collector", [CHANNELS_ADDRESS], { id: "Erc3009CollectorCode" }),
          }
        : {};

    const { governance } = parameters;
    const votes = m.contract("GovernanceOpen", [token]);
    const governor = m.contract("OpenLedgerGovernor", [
      votes,
      timelock,
      {
        votingDelay: governance.votingDelaySeconds,
        votingPeriod: governance.votingPeriodSeconds,
        proposalThreshold: governance.proposalThresholdOpen,
        quorumPercent: governance.quorumPercent,
        quorumFloor: governance.quorumFloorOpen,
        lateQuorumExtension: governance.lateQuorumExtensionSeconds,
        guardian: orDeployer(governance.guardian),
        guardianTerm: governance.guardianTermSeconds,
      },
    ]);
    const founding = m.contract("FoundingProposer", [
      timelock,
      votes,
      governance.quorumFloorOpen,
      orDeployer(parameters.timelock.founder),
    ]);
    const grants = m.contract("ModelGrants", [token, clock, models, indexes, distributor]);
    const bounties = m.contract("DataBounties", [token, datanets, contributions, models, indexes]);
    const channels = m.contractAt("PaymentChannels", CHANNELS_ADDRESS, { id: "PaymentChannels" });
    const jobs = m.contract("JobEscrow", [token, clock, models, market]);
    const agents = deployAgents(m, { token, clock, models, market, channels });
    const owned = { datanets, contributions, models, agents: agents.AgentIdentityRegistry };
    const traded = { token, clock, indexes, market, ...owned };
    const liquidity = deployLiquidity(m, parameters, { ...traded, grants });
    const sales = deploySales(m, parameters, traded);
    const gas = deployGas(m, parameters, { token, distributor, timelock });
    const proposersNamed = [governor, founding].flatMap((proposer) =>
      ["PROPOSER_ROLE", "CANCELLER_ROLE"].map((role) =>
        m.call(timelock, "grantRole", [id(role), proposer], { id: `${role}_${proposer.contractName}` }),
      ),
    );
    m.call(timelock, "renounceRole", [ZeroHash, deployer], { id: "timelockAdministersItself", after: proposersNamed });

    const wired = [
      ...schemes
        .slice(1)
        .map((scheme, i) => m.call(models, "setScheme", [idOf(scheme), true], { id: `allowScheme${i + 2}` })),
      m.call(models, "setTrainingFees", [trainingFees]),
      m.call(contributions, "setReview", [review]),
      m.call(contributions, "setHarmCharges", [harm]),
      m.call(indexes, "setDisputes", [disputes]),
      m.call(market, "setCollaborators", [distributor, indexes]),
      m.call(distributor, "wire", [disputes, [market]]),
      m.call(stakes, "seal", [
        distributor,
        [
          { role: ROLE.oracle, account: disputes },
          { role: ROLE.oracle, account: escrow },
          { role: ROLE.oracle, account: availability },
          { role: ROLE.validator, account: review },
          { role: ROLE.compute, account: receiptDisputes },
        ],
      ]),
    ];
    for (const contract of [contributions, models, indexes, market, distributor, stakes]) {
      m.call(contract, "transferOwnership", [timelock], { id: `handOver_${contract.contractName}`, after: wired });
    }

    return {
      TimelockController: timelock,
      OpenToken: token,
      EpochClock: clock,
      StakeManager: stakes,
      StakeRewards: m.contractAt("StakeRewards", m.staticCall(stakes, "rewards"), { id: "StakeRewards" }),
      DatanetRegistry: datanets,
      ContributionRegistry: contributions,
      ContributionReview: review,
      ModelRegistry: models,
      TrainingFees: trainingFees,
      IndexRegistry: indexes,
      RewardDistributor: distributor,
      InferenceMarket: market,
      AttributionDemands: demands,
      AttributionDisputes: disputes,
      SlashEscrow: escrow,
      AvailabilityFaults: availability,
      HarmCharges: harm,
      AttributionPolicy: attribution,
      ReceiptDisputes: receiptDisputes,
      PaymentChannels: channels,
      JobEscrow: jobs,
      ...placed,
      GovernanceOpen: votes,
      OpenLedgerGovernor: governor,
      FoundingProposer: founding,
      ModelGrants: grants,
      DataBounties: bounties,
      ...liquidity,
      ...sales,
      ...agents,
      ...gas,
    };
  });
}

/** An implementation behind an ERC-1967 proxy that is initialised in the same transaction. */
function proxy(
  m: IgnitionModuleBuilder,
  name: string,
  constructorArguments: ArgumentType[],
  initializeArguments: ArgumentType[],
) {
  const implementation = m.contract(name, constructorArguments, { id: `${name}Implementation` });
  const initialize = m.encodeFunctionCall(implementation, "initialize", initializeArguments);
  const deployed = m.contract("ERC1967Proxy", [implementation, initialize], { id: `${name}Proxy` });
  return m.contractAt(name, deployed, { id: name });
}
