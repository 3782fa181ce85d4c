import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import type { HardhatEthers } from "@nomicfoundation/hardhat-ethers/types";
import { datanetRoutes } from "../../oracle/api/routes/datanets.ts";
import { modelRoutes } from "../../oracle/api/routes/models.ts";
import { startApi } from "../../oracle/api/server.ts";
import { REPOSITORY } from "../../oracle/chain/artifacts.ts";
import { findFreePort } from "../../oracle/common/ports.ts";
import type { Shop } from "../gateway/openGateway.ts";

const MAIN = join(REPOSITORY, "oracle", "main.ts");

/** What a process of the command line needs to reach the test's chain, and an operator's read API. */
export async function openOutside({ context }: Pick<Shop, "context">, ethers: HardhatEthers) {
  const rpc = await serveRpc(ethers);
  const deploymentId = `local-mcp-${new URL(rpc.url).port}`;
  const folder = join(REPOSITORY, "deploy", "deployments", deploymentId);
  mkdirSync(folder, { recursive: true });
  const { chainId, firstBlock, addresses } = context.deployment;
  writeFileSync(join(folder, "addresses.json"), JSON.stringify({ chainId, block: firstBlock, contracts: addresses }));
  const api = await startApi({
    title: "operator",
    host: "127.0.0.1",
    port: 0,
    log: context.log,
    metrics: context.metrics,
    routes: [modelRoutes(context), datanetRoutes(context.events, context.view)],
  });
  const chain = ["--rpc", rpc.url, "--chain-id", `${chainId}`, "--deployment", deploymentId, "--api", api.url];
  return {
    chain,
    close: async () => {
      await api.close();
      await rpc.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** A connected client with everything that its server has said. */
export interface Connected {
  readonly client: Client;
  /** All that the server wrote: to the client, and to its log. */
  heard(): string;
  close(): Promise<void>;
}

/** `openledger mcp` as an MCP host starts it. */
export async function overStdio(args: readonly string[]): Promise<Connected> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [MAIN, "mcp", ...args],
    cwd: REPOSITORY,
    stderr: "pipe",
  });
  let heard = "";
  transport.stderr!.on("data", (chunk: Buffer) => (heard += chunk.toString()));
  const client = newClient();
  await client.connect(transport);
  const listen = transport.onmessage!;
  transport.onmessage = (message) => {
    heard += JSON.stringify(message);
    listen(message);
  };
  return { client, heard: () => heard, close: () => client.close() };
}

/** The same as a server on loopback, and its address. */
export async function overHttp(args: readonly string[]): Promise<Connected & { readonly url: string }> {
  const port = await findFreePort();
  const child = spawn(process.execPath, [MAIN, "mcp", "--http", `${port}`, ...args], {
    cwd: REPOSITORY,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let heard = "";
  child.stderr.on("data", (chunk: Buffer) => (heard += chunk.toString()));
  const url = await servingAt(child, () => heard);
  const client = newClient();
  const transport = new StreamableHTTPClientTransport(new URL(url));
  await client.connect(transport);
  const listen = transport.onmessage!;
  transport.onmessage = (message) => {
    heard += JSON.stringify(message);
    listen(message);
  };
  const close = async () => {
    await client.close();
    const ended = new Promise((resolve) => child.once("close", resolve));
    child.kill("SIGTERM");
    await ended;
  };
  return { client, url, heard: () => heard, close };
}

function newClient(): Client {
  return new Client({ name: "test", version: "1" });
}

function servingAt(child: ChildProcess, errors: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = "";
    child.stdout!.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      const url = /Serving MCP at (\S+)/u.exec(output)?.[1];
      if (url !== undefined) resolve(url);
    });
    child.once("close", () => reject(new Error(`ended early: ${errors()}`)));
  });
}

/** The test's chain over HTTP, as processes reach one. */
async function serveRpc({ provider }: HardhatEthers) {
  interface Call {
    readonly id: number;
    readonly method: string;
    readonly params: unknown[];
  }
  const answer = async ({ id, method, params }: Call) => {
    try {
      return { jsonrpc: "2.0", id, result: (await provider.send(method, params)) as unknown };
    } catch (error) {
      return { jsonrpc: "2.0", id, error: { code: -32_000, message: String(error) } };
    }
  };
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      const asked = JSON.parse(body) as Call | Call[];
      const answered = Array.isArray(asked) ? Promise.all(asked.map(answer)) : answer(asked);
      void answered.then((result) =>
        response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(result)),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
