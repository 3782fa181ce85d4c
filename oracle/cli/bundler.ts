import { startApi } from "../api/server.ts";
import { createSender } from "../chain/send.ts";
import { createTransientMemory } from "../chain/transientMemory.ts";
import { isDevelopmentChain } from "../chain/wallet.ts";
import { createLogger } from "../common/logger.ts";
import { createMetrics } from "../common/metrics.ts";
import { createShutdown, terminationRequested } from "../common/shutdown.ts";
import { createBundler } from "../gas/bundler.ts";
import { bundlerRoutes } from "../gas/bundlerRoutes.ts";
import { isSimulated } from "../gas/delegation.ts";
import { parsePort } from "./parse.ts";
import type { AddCommand } from "./program.ts";
import { addChainOptions, type ChainOptions, requireKey, type Session, withSession, WEI_PER_GWEI } from "./session.ts";

interface BundlerOptions extends ChainOptions {
  readonly port: number;
}

const DEFAULT_PORT = 8_095;

/** `openledger bundler`: puts operations whose gas is paid in OPEN on the chain. */
export const bundlerCommand: AddCommand = (program) => {
  addChainOptions(program.command("bundler"))
    .description("include what others pay for in OPEN: lays out ETH, which the paymaster gives back; loopback")
    .option("--port <port>", "loopback port", parsePort, DEFAULT_PORT)
    .action((options: BundlerOptions) => withSession(program, options, (session) => serve(session, options)));
};

async function serve(session: Session, { port }: BundlerOptions): Promise<void> {
  const { config, contracts, deployment, provider, output } = session;
  const wallet = requireKey(session, "a bundler");
  const log = createLogger({ level: config.LOG_LEVEL, bindings: { role: "bundler" } });
  const chainId = BigInt(deployment.chainId);
  const sender = createSender({
    provider,
    wallet,
    memory: createTransientMemory(),
    chainId: deployment.chainId,
    maxFeePerGas: BigInt(Math.round(config.OPENLEDGER_MAX_FEE_GWEI * WEI_PER_GWEI)),
    onProblem: (problem) => log.warn({ err: problem }, "a bundle waits"),
  });
  const account = deployment.addresses.OpenAccount;
  const simulated = isDevelopmentChain(config) && (await isSimulated(provider));
  const bundler = createBundler({ provider, contracts, account, chainId, wallet, sender, simulated });

  const shutdown = createShutdown();
  const termination = terminationRequested();
  try {
    const api = await startApi({
      title: "OpenLedger bundler",
      host: "127.0.0.1",
      port,
      log,
      metrics: createMetrics(),
      routes: [bundlerRoutes(bundler, chainId, log)],
    });
    shutdown.onClose("API", () => api.close());
    output.result({ url: api.url, account: wallet.address }, ({ url }) =>
      [
        `${wallet.address} includes what is paid for in OPEN, at ${url}. Others use it with:`,
        `  --gas-in-open ${url}`,
      ].join("\n"),
    );
    await termination;
  } finally {
    await shutdown.close();
  }
}
