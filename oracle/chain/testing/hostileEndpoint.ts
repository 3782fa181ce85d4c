import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { permutation, type RandomStream, randomStream } from "../../numerics/random.ts";
import type { RpcRequest } from "../rpcAnswer.ts";
import { BATCH_REFUSALS, type HttpAnswer, NOT_NOW, RANGE_REFUSALS, WITHOUT_JSON } from "./refusals.ts";
import { forkedNode, laggingNode, type StaleNode } from "./staleNode.ts";

/** What an endpoint does to those who ask it. Shares are of 1; none when absent. */
export interface Hostility {
  readonly seed: number;
  /** Share of posts that are refused before the node sees them. */
  readonly refused?: number;
  /** Share of posts that the node serves, and whose answer is lost or spoiled. */
  readonly lost?: number;
  /** Share of posts that the node sees twice. */
  readonly doubled?: number;
  /** Share of requests that are answered by a node that is behind, or on another fork. */
  readonly stale?: number;
  /** How many blocks such a node is behind at most. */
  readonly staleBlocks?: number;
  /** The longest delay of an answer in milliseconds. */
  readonly delayMs?: number;
  /** Blocks of a request for logs that is served; any number when absent. */
  readonly mostLogBlocks?: number;
  /** Requests of a batch that is served; any number when absent, 1 for no batches. */
  readonly largestBatch?: number;
}

export interface HostileEndpoint {
  readonly url: string;
  /** How often each fault happened. */
  readonly faults: ReadonlyMap<string, number>;
  /** Changes what happens from now on. */
  become(hostility: Omit<Hostility, "seed">): void;
  close(): Promise<void>;
}

/** What a fault does instead of, or to, the node's answer: a text, or the end of the connection. */
type Reply = HttpAnswer | "reset";

/** A JSON-RPC endpoint in front of a real node that does, at random from a seed, what endpoints do at their worst. */
export async function startHostileEndpoint(target: string, { seed, ...initial }: Hostility): Promise<HostileEndpoint> {
  const random = randomStream(seed, 0);
  const faults = new Map<string, number>();
  let hostility: Omit<Hostility, "seed"> = initial;

  const happens = (share = 0) => random.uniform() < share;
  const pick = <T>(list: readonly T[]): T => list[random.below(list.length)]!;
  function note(fault: string): void {
    faults.set(fault, (faults.get(fault) ?? 0) + 1);
  }

  async function reply(body: string): Promise<Reply> {
    const asked = JSON.parse(body) as RpcRequest | RpcRequest[];
    const requests = [asked].flat();
    // what the test does to the chain itself is not what an endpoint offers
    if (requests.every(({ method }) => /^(evm|hardhat)_/u.test(method))) return forward(target, body);
    const { delayMs = 0, largestBatch = Infinity } = hostility;
    if (Array.isArray(asked) && asked.length > largestBatch) {
      note("batch refused");
      return pick(BATCH_REFUSALS);
    }
    if (happens(hostility.refused)) {
      note("refused");
      return refusal(requests, Array.isArray(asked));
    }
    const answered = await Promise.all(requests.map(answer));
    if (happens(hostility.doubled)) {
      note("doubled");
      await forward(target, body);
    }
    if (delayMs > 0) await sleep(random.below(delayMs));
    const shuffled = [...permutation(random, answered.length)].map((i) => answered[i]);
    const text = JSON.stringify(Array.isArray(asked) ? shuffled : answered[0]);
    if (!happens(hostility.lost)) return { status: 200, body: text };
    note("lost");
    return spoiled(text, random);
  }

  function refusal(requests: readonly RpcRequest[], isBatch: boolean): Reply {
    if (happens(0.2)) return "reset";
    if (happens(0.4)) return pick(WITHOUT_JSON);
    const answers = requests.map(({ id }) => ({ jsonrpc: "2.0", id, error: pick(NOT_NOW) }));
    const body = isBatch && happens(0.7) ? answers : { ...answers[0], id: isBatch ? null : answers[0]!.id };
    return { status: happens(0.7) ? 200 : pick([429, 500, 503]), body: JSON.stringify(body) };
  }

  async function answer(request: RpcRequest): Promise<object> {
    const { id, method, params } = request;
    const { fromBlock, toBlock } = (params[0] ?? {}) as { fromBlock?: string; toBlock?: string };
    const { mostLogBlocks = Infinity } = hostility;
    if (method === "eth_getLogs" && Number(toBlock) - Number(fromBlock) + 1 > mostLogBlocks) {
      note("range refused");
      return { jsonrpc: "2.0", id, error: pick(RANGE_REFUSALS) };
    }
    const node = happens(hostility.stale) ? await staleNode() : undefined;
    if (node === undefined) return forwardOne(target, request);
    note("stale");
    const answered = await forwardOne(target, node.request(request));
    return "result" in answered ? { ...answered, result: node.result(request, answered.result) } : answered;
  }

  async function staleNode(): Promise<StaleNode> {
    const newest = await forwardOne(target, { id: 0, method: "eth_blockNumber", params: [] });
    const { staleBlocks = 8 } = hostility;
    const height = Number(newest.result) - 1 - random.below(staleBlocks);
    return happens(0.7) ? laggingNode(height) : forkedNode(height + 1);
  }

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      reply(Buffer.concat(chunks).toString()).then(
        (outcome) => write(response, outcome),
        // the node itself cannot be reached
        () => response.destroy(),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    faults,
    become: (next) => (hostility = next),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Everything at once, at rates at which work still goes on. */
export function everythingAtOnce(seed: number): Hostility {
  const shares = { refused: 0.05, lost: 0.05, doubled: 0.02, stale: 0.05, staleBlocks: 4 };
  return { seed, ...shares, delayMs: 20, mostLogBlocks: 16, largestBatch: [1, 7, 40][seed % 3]! };
}

function spoiled(text: string, random: RandomStream): Reply {
  const cut = text.slice(0, random.below(text.length));
  return [
    "reset" as const,
    { status: 200, body: cut },
    { status: 200, body: "" },
    { status: 502, body: "<html><body>502 Bad Gateway</body></html>" },
    // somebody else's answer
    { status: 200, body: text.replaceAll(/"id":\d+/gu, '"id":999999999') },
  ][random.below(5)]!;
}

function write(response: ServerResponse, outcome: Reply): void {
  if (outcome === "reset") {
    response.destroy();
    return;
  }
  const isHtml = outcome.body.startsWith("<");
  response.writeHead(outcome.status, { "content-type": isHtml ? "text/html" : "application/json" }).end(outcome.body);
}

async function forward(target: string, body: string): Promise<HttpAnswer> {
  const response = await fetch(target, { method: "POST", headers: { "content-type": "application/json" }, body });
  return { status: response.status, body: await response.text() };
}

async function forwardOne(target: string, request: RpcRequest): Promise<{ readonly result?: unknown }> {
  const { body } = await forward(target, JSON.stringify({ jsonrpc: "2.0", ...request }));
  return JSON.parse(body) as { readonly result?: unknown };
}
