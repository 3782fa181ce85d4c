import { memberOf, type QuorumSnapshot } from "@openledger/protocol/quorum/members.ts";
import type { Contracts } from "../chain/contracts.ts";
import { NotYetError } from "../common/errors.ts";
import type { SigningSnapshot } from "./gather.ts";

/** The latest snapshot of the operators' stake. @throws NotYetError before the first one */
export async function latestQuorum(staking: Contracts["StakeManager"]): Promise<SigningSnapshot> {
  const snapshotId = await staking.latestSnapshot();
  if (snapshotId === 0n) {
    throw new NotYetError("there is no quorum snapshot", {
      remedy:
        "Anyone may take one: StakeManager.snapshotQuorum(), once the operators' stake has been active for the delay.",
    });
  }
  const [words, denominator] = await staking.quorumOf(snapshotId);
  const { minSigners } = await staking.parameters();
  return { snapshotId, members: words.map(memberOf), denominator, minSigners: Number(minSigners) };
}

/** The snapshot that counted at this time, undefined where there was none. @param time of the chain, unix seconds */
export async function quorumAt(staking: Contracts["StakeManager"], time: bigint): Promise<QuorumSnapshot | undefined> {
  for (let snapshotId = await staking.latestSnapshot(); snapshotId > 0n; snapshotId--) {
    const [words, denominator, takenAt] = await staking.quorumOf(snapshotId);
    if (takenAt <= time) return { snapshotId, members: words.map(memberOf), denominator };
  }
  return undefined;
}
