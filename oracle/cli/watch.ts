import { DisagreementError, NotYetError } from "../common/errors.ts";
import { createLogger } from "../common/logger.ts";
import { createShutdown, terminationRequested } from "../common/shutdown.ts";
import type { Context } from "../jobs/context.ts";
import { requireFaithfulNumerics } from "../jobs/faithfulNumerics.ts";
import { openContext } from "../jobs/openContext.ts";
import { startWorker } from "../jobs/worker.ts";
import { answerPlan, answerStage } from "../watch/answers.ts";
import { type Findings, watchOnce } from "../watch/once.ts";
import { watchPlan, watchStages } from "../watch/watch.ts";
import { createOutput } from "./output.ts";
import type { AddCommand } from "./program.ts";
import { addChainOptions, addStateOption, type ChainOptions, configOf } from "./session.ts";

interface WatchOptions extends ChainOptions {
  readonly answer: boolean;
  readonly once: boolean;
}

/** `openledger watch`: a machine without stake that challenges what it finds wrong, until it is asked to end. */
export const watchCommand: AddCommand = (program) => {
  addStateOption(addChainOptions(program.command("watch")))
    .description("recompute every posted index and root and challenge what is wrong; without a key only say so")
    .option("--answer", "also answer demands about what was computed here to the same bits", false)
    .option(
      "--once",
      "look once and end: status 0 when everything that is pending agrees, 76 when something is wrong",
      false,
    )
    .action(async (options: WatchOptions) => {
      const config = configOf(options);
      const log = createLogger({ level: config.LOG_LEVEL, bindings: { role: "watchtower" } });
      const shutdown = createShutdown((problem) => log.warn(problem));
      // one look has nothing to finish: a signal ends it at once
      const termination = options.once ? undefined : terminationRequested();
      const stages = (context: Context) => [...watchStages(context), ...(options.answer ? [answerStage(context)] : [])];
      const plan = async (context: Context) => [
        ...(options.answer ? await answerPlan(context) : []),
        ...(await watchPlan(context)),
      ];
      try {
        await requireFaithfulNumerics();
        const opened = await openContext(config, log, shutdown);
        const { context } = opened;
        const challenger = context.key?.wallet.address;
        if (options.once) {
          await context.key?.sender.resume();
          const found = await watchOnce(context, stages(context), plan);
          createOutput(program.opts<{ json: boolean }>().json).result(found, render);
          requireAgreement(found);
          return;
        }
        await startWorker({ name: `watchtower-${challenger ?? "dry"}`, opened, shutdown, stages, plan });
        log.info({ challenger: challenger ?? "none: dry run", operators: config.OPENLEDGER_PEERS }, "watching");
        await Promise.race([termination, opened.db.stopped]);
      } finally {
        await shutdown.close();
      }
    });
};

/** @throws DisagreementError when something is wrong; NotYetError when something could not be judged */
function requireAgreement({ judgements, open }: Findings): void {
  const wrong = judgements.filter(({ verdict }) => verdict !== "agrees");
  if (wrong.length > 0) {
    throw new DisagreementError("what was posted is not what was computed here", {
      value: wrong.map(({ subject }) => subject).join(", "),
      remedy: "Give a key with --keystore, so that it is challenged; what nothing on the chain decides is for people.",
    });
  }
  if (open.length === 0) return;
  throw new NotYetError("not everything that is pending could be judged", {
    value: open.join(", "),
    remedy: "See the log for what is missing, and look again later.",
  });
}

function render({ judgements, open }: Findings): string {
  if (judgements.length + open.length === 0) return "Nothing is pending.";
  const lines = judgements.flatMap(({ subject, verdict, difference, calls = [] }) => [
    `${subject}: ${verdict}${difference === undefined ? "" : `: ${difference}`}`,
    ...calls.map(({ method, to, data, gas, bond, transaction }) =>
      transaction === undefined
        ? `  would send ${method} to ${to}, ${gas ?? "unknown"} gas, bond ${bond} wei\n    ${data}`
        : `  sent ${method}: ${transaction}`,
    ),
  ]);
  return [...lines, ...open.map((subject) => `${subject}: not judged yet`)].join("\n");
}
