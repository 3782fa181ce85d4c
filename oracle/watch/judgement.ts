import { z } from "zod";
import type { Context } from "../jobs/context.ts";
import type { Difference } from "../settlement/difference.ts";
import { act, type ActedCall, actedCallSchema } from "./act.ts";
import type { RemedyCall } from "./calls.ts";

/** What the watchtower found about one posting of a root or one attestation of an index. */
export const judgementSchema = z.object({
  verdict: z.enum(["agrees", "wrong", "undecidable"]),
  /** The first difference, for people. */
  difference: z.string().optional(),
  /** The proof, or the demands, that it calls for. */
  calls: z.array(actedCallSchema).optional(),
});

export type Judgement = z.output<typeof judgementSchema>;

/** Demands that are open at one time: what they cost together is what a watchtower has to have. */
const MOST_DEMANDS = 64;

/** Name of the judgement about a subject after so many answers: each may show what the next step needs. */
export function judgementOf(subject: string, answers: number): string {
  return answers === 0 ? subject : `${subject}+${answers}`;
}

/** The subject of a judgement, and how many answers it rests on. */
export function subjectOf(judgement: string): readonly [subject: string, answers: number] {
  const [subject, answers = "0"] = judgement.split("+");
  return [subject!, Number(answers)];
}

/**
 * Acts on what was found about a subject, and returns it. Of several demands as many are sent as were answered so far: one
 * first, which mostly is enough, then more, so that a long search ends in time.
 */
export async function passJudgement(
  context: Context,
  judgement: string,
  found: {
    readonly agrees: boolean;
    readonly difference: Difference | undefined;
    readonly remedies: readonly RemedyCall[];
    /** What a demand would be about. */
    readonly versionId: bigint;
  },
): Promise<Judgement> {
  const { log, metrics } = context;
  const [subject, answers] = subjectOf(judgement);
  if (found.agrees) {
    log.info({ subject }, "agrees with what was computed here");
    return { verdict: "agrees" };
  }
  if (answers === 0) metrics.disagreements.inc({ subject: subject.slice(0, subject.indexOf("-")) });
  const difference = found.difference && describe(found.difference);
  const calls = found.remedies.slice(0, Math.min(Math.max(1, answers), MOST_DEMANDS));
  const method = calls[0]?.method;
  if (method === undefined) {
    log.error({ subject, difference }, "differs from what was computed here, and nothing on the chain decides it");
    return { verdict: "undecidable", difference };
  }
  log.error({ subject, difference, method, calls: calls.length, answers }, "is wrong");
  const acted: ActedCall[] = [];
  for (const call of calls) acted.push(await act(context, subject, call, found.versionId));
  return { verdict: "wrong", difference, calls: acted };
}

function describe({ tree, place, field, ours, theirs }: Difference): string {
  const where = Object.entries(place).map(([name, value]) => `${name} ${value}`);
  return `${[tree, ...where].join(", ")}: ${field} is ${theirs}, computed here ${ours}`;
}
