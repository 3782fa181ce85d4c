import { join } from "node:path";
import { accountRoutes } from "../api/routes/accounts.ts";
import { availabilityRoutes } from "../api/routes/availability.ts";
import { contentRoutes } from "../api/routes/content.ts";
import { contributionRoutes } from "../api/routes/contributions.ts";
import { datanetRoutes } from "../api/routes/datanets.ts";
import { cardRoutes } from "../api/routes/card.ts";
import { modelRoutes } from "../api/routes/models.ts";
import { receiptRoutes } from "../api/routes/receipts.ts";
import { rootRoutes } from "../api/routes/roots.ts";
import { orderRoutes } from "../api/routes/orders.ts";
import { signatureRoutes } from "../api/routes/signatures.ts";
import { statusRoutes } from "../api/routes/status.ts";
import { order as orderSchema } from "../api/schemas.ts";
import { startApi } from "../api/server.ts";
import { createLogger } from "../common/logger.ts";
import { createShutdown, terminationRequested } from "../common/shutdown.ts";
import { loadConfig } from "../config/load.ts";
import { createOrderBook } from "../jobs/orderBook.ts";
import { createReceiptExplainer } from "../jobs/explainReceipts.ts";
import { requireFaithfulNumerics } from "../jobs/faithfulNumerics.ts";
import { openContext } from "../jobs/openContext.ts";
import { operatorStages } from "../jobs/operator.ts";
import { plan } from "../jobs/plan.ts";
import { createOrders } from "../store/orders.ts";
import { createPayoutFiles } from "../jobs/payoutFiles.ts";
import { createSettledRoots } from "../jobs/settledRoots.ts";
import { startWorker } from "../jobs/worker.ts";
import { answerPlan, answerStage } from "../watch/answers.ts";
import { giveBackPlan, giveBackStage } from "../watch/giveBack.ts";
import { addDormancyCommands } from "./dormancy.ts";
import { addHeldCommand } from "./heldStake.ts";
import { addStatusCommand } from "./operatorStatus.ts";
import type { AddCommand } from "./program.ts";
import { addStakeCommands } from "./stake.ts";

/** `openledger operator`: one oracle operator, until it is asked to end. */
export const operatorCommand: AddCommand = (program) => {
  const operator = program
    .command("operator")
    .description("run an oracle operator: recompute, sign and post; without a key it only computes and compares");
  addStakeCommands(program, operator);
  addDormancyCommands(program, operator);
  addStatusCommand(program, operator);
  addHeldCommand(program, operator);
  operator.action(async () => {
    const config = loadConfig(process.env);
    const log = createLogger({ level: config.LOG_LEVEL, bindings: { role: "operator" } });
    const shutdown = createShutdown((problem) => log.warn(problem));
    const termination = terminationRequested();
    try {
      await requireFaithfulNumerics();
      const opened = await openContext(config, log, shutdown);
      const { context } = opened;
      const self = context.key?.wallet.address;
      const { events, view } = context;
      const roots = createSettledRoots(context);
      const payouts = createPayoutFiles(join(opened.directory, "payouts"), events, roots);
      shutdown.onClose("payouts", () => payouts.close());
      const api = await startApi({
        title: "OpenLedger operator",
        host: config.OPENLEDGER_API_HOST,
        port: config.OPENLEDGER_API_PORT,
        trustedProxies: config.OPENLEDGER_TRUSTED_PROXIES,
        rate: config.OPENLEDGER_API_RATE,
        log,
        metrics: context.metrics,
        routes: [
          contentRoutes(context.content),
          statusRoutes(context),
          accountRoutes(payouts, roots, context),
          contributionRoutes(view, roots),
          datanetRoutes(events, view),
          modelRoutes(context),
          cardRoutes(context),
          rootRoutes(context),
          receiptRoutes(roots, createReceiptExplainer(context)),
          availabilityRoutes(context.votes),
          orderRoutes(createOrderBook(context, createOrders(opened.db), (stored) => orderSchema.parse(stored))),
          ...(self === undefined ? [] : [signatureRoutes(context.signatures, self)]),
        ],
      });
      shutdown.onClose("API", () => api.close());
      await startWorker({
        name: `operator-${self ?? "watching"}`,
        opened,
        shutdown,
        stages: (working) => [...operatorStages(working), answerStage(working), giveBackStage(working)],
        plan: async (working) => [
          ...(await answerPlan(working)),
          ...(await giveBackPlan(working)),
          ...(await plan(working)),
        ],
      });
      log.info({ api: api.url, operator: self ?? "none: dry run" }, "operator is running");
      await Promise.race([termination, opened.db.stopped]);
    } finally {
      await shutdown.close();
    }
  });
};
