import { createLogger } from "../common/logger.ts";
import { DisagreementError, isRetryable, messageOf } from "../common/errors.ts";
import { printable } from "../common/printable.ts";
import { createShutdown } from "../common/shutdown.ts";
import type { Context } from "../jobs/context.ts";
import { requireFaithfulNumerics } from "../jobs/faithfulNumerics.ts";
import { openContext } from "../jobs/openContext.ts";
import { operatorStages } from "../jobs/operator.ts";
import { plan } from "../jobs/plan.ts";
import { findResult } from "../jobs/results.ts";
import { runStage } from "../jobs/stage.ts";
import { scanStage } from "../jobs/stages/scan.ts";
import { createOutput, table } from "./output.ts";
import type { AddCommand } from "./program.ts";
import { addChainOptions, type ChainOptions, configOf } from "./session.ts";

/** What came of one stage. */
interface Outcome {
  readonly stage: string;
  readonly subject: string;
  readonly state: "done" | "waiting" | "failed";
  readonly detail: string;
}

/** `openledger settle`: an operator's work once, as far as it can be done now. */
export const settleCommand: AddCommand = (program) => {
  addChainOptions(program.command("settle"))
    .description("compute every index and root that is due, once; with a key also sign and post, without one compare")
    .action(async (options: ChainOptions) => {
      const config = configOf(options);
      const output = createOutput(program.opts<{ json: boolean }>().json);
      const shutdown = createShutdown((problem) => output.say(`warning: ${problem}`));
      const log = createLogger({ level: config.LOG_LEVEL === "info" ? "warn" : config.LOG_LEVEL });
      try {
        await requireFaithfulNumerics();
        const { context } = await openContext(config, log, shutdown);
        await context.key?.sender.resume();
        const outcomes = await workOnce(context, (outcome) => {
          output.say(
            printable(
              `${outcome.state.padEnd(8)} ${outcome.stage} ${outcome.subject}${outcome.detail && `: ${outcome.detail}`}`,
            ),
          );
        });
        const roots = await ownRoots(context);
        output.result({ dryRun: context.key === undefined, stages: outcomes, roots }, () =>
          roots.length === 0
            ? "No root is due: no closed epoch has a funded pool."
            : `\n${table(roots, [
                { title: "epochs", value: ({ epochs }) => epochs },
                { title: "root", value: ({ rootHash }) => rootHash },
                { title: "bundle", value: ({ bundle }) => bundle },
              ])}`,
        );
        const failed = outcomes.filter(({ state }) => state === "failed");
        if (failed.length > 0) {
          throw new DisagreementError(`${failed.length} stages failed`, {
            value: failed.map(({ stage, subject, detail }) => `${stage} ${subject}: ${detail}`).join("; "),
            remedy: "What differs can be disputed while it is pending: npx openledger verify latest.",
          });
        }
      } finally {
        await shutdown.close();
      }
    });
};

/** Runs what can be done until nothing new becomes possible; no stage succeeds twice for a subject. */
export async function workOnce(context: Context, onOutcome: (outcome: Outcome) => void): Promise<Outcome[]> {
  const scan = scanStage(context);
  const stages = new Map(operatorStages(context).map((stage) => [stage.name, stage]));
  const outcomes = new Map<string, Outcome>();
  for (let progress = true; progress;) {
    progress = false;
    await scan.run("chain");
    const fork = await context.results.fork();
    for (const [name, subject] of await plan(context)) {
      const key = `${name} ${subject}`;
      const before = outcomes.get(key)?.state;
      if (before === "done" || before === "failed") continue;
      const outcome = await attempt(name, subject, () => runStage(context.results, stages.get(name)!, subject, fork));
      if (outcome.state !== before) onOutcome(outcome);
      progress ||= outcome.state === "done";
      outcomes.set(key, outcome);
    }
  }
  return [...outcomes.values()];
}

async function attempt(stage: string, subject: string, run: () => Promise<void>): Promise<Outcome> {
  try {
    await run();
    return { stage, subject, state: "done", detail: "" };
  } catch (error) {
    return { stage, subject, state: isRetryable(error) ? "waiting" : "failed", detail: messageOf(error) };
  }
}

async function ownRoots(context: Context): Promise<{ epochs: string; rootHash: string; bundle: string }[]> {
  const roots = [];
  for (const epochs of await context.results.subjects("settle")) {
    const own = await findResult(context, "settle", epochs);
    if (own !== undefined) roots.push({ epochs, rootHash: own.rootHash, bundle: own.bundle });
  }
  return roots;
}
