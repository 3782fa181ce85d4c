import { Contract, type ContractRunner } from "ethers";
import type { IAgentIdentityRegistry } from "../../typechain-types/contracts/interfaces/IAgentIdentityRegistry.ts";
import type { IAgentReputationRegistry } from "../../typechain-types/contracts/interfaces/IAgentReputationRegistry.ts";
import type { IAttributionDemands } from "../../typechain-types/contracts/interfaces/IAttributionDemands.ts";
import type { IAvailabilityFaults } from "../../typechain-types/contracts/interfaces/IAvailabilityFaults.ts";
import type { IContributionRegistry } from "../../typechain-types/contracts/interfaces/IContributionRegistry.ts";
import type { IAttributionDisputes } from "../../typechain-types/contracts/interfaces/IAttributionDisputes.ts";
import type { IAttributionPolicy } from "../../typechain-types/contracts/interfaces/IAttributionPolicy.ts";
import type { IContributionReview } from "../../typechain-types/contracts/interfaces/IContributionReview.ts";
import type { IDatanetRegistry } from "../../typechain-types/contracts/interfaces/IDatanetRegistry.ts";
import type { IEpochClock } from "../../typechain-types/contracts/interfaces/IEpochClock.ts";
import type { IHarmCharges } from "../../typechain-types/contracts/interfaces/IHarmCharges.ts";
import type { IIndexRegistry } from "../../typechain-types/contracts/interfaces/IIndexRegistry.ts";
import type { IInferenceMarket } from "../../typechain-types/contracts/interfaces/IInferenceMarket.ts";
import type { IEntryPoint } from "../../typechain-types/@openzeppelin/contracts/interfaces/IERC4337.sol/IEntryPoint.ts";
import type { IOpenPaymaster } from "../../typechain-types/contracts/interfaces/IOpenPaymaster.ts";
import type { IPaymentChannels } from "../../typechain-types/contracts/interfaces/IPaymentChannels.ts";
import type { IModelRegistry } from "../../typechain-types/contracts/interfaces/IModelRegistry.ts";
import type { GovernanceOpen } from "../../typechain-types/contracts/governance/GovernanceOpen.ts";
import type { OpenLedgerGovernor } from "../../typechain-types/contracts/governance/OpenLedgerGovernor.ts";
import type { IFoundingProposer } from "../../typechain-types/contracts/interfaces/IFoundingProposer.ts";
import type { IDataBounties } from "../../typechain-types/contracts/interfaces/IDataBounties.ts";
import type { IModelGrants } from "../../typechain-types/contracts/interfaces/IModelGrants.ts";
import type { ILaunchpad } from "../../typechain-types/contracts/interfaces/ILaunchpad.ts";
import type { IShareIssuer } from "../../typechain-types/contracts/interfaces/IShareIssuer.ts";
import type { ISaleZone } from "../../typechain-types/contracts/interfaces/ISaleZone.ts";
import type { ISeaport } from "../../typechain-types/contracts/interfaces/ISeaport.sol/ISeaport.ts";
import type { IShareTrades } from "../../typechain-types/contracts/interfaces/IShareTrades.ts";
import type { ModelShares } from "../../typechain-types/contracts/liquidity/ModelShares.ts";
import type { OpenToken } from "../../typechain-types/contracts/token/OpenToken.ts";
import type { IReceiptDisputes } from "../../typechain-types/contracts/interfaces/IReceiptDisputes.ts";
import type { ISlashEscrow } from "../../typechain-types/contracts/interfaces/ISlashEscrow.ts";
import type { IRewardDistributor } from "../../typechain-types/contracts/interfaces/IRewardDistributor.ts";
import type { IStakeManager } from "../../typechain-types/contracts/interfaces/IStakeManager.ts";
import type { IStakeRewards } from "../../typechain-types/contracts/interfaces/IStakeRewards.ts";
import type { ITrainingFees } from "../../typechain-types/contracts/interfaces/ITrainingFees.ts";
import { interfaceOf } from "./artifacts.ts";
import { CONTRACTS, type ContractName, type Deployment } from "./deployment.ts";
import type { ScanSource } from "./scan.ts";

/** The deployed contracts, typed by their interfaces; errors and events are decoded with the implementations' ABIs. */
export interface Contracts {
  readonly EpochClock: IEpochClock;
  readonly OpenToken: OpenToken;
  readonly StakeManager: IStakeManager;
  readonly StakeRewards: IStakeRewards;
  readonly DatanetRegistry: IDatanetRegistry;
  readonly ContributionRegistry: IContributionRegistry;
  readonly ContributionReview: IContributionReview;
  readonly ModelRegistry: IModelRegistry;
  readonly TrainingFees: ITrainingFees;
  readonly IndexRegistry: IIndexRegistry;
  readonly InferenceMarket: IInferenceMarket;
  readonly RewardDistributor: IRewardDistributor;
  readonly AttributionDemands: IAttributionDemands;
  readonly AttributionDisputes: IAttributionDisputes;
  readonly SlashEscrow: ISlashEscrow;
  readonly AvailabilityFaults: IAvailabilityFaults;
  readonly HarmCharges: IHarmCharges;
  readonly AttributionPolicy: IAttributionPolicy;
  readonly PaymentChannels: IPaymentChannels;
  readonly ReceiptDisputes: IReceiptDisputes;
  readonly GovernanceOpen: GovernanceOpen;
  readonly OpenLedgerGovernor: OpenLedgerGovernor;
  readonly FoundingProposer: IFoundingProposer;
  readonly ModelGrants: IModelGrants;
  readonly DataBounties: IDataBounties;
  /** The implementation; {@link sharesAt} has the shares of an NFT. */
  readonly ModelShares: ModelShares;
  readonly ShareIssuer: IShareIssuer;
  readonly Launchpad: ILaunchpad;
  readonly ShareTrades: IShareTrades;
  readonly Seaport: ISeaport;
  readonly SaleZone: ISaleZone;
  readonly AgentIdentityRegistry: IAgentIdentityRegistry;
  readonly AgentReputationRegistry: IAgentReputationRegistry;
  readonly EntryPoint: IEntryPoint;
  readonly OpenPaymaster: IOpenPaymaster;
}

/** The shares of an NFT. */
export function sharesAt({ ModelShares }: Pick<Contracts, "ModelShares">, address: string): ModelShares {
  return ModelShares.attach(address) as ModelShares;
}

/** The deployed contracts, for calls through `runner`. */
export function connectContracts({ addresses }: Deployment, runner: ContractRunner): Contracts {
  // a Contract makes its methods from the ABI; the interface's type says which ones
  const at = <T>(name: ContractName) => new Contract(addresses[name], interfaceOf(name), runner) as unknown as T;
  return {
    EpochClock: at("EpochClock"),
    OpenToken: at("OpenToken"),
    StakeManager: at("StakeManager"),
    StakeRewards: at("StakeRewards"),
    DatanetRegistry: at("DatanetRegistry"),
    ContributionRegistry: at("ContributionRegistry"),
    ContributionReview: at("ContributionReview"),
    ModelRegistry: at("ModelRegistry"),
    TrainingFees: at("TrainingFees"),
    IndexRegistry: at("IndexRegistry"),
    InferenceMarket: at("InferenceMarket"),
    RewardDistributor: at("RewardDistributor"),
    AttributionDemands: at("AttributionDemands"),
    AttributionDisputes: at("AttributionDisputes"),
    SlashEscrow: at("SlashEscrow"),
    AvailabilityFaults: at("AvailabilityFaults"),
    HarmCharges: at("HarmCharges"),
    AttributionPolicy: at("AttributionPolicy"),
    PaymentChannels: at("PaymentChannels"),
    ReceiptDisputes: at("ReceiptDisputes"),
    GovernanceOpen: at("GovernanceOpen"),
    OpenLedgerGovernor: at("OpenLedgerGovernor"),
    FoundingProposer: at("FoundingProposer"),
    ModelGrants: at("ModelGrants"),
    DataBounties: at("DataBounties"),
    ModelShares: at("ModelShares"),
    ShareIssuer: at("ShareIssuer"),
    Launchpad: at("Launchpad"),
    ShareTrades: at("ShareTrades"),
    Seaport: at("Seaport"),
    SaleZone: at("SaleZone"),
    AgentIdentityRegistry: at("AgentIdentityRegistry"),
    AgentReputationRegistry: at("AgentReputationRegistry"),
    EntryPoint: at("EntryPoint"),
    OpenPaymaster: at("OpenPaymaster"),
  };
}

/** What the scanner reads. */
export function scanSources({ addresses }: Deployment): ScanSource[] {
  return CONTRACTS.map((name) => ({ name, address: addresses[name], interface: interfaceOf(name) }));
}
