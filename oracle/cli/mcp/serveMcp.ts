import { once } from "node:events";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { createLogger } from "../../common/logger.ts";
import { createShutdown, terminationRequested } from "../../common/shutdown.ts";
import { createBuyer, createQuote } from "../../gateway/buyer.ts";
import type { Purse } from "../../gateway/purse.ts";
import type { Session } from "../session.ts";
import { startMcpHttp } from "./httpServer.ts";
import { createMcpServer } from "./mcpServer.ts";
import type { ToolContext } from "./toolContext.ts";

/** Where it is served, and what is asked for what it serves. */
export interface Place {
  /** A loopback port; standard input and output when absent. */
  readonly http?: number;
  readonly api: string;
  /** The gateways that may be asked and paid. */
  readonly provider?: readonly string[];
}

/** Serves until the client ends, or the process is asked to. */
export async function serveMcp(session: Session, options: Place, purse: Purse | undefined): Promise<void> {
  const { config, contracts, deployment, provider, wallet } = session;
  const log = createLogger({ level: config.LOG_LEVEL, bindings: { role: "mcp" } });
  const gateways = options.provider ?? [config.OPENLEDGER_PROVIDER_URL];
  const asked = { contracts, deployment, gateways };
  const context: ToolContext = {
    api: options.api,
    contracts,
    log,
    quote: createQuote(asked),
    buyer: wallet && purse && createBuyer({ ...asked, provider, wallet, purse }),
    purse,
  };
  const shutdown = createShutdown((problem) => log.warn(problem));
  const termination = terminationRequested();
  try {
    if (options.http === undefined) {
      const ended = once(process.stdin, "close");
      const connection = serveStdio(() => createMcpServer(context), {
        onerror: (error) => log.error({ err: error }, "a message failed"),
      });
      shutdown.onClose("connection", () => connection.close());
      await Promise.race([termination, ended]);
    } else {
      const http = await startMcpHttp(() => createMcpServer(context), options.http, log);
      shutdown.onClose("HTTP", () => http.close());
      session.output.result({ url: http.url }, ({ url }) => `Serving MCP at ${url}`);
      await termination;
    }
  } finally {
    await shutdown.close();
  }
}
