import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { ChainError, InputError, messageOf } from "../common/errors.ts";
import { REPOSITORY } from "./artifacts.ts";

/** The contracts of a deployment whose events the oracle reads. */
export const CONTRACTS = [
  "EpochClock",
  "OpenToken",
  "StakeManager",
  "StakeRewards",
  "DatanetRegistry",
  "ContributionRegistry",
  "ContributionReview",
  "ModelRegistry",
  "TrainingFees",
  "IndexRegistry",
  "InferenceMarket",
  "RewardDistributor",
  "AttributionDisputes",
  "AttributionDemands",
  "SlashEscrow",
  "AvailabilityFaults",
  "HarmCharges",
  "AttributionPolicy",
  "PaymentChannels",
  "ReceiptDisputes",
  "JobEscrow",
] as const;

/** The contracts by which OPEN governs; their events are asked for where they are needed. */
export const GOVERNANCE_CONTRACTS = [
  "TimelockController",
  "GovernanceOpen",
  "OpenLedgerGovernor",
  "FoundingProposer",
  "ModelGrants",
  "DataBounties",
] as const;

/** The contracts of shares and launches. ModelShares is what the shares of every NFT are a minimal proxy of. */
export const LIQUIDITY_CONTRACTS = [
  "ModelShares",
  "ShareIssuer",
  "Launchpad",
  "ShareTrades",
  "Seaport",
  "SaleZone",
] as const;

/** The registries of agents. */
export const AGENT_CONTRACTS = ["AgentIdentityRegistry", "AgentReputationRegistry"] as const;

/** The contracts by which gas is paid in OPEN. */
export const GAS_CONTRACTS = ["EntryPoint", "OpenAccount", "OpenPaymaster"] as const;

/** Every contract of a deployment that has a name here. */
export const ALL_CONTRACTS = [
  ...CONTRACTS,
  ...GOVERNANCE_CONTRACTS,
  ...LIQUIDITY_CONTRACTS,
  ...AGENT_CONTRACTS,
  ...GAS_CONTRACTS,
] as const;

export type ContractName = (typeof ALL_CONTRACTS)[number];

const address = z.string().regex(/^0x[0-9a-fA-F]{40}$/u, "an address");

const deploymentSchema = z.object({
  chainId: z.number().int().positive(),
  /** First block that can hold an event of the deployment. */
  block: z.number().int().min(0).default(0),
  contracts: z.record(z.string(), address),
});

export interface Deployment {
  readonly chainId: number;
  readonly firstBlock: number;
  readonly addresses: Readonly<Record<ContractName, string>>;
}

/** The name of the contract at an address; undefined for an address that is none of the deployment's. */
export function contractAt({ addresses }: Pick<Deployment, "addresses">, address: string): ContractName | undefined {
  return ALL_CONTRACTS.find((name) => addresses[name].toLowerCase() === address.toLowerCase());
}

/**
 * Reads `deploy/deployments/<id>/addresses.json`, which `npx hardhat deploy` writes.
 *
 * @throws InputError when there is no such deployment, ChainError when it is for another chain or incomplete.
 */
export function readDeployment(id: string, chainId: number): Deployment {
  const path = join(REPOSITORY, "deploy", "deployments", id, "addresses.json");
  if (!existsSync(path)) {
    throw new InputError("there is no such deployment", {
      value: id,
      limit: "a folder under deploy/deployments/ with an addresses.json",
      remedy: "Run npx hardhat deploy, or set OPENLEDGER_DEPLOYMENT.",
    });
  }
  let deployment: z.output<typeof deploymentSchema>;
  try {
    deployment = deploymentSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (error) {
    throw new InputError(`the deployment cannot be read: ${messageOf(error)}`, { value: path, cause: error });
  }
  if (deployment.chainId !== chainId) {
    throw new ChainError("the deployment is on another chain", {
      value: `chain id ${deployment.chainId} in ${path}`,
      limit: `chain id ${chainId}`,
      remedy: "Set OPENLEDGER_DEPLOYMENT or OPENLEDGER_CHAIN_ID.",
    });
  }
  const missing = ALL_CONTRACTS.filter((name) => deployment.contracts[name] === undefined);
  if (missing.length > 0) {
    throw new ChainError("the deployment is incomplete", {
      value: `without ${missing.join(", ")}`,
      remedy: "Run npx hardhat deploy again: it resumes.",
    });
  }
  // every name was checked just above
  const addresses = deployment.contracts as Record<ContractName, string>;
  return { chainId: deployment.chainId, firstBlock: deployment.block, addresses };
}
