import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { localhostHostValidation, localhostOriginValidation, toNodeHandler } from "@modelcontextprotocol/node";
import { createMcpHandler, type McpServerFactory } from "@modelcontextprotocol/server";
import { InputError } from "../../common/errors.ts";
import type { Logger } from "../../common/logger.ts";

const PATH = "/mcp";
/** The longest question in JSON, and a payment. */
const LARGEST_BODY = 1 << 20;

export interface McpHttpServer {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves MCP's Streamable HTTP to programs on this machine. Whoever reaches it spends the server's money within its limits, so it
 * listens on loopback alone, and answers no request that a web page could make a browser send: names of hosts and origins that are
 * not this machine's are refused.
 *
 * @param port 0 takes a free one. @throws InputError for a port that cannot be listened on
 */
export async function startMcpHttp(factory: McpServerFactory, port: number, log: Logger): Promise<McpHttpServer> {
  const onerror = (error: Error) => log.error({ err: error }, "a request failed");
  const handler = createMcpHandler(factory, { onerror });
  const answer = toNodeHandler(handler, { onerror, maxRequestBodySize: LARGEST_BODY });
  const [isHostLocal, isOriginLocal] = [localhostHostValidation(), localhostOriginValidation()];
  const server = createServer((request, response) => {
    if (!isHostLocal(request, response) || !isOriginLocal(request, response)) return;
    if (request.url === PATH) void answer(request, response);
    else response.writeHead(404, { "content-type": "text/plain" }).end(`MCP is at ${PATH}\n`);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) =>
      reject(
        new InputError(`MCP cannot be served: ${error.message}`, {
          value: `127.0.0.1:${port}`,
          limit: "a free port from 1024 on",
          remedy: "Choose another with --http.",
          cause: error,
        }),
      ),
    );
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${PATH}`,
    close: async () => {
      await handler.close();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
