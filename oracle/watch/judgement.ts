import { z } from "zod";
import type { Context } from "../jobs/context.ts";
import type { Difference } from "../settlement/difference.ts";
import { act } from "./act.ts";
import type { RemedyCall } from "./calls.ts";

/** What the watchtower found about one posting of a root or one attestation of an index. */
export const judgementSchema = z.object({
  verdict: z.enum(["agrees", "wrong", "undecidable"]),
  /** The first difference, for people. */
  difference: z.string().optional(),
  method: z.string().optional(),
  /** Hash of the transaction; absent in a dry run. */
  transaction: z.string().optional(),
});

/** Name under which judgements are stored; by it they are never passed twice. */
export const JUDGEMENT = "judgement";

/** Acts on what was found about `subject`, and stores it. */
export async function passJudgement(
  context: Context,
  subject: string,
  found: {
    readonly agrees: boolean;
    readonly difference: Difference | undefined;
    readonly remedy: RemedyCall | undefined;
    /** What a demand would be about. */
    readonly demandSubject: string;
  },
): Promise<void> {
  const { results, log, metrics } = context;
  const { agrees, difference, remedy } = found;
  if (agrees) {
    log.info({ subject }, "agrees with what was computed here");
    await results.write(JUDGEMENT, subject, { verdict: "agrees" });
    return;
  }
  metrics.disagreements.inc({ subject: subject.slice(0, subject.indexOf("-")) });
  const where = difference && describe(difference);
  if (remedy === undefined) {
    log.error(
      { subject, difference: where },
      "differs from what was computed here, and nothing on the chain decides it",
    );
    await results.write(JUDGEMENT, subject, { verdict: "undecidable", difference: where });
    return;
  }
  log.error({ subject, difference: where, method: remedy.method }, "is wrong");
  const transaction = await act(context, `watch:${subject}`, remedy, found.demandSubject);
  await results.write(JUDGEMENT, subject, { verdict: "wrong", difference: where, method: remedy.method, transaction });
}

function describe({ tree, place, field, ours, theirs }: Difference): string {
  const where = Object.entries(place).map(([name, value]) => `${name} ${value}`);
  return `${[tree, ...where].join(", ")}: ${field} is ${theirs}, computed here ${ours}`;
}
