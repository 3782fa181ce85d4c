import { ethers } from "ethers";
import type { Entry } from "@openledger/protocol/trees/entriesTree.ts";
import type { ModelSettlement } from "@openledger/protocol/trees/modelsTree.ts";
import type { BuiltRoot, BuiltSettlement } from "./builtRoot.ts";
import type { Deployment } from "./deployDisputes.ts";

export const settlementEvidence = (built: BuiltRoot, i: number) => ({
  settlement: built.settlements[i]!.settlement,
  proof: built.models.proof(i),
});

export const scoreEvidence = ({ rows, tree }: BuiltSettlement, i: number) => ({
  leaf: { i, ...rows[i]! },
  proof: tree.proof(i),
});

export const accountEvidence = ({ payouts }: BuiltRoot, i: number) => ({
  payout: payouts.payout(i),
  index: i,
  proof: payouts.proof(i),
});

export const entryEvidence = (built: BuiltRoot, account: number, i: number) => ({
  account: accountEvidence(built, account),
  entry: built.accounts[account]!.entries[i]!,
  proof: built.accounts[account]!.tree.proof(i),
});

/** What one epoch paid for a contribution of its index. */
export function epochEvidence(built: BuiltRoot, i: number, contributionId: bigint) {
  const settled = built.settlements[i]!;
  const at = settled.rows.findIndex((row) => row.contributionId === contributionId);
  return { settlement: settlementEvidence(built, i), score: scoreEvidence(settled, at) };
}

/** Evidence for every epoch whose version holds the contribution and in which the account was its payee, as `disputeEarned` takes it. */
export async function epochsEvidence(
  { contributions, models }: Deployment,
  built: BuiltRoot,
  account: string,
  { modelId, contributionId }: Entry,
) {
  const evidence = [];
  if (contributionId > (await contributions.count())) return [];
  for (const [i, { settlement, index }] of built.settlements.entries()) {
    if (settlement.modelId !== modelId) continue;
    if (!index.rows.some((row) => row.contributionId === contributionId)) continue;
    if ((await contributions.payeeOf(contributionId, settlement.epoch)) !== ethers.getAddress(account)) continue;
    if (!(await models.inVersion(settlement.versionId, contributionId))) continue;
    if ((await contributions.contributionOf(contributionId)).kind !== 0n) continue;
    evidence.push(epochEvidence(built, i, contributionId));
  }
  return evidence;
}

export const scorePreimage = ({ rows }: BuiltSettlement, i: number) => {
  const { contributionId, score, weight } = rows[i]!;
  return ethers.solidityPacked(["uint32", "uint256", "int128", "uint128"], [i, contributionId, score, weight]);
};

export const entryPreimage = ({ modelId, contributionId, cumulative, earned }: Entry) =>
  ethers.solidityPacked(["uint256", "uint256", "uint128", "uint128"], [modelId, contributionId, cumulative, earned]);

export const settlementPreimage = (settlement: ModelSettlement) =>
  ethers.AbiCoder.defaultAbiCoder().encode(
    [
      "uint256",
      "uint64",
      "uint256",
      "bytes32",
      "bytes32",
      "bytes32",
      "uint256",
      "uint256",
      "bytes32",
      "uint32",
      "bool",
    ],
    [
      settlement.modelId,
      settlement.epoch,
      settlement.versionId,
      settlement.indexHash,
      settlement.queryHash,
      settlement.scoresRoot,
      settlement.totalWeight,
      settlement.pool,
      settlement.receiptsRoot,
      settlement.receiptCount,
      settlement.fallbackSplit,
    ],
  );
