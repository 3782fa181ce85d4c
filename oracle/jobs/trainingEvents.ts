import { z } from "zod";
import type { ChainEvents } from "../store/chainEvents.ts";

const uint = z.coerce.bigint();
const escrowed = z.object({ fee: uint, snapshotId: uint, commitEnds: uint, revealEnds: uint });
const byOperator = z.object({ operator: z.string() });

const EVENTS = ["TrainingEscrowed", "TrainingCommitted", "TrainingRevealed", "TrainingClaimed"] as const;

/** The escrow of a version's training fee, and which operators took each step towards it. */
export interface EscrowedTraining extends z.output<typeof escrowed> {
  readonly committed: ReadonlySet<string>;
  readonly revealed: ReadonlySet<string>;
  readonly claimed: ReadonlySet<string>;
}

/** The training fee of a version as the stored events tell it; undefined where training is free. */
export async function escrowedTraining(events: ChainEvents, versionId: bigint): Promise<EscrowedTraining | undefined> {
  const found = await events.find({
    contract: "TrainingFees",
    name: [...EVENTS],
    where: { versionId: versionId.toString() },
  });
  const escrow = found.find(({ name }) => name === EVENTS[0]);
  if (escrow === undefined) return undefined;
  const [committed, revealed, claimed] = EVENTS.slice(1).map(
    (event) =>
      new Set(
        found.filter(({ name }) => name === event).map(({ args }) => byOperator.parse(args).operator.toLowerCase()),
      ),
  ) as [Set<string>, Set<string>, Set<string>];
  return { ...escrowed.parse(escrow.args), committed, revealed, claimed };
}

/** What an operator that trained a version can do next for its part of the fee, at this time. */
export function trainingStep(
  training: EscrowedTraining,
  operator: string,
  now: bigint,
): "commit" | "reveal" | "claim" | undefined {
  const own = operator.toLowerCase();
  const { committed, revealed, claimed, commitEnds, revealEnds } = training;
  if (now < commitEnds) return committed.has(own) ? undefined : "commit";
  if (now < revealEnds) return committed.has(own) && !revealed.has(own) ? "reveal" : undefined;
  return revealed.has(own) && !claimed.has(own) ? "claim" : undefined;
}
