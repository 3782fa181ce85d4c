import { contentRoutes } from "../api/routes/content.ts";
import { type AddRoutes, startApi } from "../api/server.ts";
import { requireWallet } from "../chain/wallet.ts";
import { messageOf } from "../common/errors.ts";
import { createLogger } from "../common/logger.ts";
import { createShutdown, type Shutdown, terminationRequested } from "../common/shutdown.ts";
import { loadConfig } from "../config/load.ts";
import { createGateway } from "../gateway/gateway.ts";
import { gatewayRoutes } from "../gateway/gatewayRoutes.ts";
import type { ServedAgent, ServedModels } from "../gateway/servedModels.ts";
import { type OpenedContext, openContext } from "../jobs/openContext.ts";
import { planClaims } from "../jobs/planClaims.ts";
import { planProvider } from "../jobs/planProvider.ts";
import { PLAN_AGE_MS } from "../jobs/planTimes.ts";
import { answerReceiptDemandStage } from "../jobs/stages/answerReceiptDemand.ts";
import { claimVouchersStage } from "../jobs/stages/claimVouchers.ts";
import { commitReceiptsStage } from "../jobs/stages/commitReceipts.ts";
import { startWorker } from "../jobs/worker.ts";
import { createChannels } from "../store/channels.ts";
import { createInferences } from "../store/inferences.ts";
import { createStatements } from "../store/statements.ts";
import type { AddCommand } from "./program.ts";

/** `openledger provider`: serves paid inference and publishes its receipts, until it is asked to end. */
export const providerCommand: AddCommand = (program) => {
  program
    .command("provider")
    .description("serve paid inference for the models whose provider your key is")
    .action(() => serveInference("provider"));
};

/** An agent that a process serves, and what it answers beside inference. */
export interface AgentAtWork {
  readonly served: ServedAgent;
  routes(models: ServedModels): AddRoutes;
}

/** Serves what the key is the provider of, and the agent that acts with it, until the process is asked to end. */
export async function serveInference(
  role: "provider" | "agent",
  open?: (opened: OpenedContext, shutdown: Shutdown) => Promise<AgentAtWork>,
): Promise<void> {
  const config = loadConfig(process.env);
  await requireWallet(config);
  const log = createLogger({ level: config.LOG_LEVEL, bindings: { role } });
  const shutdown = createShutdown((problem) => log.warn(problem));
  const termination = terminationRequested();
  try {
    const opened = await openContext(config, log, shutdown);
    const { context, db } = opened;
    const inferences = createInferences(db);
    const channels = createChannels(db);
    const statements = createStatements(db);
    const agent = await open?.(opened, shutdown);
    const gateway = await createGateway(context, inferences, context.key!, agent?.served);
    const stages = () => [
      commitReceiptsStage(context, { inferences, statements }),
      claimVouchersStage(context, channels),
      answerReceiptDemandStage(context, { channels, inferences }),
    ];
    await startWorker({
      name: `${role}-${context.key!.wallet.address}`,
      opened,
      shutdown,
      stages,
      plan: async () => [...(await planProvider(context)), ...(await planClaims(context, channels))],
      // vouchers become due with time alone, whatever the chain does
      planAgeMs: Math.min(PLAN_AGE_MS, config.OPENLEDGER_CLAIM_AGE_S * 1_000),
    });
    const api = await startApi({
      title: `OpenLedger ${role}`,
      host: config.OPENLEDGER_API_HOST,
      port: config.OPENLEDGER_API_PORT,
      trustedProxies: config.OPENLEDGER_TRUSTED_PROXIES,
      rate: config.OPENLEDGER_API_RATE,
      log,
      metrics: context.metrics,
      routes: [
        contentRoutes(context.content),
        await gatewayRoutes(context, gateway, { inferences, channels, statements }, context.key!),
        ...(agent === undefined ? [] : [agent.routes(gateway.models)]),
      ],
    });
    shutdown.onClose("API", () => api.close());
    // beside what is asked now: what waits for the chain does not keep others from being served
    gateway.resume().then(
      (resumed) => log.info({ inferences: resumed }, "finished what was accepted before"),
      (error: unknown) => log.error({ err: error }, `what was accepted before was not finished: ${messageOf(error)}`),
    );
    log.info({ api: api.url, provider: context.key!.wallet.address }, `${role} is running`);
    await Promise.race([termination, opened.db.stopped]);
  } finally {
    await shutdown.close();
  }
}
