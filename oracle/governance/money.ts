import { formatOpen } from "@openledger/protocol/units.ts";
import type { BrowserProvider } from "ethers";
import { connectContracts, type Contracts } from "../chain/contracts.ts";
import type { ContractName, Deployment } from "../chain/deployment.ts";

/** Something that has to hold after a proposal. */
export interface Invariant {
  readonly what: string;
  readonly found: string;
  readonly holds: boolean;
}

/** What a contract has, and what it owes at least. */
interface Account {
  readonly balance: bigint;
  readonly owed: bigint;
}

export type Money = ReadonlyMap<string, Account>;

/** Contracts that hold money of people which no call of governance moves, and which do not say what they owe. */
const HOLDERS = [
  "StakeRewards",
  "ContributionRegistry",
  "TrainingFees",
  "AttributionDemands",
  "SlashEscrow",
  "DataBounties",
  "ReceiptDisputes",
  "JobEscrow",
  "Launchpad",
] as const satisfies readonly ContractName[];

/** OPEN of every contract that holds money of others, of every till, and what they owe. */
export async function readMoney(deployment: Deployment, source: BrowserProvider): Promise<Money> {
  const contracts = connectContracts(deployment, source);
  const { OpenToken, GovernanceOpen, RewardDistributor, InferenceMarket, ModelRegistry } = contracts;
  const money = new Map<string, Account>();
  const put = async (name: string, at: string, owed: bigint) =>
    void money.set(name, { balance: await OpenToken.balanceOf(at), owed });

  const { addresses, firstBlock } = deployment;
  const funded = await RewardDistributor.queryFilter(RewardDistributor.filters["Funded"], firstBlock);
  const pools = funded.reduce((sum, { args }) => sum + args.amount, 0n);
  await put("RewardDistributor", addresses.RewardDistributor, pools - (await RewardDistributor.totalClaimed()));
  await put("StakeManager", addresses.StakeManager, await stakesOwed(contracts, firstBlock));
  await put("GovernanceOpen", addresses.GovernanceOpen, await GovernanceOpen.totalSupply());
  for (const name of HOLDERS) await put(name, addresses[name], 0n);
  const models = await ModelRegistry.modelCount();
  for (let model = 1n; model <= models; model++) {
    await put(`till of model ${model}`, await InferenceMarket.tillOf(model), 0n);
  }
  return money;
}

/** Active and leaving stake of every operator that ever had any. */
async function stakesOwed({ StakeManager }: Contracts, firstBlock: number): Promise<bigint> {
  const staked = await StakeManager.queryFilter(StakeManager.filters["Staked"], firstBlock);
  const pools = new Map(staked.map(({ args: { role, operator } }) => [`${role} ${operator}`, { role, operator }]));
  let owed = 0n;
  for (const { role, operator } of pools.values()) {
    const { assets, unbondingAssets } = await StakeManager.poolOf(role, operator);
    owed += assets + unbondingAssets;
  }
  return owed;
}

/** Everybody has what it owes, and governance took nothing of others. */
export function moneyInvariants(before: Money, after: Money): Invariant[] {
  return [...after].flatMap(([name, { balance, owed }]) => {
    const had = before.get(name)?.balance ?? 0n;
    const solvent = {
      what: `${name} has what it owes, ${formatOpen(owed)} OPEN`,
      found: `${formatOpen(balance)} OPEN`,
      holds: balance >= owed,
    };
    const kept = {
      what: `${name} keeps its ${formatOpen(had)} OPEN`,
      found: `${formatOpen(balance)} OPEN`,
      holds: balance >= had,
    };
    return owed === 0n ? [kept] : [solvent, kept];
  });
}
