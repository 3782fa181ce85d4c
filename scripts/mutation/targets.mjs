// What is mutated: a contract that is deployed, the sources with its own logic, and the tests that judge it.
const sources = (folder, names) => names.map((name) => `contracts/${folder}/${name}.sol`);
const tests = (names) => names.map((name) => `test/${name}.test.ts`);

export const targets = {
  RewardDistributor: {
    contract: "contracts/rewards/RewardDistributor.sol",
    mutated: sources("rewards", ["RewardDistributor", "ScoreRoots", "PayoutProofs"]),
    tests: tests(["rewards/RewardDistributor", "rewards/claims"]),
  },
  StakeManager: {
    contract: "contracts/staking/StakeManager.sol",
    mutated: sources("staking", ["StakeManager", "StakePools", "OracleQuorum", "ShareMath", "QuorumVerifier"]),
    tests: tests(["staking/records", "staking/quorum", "staking/seats", "staking/StakeManager"]),
  },
  AttributionDisputes: {
    contract: "contracts/attribution/AttributionDisputes.sol",
    mutated: sources("attribution", [
      "Judgement",
      "TreeProofs",
      "IndexProofs",
      "EntryProofs",
      "ScoreProofs",
      "Evidence",
    ]),
    tests: tests(
      [
        "judgement",
        "refusals",
        "indexRefusals",
        "indexRefusals",
        "IndexDisputes",
        "AttributionDemands",
        "rootDemands",
        "AttributionDisputes",
      ].map((test) => `attribution/${test}`),
    ),
  },
};
