import { asAddress, asHash, fromHex, type Hash } from "@openledger/protocol/hex.ts";
import { keccak256, keccakText } from "@openledger/protocol/keccak.ts";
import { trainingCommitment } from "@openledger/protocol/registry/training.ts";
import type { LocalWallet } from "../../chain/wallet.ts";
import type { Context } from "../context.ts";
import { resultOf } from "../results.ts";
import type { Stage } from "../stage.ts";
import { escrowedTraining, trainingStep } from "../trainingEvents.ts";

/**
 * Stage `earnTraining`, subject a versionId: commits to the weights that this operator's own training gave, reveals them when
 * nobody can commit any more, and claims its part of the training fee, whatever it found.
 */
export function earnTrainingStage(context: Context): Stage {
  const { contracts, deployment, events, key } = context;
  return {
    name: "earnTraining",
    run: async (subject) => {
      const versionId = BigInt(subject);
      const training = await escrowedTraining(events, versionId);
      if (training === undefined || key === undefined) return;
      const operator = asAddress(key.wallet.address);
      const now = BigInt((await events.head())?.timestamp ?? 0);
      const step = trainingStep(training, operator, now);
      if (step === undefined) return;
      const { weightsHash } = await resultOf(context, "train", subject);
      const { interface: abi } = contracts.TrainingFees;
      const send = (data: string) =>
        key.sender.send({
          key: `${step}Training:${subject}`,
          kind: `${step} training`,
          to: deployment.addresses.TrainingFees,
          data,
        });
      const digest = asHash(weightsHash);
      const salt = saltOf(key.wallet, subject);
      if (step === "commit") {
        await send(abi.encodeFunctionData("commit", [versionId, trainingCommitment(digest, salt, operator)]));
      } else if (step === "reveal") {
        const member = await memberOf(context, training.snapshotId, operator);
        if (member !== undefined) await send(abi.encodeFunctionData("reveal", [versionId, member, digest, salt]));
      } else {
        await send(abi.encodeFunctionData("claim", [versionId, operator]));
      }
    },
  };
}

/** The operator's place in a quorum; undefined for one that is no member. */
async function memberOf(
  { contracts: { StakeManager } }: Context,
  snapshotId: bigint,
  operator: string,
): Promise<number | undefined> {
  const [members] = await StakeManager.quorumOf(snapshotId);
  for (let place = 0; place < members.length; place++) {
    if (asAddress(await StakeManager.operatorAt(snapshotId, place)) === operator) return place;
  }
  return undefined;
}

/** Known to the key's holder alone, and the same after a restart. */
function saltOf({ signingKey }: LocalWallet, subject: string): Hash {
  const { serialized } = signingKey.sign(keccakText(`openledger training salt ${subject}`));
  return keccak256(fromHex(serialized));
}
