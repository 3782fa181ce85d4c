import { fileName } from "@openledger/protocol/quorum/availability.ts";
import { keccak256 } from "@openledger/protocol/keccak.ts";
import { memberOf } from "@openledger/protocol/quorum/members.ts";
import { AbiCoder, getBytes, Signature } from "ethers";
import type { Context } from "../jobs/context.ts";
import type { Task } from "../jobs/plan.ts";
import type { Stage } from "../jobs/stage.ts";
import type { Contradiction } from "../store/availabilityVotes.ts";
import { act } from "./act.ts";

const STAGE = "watch-votes";
/** How long after its snapshot can be signed under the last dispute about it can end: `MAX_DISPUTE_PERIOD` of the contracts. */
const MAX_DISPUTE_PERIOD = 14n * 86_400n;

/** Keys that said both that they have a file and that they lack it, and were not dealt with yet. */
export async function contradictionPlan({ votes, results }: Pick<Context, "votes" | "results">): Promise<Task[]> {
  const tasks: Task[] = [];
  for (const contradiction of await votes.contradictions()) {
    const name = nameOf(contradiction);
    if (!(await results.has(STAGE, name))) tasks.push([STAGE, name]);
  }
  return tasks;
}

/** Stage `watch votes`: proves that a key contradicted itself, which costs its operator stake, unless somebody else has. */
export function contradictionStage(context: Context): Stage {
  const { votes, contracts, log } = context;
  return {
    name: STAGE,
    run: async (name) => {
      const found = (await votes.contradictions()).find((contradiction) => nameOf(contradiction) === name);
      if (found === undefined) return undefined;
      const { have, lack } = found;
      const file = { modelId: have.modelId, epoch: have.epoch, commitment: have.commitment };
      const operator = await contracts.StakeManager.operatorOf(have.signer);
      if (await contracts.AvailabilityFaults.isProven(operator, hashOf(file))) return { verdict: "proven before" };
      const place = await placeOf(context, have.signer);
      if (place === undefined) {
        log.warn(
          { signer: have.signer, file: name },
          "a key contradicted itself that is a member of no quorum any more",
        );
        return { verdict: "too late" };
      }
      const [saidHave, saidLack] = [have, lack].map(({ signature }) => compact(signature));
      const args = [place.snapshotId, place.member, file, saidHave, saidLack];
      const call = { contract: "AvailabilityFaults", method: "proveEquivocation", args } as const;
      return { verdict: "wrong", calls: [await act(context, name, call, 0n)] };
    },
  };
}

function nameOf({ have }: Contradiction): string {
  return `votes-${fileName(have)}-${have.signer}`;
}

/** keccak256(abi.encode(File)), as the contract names a file. */
function hashOf({
  modelId,
  epoch,
  commitment,
}: Pick<Contradiction["have"], "modelId" | "epoch" | "commitment">): string {
  const encoded = AbiCoder.defaultAbiCoder().encode(["uint256", "uint64", "bytes32"], [modelId, epoch, commitment]);
  return keccak256(getBytes(encoded));
}

/** The latest quorum in which the key was a member, while what was signed under it can be punished. */
async function placeOf(
  { contracts: { StakeManager }, events }: Pick<Context, "contracts" | "events">,
  signer: string,
): Promise<{ readonly snapshotId: bigint; readonly member: number } | undefined> {
  const now = BigInt((await events.head())?.timestamp ?? 0);
  const { snapshotLifetime } = await StakeManager.parameters();
  for (let snapshotId = await StakeManager.latestSnapshot(); snapshotId > 0n; snapshotId--) {
    const { members, takenAt } = await StakeManager.quorumOf(snapshotId);
    if (now >= takenAt + snapshotLifetime + MAX_DISPUTE_PERIOD) return undefined;
    const member = members.findIndex((word) => memberOf(word).signer === signer);
    if (member >= 0) return { snapshotId, member };
  }
  return undefined;
}

function compact(signature: string): { readonly r: string; readonly vs: string } {
  const { r, yParityAndS } = Signature.from(signature);
  return { r, vs: yParityAndS };
}
