import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { RpcRequest } from "../rpcAnswer.ts";
import type { HttpAnswer } from "./refusals.ts";

/** What a post gets: an HTTP answer, a closed connection, or undefined for the answers that it asks for. */
export type Script = (requests: readonly RpcRequest[], isBatch: boolean) => HttpAnswer | "reset" | undefined;

/** An HTTP server that answers JSON-RPC as a script says: its own method's name to every request, and the chain id. */
export async function startScriptedServer(chainId: number, initial: Script = () => undefined) {
  const posts: (readonly RpcRequest[])[] = [];
  let script = initial;
  const result = (method: string) => (method === "eth_chainId" ? `0x${chainId.toString(16)}` : method);
  const server = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    request.on("end", () => {
      const body = JSON.parse(text) as RpcRequest | RpcRequest[];
      const requests = [body].flat();
      if (requests.some(({ method }) => method !== "eth_chainId")) posts.push(requests);
      const scripted = script(requests, Array.isArray(body));
      if (scripted === "reset") {
        response.destroy();
        return;
      }
      const answers = requests.map(({ id, method }) => ({ jsonrpc: "2.0", id, result: result(method) }));
      const answer = { status: 200, body: JSON.stringify(Array.isArray(body) ? answers.reverse() : answers[0]) };
      const { status, body: sent } = scripted ?? answer;
      response.writeHead(status).end(sent);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** The posts that asked for more than the chain id. */
    posts,
    follow: (next: Script) => (script = next),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
