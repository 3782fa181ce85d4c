import { createLogger } from "../common/logger.ts";
import { createShutdown, terminationRequested } from "../common/shutdown.ts";
import { requireFaithfulNumerics } from "../jobs/faithfulNumerics.ts";
import { openContext } from "../jobs/openContext.ts";
import { startWorker } from "../jobs/worker.ts";
import { answerPlan, answerStage } from "../watch/answers.ts";
import { watchPlan, watchStages } from "../watch/watch.ts";
import type { AddCommand } from "./program.ts";
import { addChainOptions, addStateOption, type ChainOptions, configOf } from "./session.ts";

interface WatchOptions extends ChainOptions {
  readonly answer: boolean;
}

/** `openledger watch`: a machine without stake that challenges what it finds wrong, until it is asked to end. */
export const watchCommand: AddCommand = (program) => {
  addStateOption(addChainOptions(program.command("watch")))
    .description("recompute every posted index and root and challenge what is wrong; without a key only say so")
    .option("--answer", "also answer demands about what was computed here to the same bits", false)
    .action(async (options: WatchOptions) => {
      const config = configOf(options);
      const log = createLogger({ level: config.LOG_LEVEL, bindings: { role: "watchtower" } });
      const shutdown = createShutdown((problem) => log.warn(problem));
      const termination = terminationRequested();
      try {
        requireFaithfulNumerics();
        const opened = await openContext(config, log, shutdown);
        const challenger = opened.context.key?.wallet.address;
        await startWorker({
          name: `watchtower-${challenger ?? "dry"}`,
          opened,
          shutdown,
          stages: (context) => [...watchStages(context), ...(options.answer ? [answerStage(context)] : [])],
          plan: async (context) => [
            ...(options.answer ? await answerPlan(context) : []),
            ...(await watchPlan(context)),
          ],
        });
        log.info({ challenger: challenger ?? "none: dry run", operators: config.OPENLEDGER_PEERS }, "watching");
        await termination;
      } finally {
        await shutdown.close();
      }
    });
};
