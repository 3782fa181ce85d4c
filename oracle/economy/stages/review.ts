import { AbiCoder, hexlify, keccak256, toUtf8Bytes } from "ethers";
import { travelTo } from "../../chain/localNode.ts";
import type { Party } from "../cast/party.ts";
import { act, actUnlessDone, type Scene } from "../cast/scene.ts";
import type { Contributed } from "./contribute.ts";

/** Enough for a vote; to estimate each of hundreds is most of the work of sending it. */
const VOTE_GAS = 400_000n;

/** What the validators think of a submission: bit p is set when part p should be accepted. */
export interface Verdict {
  readonly submissionId: bigint;
  readonly approvedMask: bigint;
}

/** The votes of validators who find nothing wrong in what was submitted. */
export function approvals({ byParty, curated }: Contributed): Verdict[] {
  return [...[...byParty.values()].flat(), ...curated].map(({ submissionId, subjects }) => ({
    submissionId,
    approvedMask: (1n << BigInt(subjects.length)) - 1n,
  }));
}

/**
 * Commits, reveals and resolves the votes of all validators on all submissions. The commit and the reveal period are
 * waited out on the chain's clock.
 */
export async function review(scene: Scene, verdicts: readonly Verdict[]): Promise<void> {
  const { cast, contracts, provider } = scene;
  const { ContributionReview } = contracts;
  const pairs = cast.validators.flatMap((validator) => verdicts.map((verdict) => ({ validator, verdict })));
  // a resolved submission has no round any more: on a resumed state nothing is waited for
  const latest = async (time: "revealsFrom" | "endsAt") => {
    const rounds = await Promise.all(verdicts.map(({ submissionId }) => ContributionReview.roundOf(submissionId)));
    return rounds.reduce((last, round) => (round[time] > last ? round[time] : last), 0n);
  };

  await Promise.all(pairs.map(({ validator, verdict }) => commit(scene, validator, verdict)));
  await travelTo(provider, await latest("revealsFrom"));
  await Promise.all(pairs.map(({ validator, verdict }) => reveal(scene, validator, verdict)));
  await travelTo(provider, await latest("endsAt"));
  // every proposal is resolved by whoever has an interest in it; the Datanet's owner has one in all
  await Promise.all(
    verdicts.map(({ submissionId }) => {
      const call = {
        key: `resolve:${submissionId}`,
        kind: "resolve review",
        contract: ContributionReview,
        data: ContributionReview.interface.encodeFunctionData("resolve", [submissionId]),
      };
      const isResolved = async () => (await contracts.ContributionRegistry.submissionOf(submissionId)).resolved;
      return actUnlessDone(scene, cast.datanetOwner, call, isResolved);
    }),
  );
}

async function commit(scene: Scene, validator: Party, { submissionId, approvedMask }: Verdict): Promise<void> {
  const { ContributionReview } = scene.contracts;
  const commitment = keccak256(
    AbiCoder.defaultAbiCoder().encode(
      ["uint256", "address", "uint256", "bytes32"],
      [submissionId, validator.address, approvedMask, voteSalt(validator, submissionId)],
    ),
  );
  await act(validator, {
    key: `vote:${submissionId}:${validator.address}`,
    kind: "commit vote",
    contract: ContributionReview,
    data: ContributionReview.interface.encodeFunctionData("commit", [submissionId, commitment]),
    gasLimit: VOTE_GAS,
  });
}

async function reveal(scene: Scene, validator: Party, { submissionId, approvedMask }: Verdict): Promise<void> {
  const { ContributionReview } = scene.contracts;
  await act(validator, {
    key: `reveal:${submissionId}:${validator.address}`,
    kind: "reveal vote",
    contract: ContributionReview,
    data: ContributionReview.interface.encodeFunctionData("reveal", [
      submissionId,
      approvedMask,
      voteSalt(validator, submissionId),
    ]),
    gasLimit: VOTE_GAS,
  });
}

/** Known to the validator alone until it is revealed, and the same after a restart. */
function voteSalt(validator: Party, submissionId: bigint): string {
  return keccak256(`${validator.wallet.privateKey}${hexlify(toUtf8Bytes(`vote ${submissionId}`)).slice(2)}`);
}
