import { basename } from "node:path";

const staking = (name: string) => `contracts/staking/${name}.sol`;
const attribution = (name: string) => `contracts/attribution/${name}.sol`;
const solidity = (test: string, finds: string) => ({ test: `test/${test}.t.sol`, finds });
const mocha = (contract: string, test: string, finds: string) => ({ contract, test: `test/${test}.test.ts`, finds });
const distributor = "contracts/rewards/RewardDistributor.sol";

/** What a contract once did, or would do without one line, and what must find it. */
export interface Fault {
  readonly file: string;
  /** What stands there, and what stood there. */
  readonly edit: readonly [now: string, before: string];
  readonly test: string;
  /** An invariant or a fuzz test of a Solidity file, or a part of the title of a mocha test. */
  readonly finds: string;
  /** What a mocha test runs on: it deploys the fault. */
  readonly contract?: string;
}

export const faults: Readonly<Record<string, Fault>> = {
  "a quorum is two thirds of whoever is left": {
    file: staking("OracleQuorum"),
    edit: ["Math.max(Math.max(_countedStake(), weight), p.quorumFloor)", "Math.max(weight, p.quorumFloor)"],
    ...solidity("staking/StakeManager", "invariant_AllOracleStakeCounts"),
  },
  "stake on its way out counts for nothing although it still signs": {
    file: staking("OracleQuorum"),
    edit: [
      "return _activeAssets + _leaving.latest() - _leaving.upperLookupRecent(_slashableUntil() - 1);",
      "return _activeAssets;",
    ],
    ...solidity("staking/StakeManager", "invariant_AllOracleStakeCounts"),
  },
  "jail takes the weight away": {
    file: staking("OracleQuorum"),
    edit: ["if (pool.dormant) return 0;", "if (pool.dormant || pool.jailedUntil != 0) return 0;"],
    ...solidity("staking/StakeManager", "invariant_AllOracleStakeCounts"),
  },
  "a slash does not reach stake on its way out": {
    file: staking("StakePools"),
    edit: ["unbonding = _portionUp(pool.unbondingAssets, bps);", "unbonding = 0;"],
    ...solidity("staking/StakeManager", "invariant_WhatSignedCanBeSlashed"),
  },
  "stake that has just come earns the running epoch": {
    file: staking("StakeRewards"),
    edit: ["position.shares = held;", "(position.shares, position.eligible) = (held, held);"],
    ...solidity("staking/StakeManager", "invariant_NoRewardIsPaidTwice"),
  },
  "silence is forgiven before the content is final": {
    file: staking("SlashEscrow"),
    edit: ["if (distributor.finalizedRoot().rootHash != content) revert EscrowNotFinal(content);", ""],
    ...solidity("staking/SlashEscrow", "invariant_NoMoreReturnsThanWasTakenAndNothingToALiar"),
  },
  "silence is forgiven without an answer": {
    file: staking("SlashEscrow"),
    edit: ["if (!demands.wasAnswered(answered)) revert EscrowNotAnswered(answered);", ""],
    ...solidity("staking/SlashEscrow", "invariant_NoMoreReturnsThanWasTakenAndNothingToALiar"),
  },
  "what returns goes to whoever is in the pool by then": {
    file: staking("SlashEscrow"),
    edit: [
      "rewards.sharesAt(operator, msg.sender, part.slash)",
      "stakes.sharesOf(IStakePools.Role.Oracle, operator, msg.sender)",
    ],
    ...solidity("staking/SlashEscrow", "invariant_NoMoreReturnsThanWasTakenAndNothingToALiar"),
  },
  "a root moves more than its signers could lose": {
    file: "contracts/rewards/ScoreRoots.sol",
    edit: ["cover < total - claimed ? claimed + cover : total", "total"],
    ...solidity("rewards/RewardDistributor", "invariant_NoRootMovesMoreThanItsSignersCouldHaveLost"),
  },
  "claims are not compared with the root's total": {
    file: distributor,
    edit: ["if (amount > left) amount = left;", ""],
    ...solidity("rewards/RewardDistributor", "invariant_ClaimedIsAtMostFinalizedIsAtMostFunded"),
  },
  "what is signed of a root binds no snapshot": {
    file: "contracts/rewards/ScoreRoots.sol",
    edit: ["mstore(add(free, 0x120), snapshotId)", "mstore(add(free, 0x120), 0)"],
    ...mocha(distributor, "attribution/replays", "end with their snapshot"),
  },
  "epochs without revenue have to be settled one by one": {
    file: "contracts/rewards/ScoreRoots.sol",
    edit: ["id = _epochs[uint64(settled)].next;", "id = settled + 1;"],
    ...mocha(distributor, "attribution/idleEpochs", "stop no settlement"),
  },
  "a final index is cancelled": {
    file: attribution("IndexRegistry"),
    edit: ["if (isFinal(versionId)) revert IndexAlreadyFinal(versionId);", ""],
    ...solidity("attribution/IndexRegistry", "invariant_AFinalIndexStaysAndAnEpochKeepsItsVersion"),
  },
  "an account that is worth nothing is no fault": {
    file: attribution("EntryProofs"),
    edit: ["_decideRoot(account.payout.cumulative == 0);", "_decideRoot(false);"],
    ...solidity("attribution/AttributionDisputes", "testFuzz_AnAccountOrEntryWorthNothingIsCancelled"),
  },
  "another model's version charges a bond": {
    file: attribution("HarmCharges"),
    edit: ["judge == 0 || judge != versionId", "judge == 0"],
    ...solidity("attribution/HarmCharges", "invariant_OnlyTheJudgeChargesOnlyHarmAndOnce"),
  },
  "an answer gives the fee of its demand back": {
    file: attribution("Bonds"),
    edit: ["token.safeTransfer(treasury, demand.fee);", "token.safeTransfer(msg.sender, demand.fee);"],
    ...solidity(
      "attribution/AttributionDemands",
      "invariant_OnlySilenceCostsStakeAndEveryBondIsHeldOrWithWhomItBelongsTo",
    ),
  },
  "a training that was done is refunded": {
    file: "contracts/training/TrainingFees.sol",
    edit: ["training.paid || amount == 0", "amount == 0"],
    ...solidity("training/TrainingFees", "invariant_EveryFeeIsEscrowedWithItsOperatorsOrBackWithItsPublisher"),
  },
  "a provider answers for what was not claimed": {
    file: "contracts/payments/ReceiptDisputes.sol",
    edit: ["point == 0 || point > claimed", "point == 0"],
    ...solidity("payments/ReceiptDisputes", "invariant_AnHonestProviderLosesNothing"),
  },
  "the owner's changes take effect before anybody can leave": {
    file: "contracts/access/ExitDelay.sol",
    edit: ["if (block.timestamp < at) revert ExitDelayNotOver(callHash, at);", ""],
    ...solidity("access/ExitDelay", "invariant_NothingChangesThatWasNotAnnouncedForSixtyDays"),
  },
};

/** A fault as a row of the table in docs/audit. */
export function rowOf(name: string): string {
  const { file, test, finds } = faults[name]!;
  return `| ${name} | ${basename(file, ".sol")} | ${test}: ${finds} |`;
}
