import { z } from "zod";
import type { HarmRule } from "../attribution/judge/harmRule.ts";
import { NotYetError } from "../common/errors.ts";
import type { Contribution } from "../store/protocolView.ts";
import type { Context } from "./context.ts";

const count = z.coerce.number().int();
const ruleSet = z.object({ rule: z.object({ toleranceBps: count, judges: count, fewestRows: count }) });

/**
 * The rule by which each contribution is found harmful: the one that stood when it was submitted. One that was set in the same block, or
 * later, is for others, as `AttributionPolicy.harmRuleAt` says. Equal rules are the same object.
 */
export async function harmRulesOf(
  { events, view }: Pick<Context, "events" | "view">,
  contributions: readonly Pick<Contribution, "contributionId" | "submissionId">[],
): Promise<(contributionId: bigint) => HarmRule> {
  const rules = await harmRules(events);
  const submittedAt = new Map((await view.submissions()).map((s) => [s.submissionId, s.submittedAt]));
  const ruleOf = new Map(
    contributions.map(({ contributionId, submissionId }) => {
      const at = submittedAt.get(submissionId)!;
      return [contributionId, rules.findLast(({ since }) => since < at)?.rule];
    }),
  );
  return (contributionId) => {
    const rule = ruleOf.get(contributionId);
    if (rule === undefined)
      throw new NotYetError("no rule of harm is scanned yet", { value: `contribution ${contributionId}` });
    return rule;
  };
}

/** Every rule that was ever set, ascending. */
async function harmRules(events: Context["events"]): Promise<{ since: number; rule: HarmRule }[]> {
  const known = new Map<string, HarmRule>();
  return (await events.find({ contract: "AttributionPolicy", name: "HarmRuleSet" })).map(({ args, timestamp }, i) => {
    const { rule } = ruleSet.parse(args);
    const key = JSON.stringify(rule);
    if (!known.has(key)) known.set(key, rule);
    // the first one stands from the beginning
    return { since: i === 0 ? -Infinity : timestamp, rule: known.get(key)! };
  });
}
