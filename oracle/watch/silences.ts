import { z } from "zod";
import { attestations } from "../jobs/indexEvents.ts";
import { postedRoots } from "../jobs/rootEvents.ts";
import type { ChainEvents } from "../store/chainEvents.ts";
import { indexSubject, readDemands, rootSubject } from "./demands.ts";

const ofDemand = z.object({ demandId: z.string() });

/** Demands that nobody answered, for which stake of the signers is held. */
async function heldSilences(events: ChainEvents): Promise<string[]> {
  const held = new Set<string>();
  for (const { name, args } of await events.find({
    contract: "SlashEscrow",
    name: ["Held", "Returned", "Forfeited"],
  })) {
    const { demandId } = ofDemand.parse(args);
    if (name === "Held") held.add(demandId);
    else held.delete(demandId);
  }
  return [...held];
}

/** What `SlashEscrow.giveBack` has to be told of a silence that an answer has mended. */
export interface Mended {
  readonly demandId: string;
  /** As the demand asked it. */
  readonly question: string;
  /** When the root was posted about which it was answered; of an index, the end of its challenge window. */
  readonly answeredOf: bigint;
}

/**
 * Silences whose question was answered about the same root or index when it was posted again, where that is final now: of roots the last final
 * one. Whether an index is final the chain alone knows, as demands can hold it up.
 */
export async function mendedSilences(events: ChainEvents): Promise<Mended[]> {
  const silences = await heldSilences(events);
  if (silences.length === 0) return [];
  const demands = await readDemands(events);
  const postings = await finalPostings(events);
  return silences.flatMap((demandId) => {
    const silent = demands.find((demand) => demand.demandId === demandId);
    const content = silent && postings.find((subjects) => subjects.has(silent.subject));
    if (silent === undefined || content === undefined) return [];
    const { question } = silent;
    const answered = demands.find(
      (demand) => demand.status === "answered" && demand.question === question && content.has(demand.subject),
    );
    return answered === undefined ? [] : [{ demandId, question, answeredOf: content.get(answered.subject)! }];
  });
}

/** For every root or index that may be final: when each of its postings was, or ended, by the subject that demands name. */
async function finalPostings(events: ChainEvents): Promise<Map<string, bigint>[]> {
  const roots = await postedRoots(events);
  const last = roots.findLast(({ status }) => status === "finalized");
  const same = roots.filter(({ rootHash }) => rootHash === last?.rootHash);
  const ofRoot = new Map(same.map(({ rootHash, postedAt }) => [rootSubject(rootHash, postedAt) as string, postedAt]));
  const indexes = new Map<string, Map<string, bigint>>();
  for (const { versionId, partsHash, challengeEnds } of await attestations(events)) {
    const content = `${versionId} ${partsHash}`;
    const ofIndex = indexes.get(content) ?? new Map<string, bigint>();
    indexes.set(content, ofIndex.set(indexSubject(versionId, partsHash, challengeEnds), challengeEnds));
  }
  return [ofRoot, ...indexes.values()];
}
