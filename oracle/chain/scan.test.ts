import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { findFreePort } from "../common/ports.ts";
import { poll } from "../common/retry.ts";
import { findLastEvent } from "./findEvents.ts";
import { type LocalNode, startLocalNode } from "./localNode.ts";
import { connect, type JsonRpcProvider } from "./provider.ts";
import { scan, type ScanOptions } from "./scan.ts";
import { deployEmitter, EMITTER_SOURCE, mineEvents } from "./testing/emitter.ts";
import { everythingAtOnce, startHostileEndpoint } from "./testing/hostileEndpoint.ts";
import { createScanMemory, type TestScanMemory } from "./testing/scanMemory.ts";
import { forkedNode, laggingNode, type StaleNode } from "./testing/staleNode.ts";

const CHAIN_ID = 31_337;
const directory = mkdtempSync(join(tmpdir(), "openledger-scan-"));
let node: LocalNode;
let clean: string;

beforeAll(async () => {
  node = await startLocalNode(await findFreePort(), CHAIN_ID, join(directory, "chain.log"));
  await deployEmitter(node.provider);
});
afterAll(async () => {
  node.provider.destroy();
  await node.child.stop();
  rmSync(directory, { recursive: true, force: true });
});
beforeEach(async () => {
  clean = (await node.provider.send("evm_snapshot", [])) as string;
});
afterEach(() => node.provider.send("evm_revert", [clean]));

/** The endpoint with another answer to these requests. */
function answering(answers: Record<string, (result: unknown, params: readonly unknown[]) => unknown>): JsonRpcProvider {
  const send = async (method: string, params: unknown[]) => {
    const result: unknown = await node.provider.send(method, params);
    return answers[method] === undefined ? result : answers[method](result, params);
  };
  return { send } as unknown as JsonRpcProvider;
}

/** What a stale node makes of these requests. */
function staleFor(stale: StaleNode, ...methods: string[]): JsonRpcProvider {
  const change = (method: string) => (result: unknown, params: readonly unknown[]) =>
    stale.result({ id: 0, method, params }, result);
  return answering(Object.fromEntries(methods.map((method) => [method, change(method)])));
}

const optionsOf = (provider: JsonRpcProvider, memory: TestScanMemory): ScanOptions => ({
  provider,
  memory,
  sources: [EMITTER_SOURCE],
  firstBlock: 1,
  blocksPerRequest: 2_000,
  confirmations: 0,
});
const amounts = ({ events }: TestScanMemory) => events.map(({ args }) => Number(args["amount"]));
const mine = (...values: number[]) => mineEvents(node.provider, values);
const head = async () => Number(await node.provider.send("eth_blockNumber", []));

describe("logs from a node that is behind", () => {
  it("are refused until the nodes are equally far, and none is lost", async () => {
    for (const value of [1, 2, 3]) await mine(value);
    const memory = createScanMemory();
    const behind = staleFor(laggingNode((await head()) - 2), "eth_getLogs");
    await expect(scan(optionsOf(behind, memory))).rejects.toMatchObject({
      message: "the chain changed while it was read",
      retryable: true,
    });
    expect(amounts(memory)).toEqual([]);
    await scan(optionsOf(node.provider, memory));
    expect(amounts(memory)).toEqual([1, 2, 3]);
  });

  it("are refused when only some of the logs of a block are missing", async () => {
    await mine(1);
    await mine(2, 3);
    const memory = createScanMemory();
    const forgetful = answering({ eth_getLogs: (logs) => (logs as unknown[]).slice(0, -2) });
    await expect(scan(optionsOf(forgetful, memory))).rejects.toThrow("changed while it was read");
  });

  it("are waited for where the headers have no bloom", async () => {
    await mine(1);
    await mine();
    await mine(2);
    const memory = createScanMemory();
    const withoutBloom = (block: unknown) => block && { ...block, logsBloom: undefined };
    const stale = laggingNode((await head()) - 1);
    const behind = answering({
      eth_getBlockByNumber: withoutBloom,
      eth_getLogs: (logs, params) => stale.result({ id: 0, method: "eth_getLogs", params }, logs),
    });
    await scan(optionsOf(behind, memory));
    expect(amounts(memory)).toEqual([1]);
    await scan(optionsOf(answering({ eth_getBlockByNumber: withoutBloom }), memory));
    expect(amounts(memory)).toEqual([1, 2]);
  });

  it("do not make a search miss the newest event", async () => {
    await mine(1);
    await mine(2);
    const search = { ...EMITTER_SOURCE, name: "Paid", indexed: [], firstBlock: 1, blocksPerRequest: 100 };
    const behind = staleFor(laggingNode((await head()) - 1), "eth_getLogs");
    await expect(findLastEvent(behind, search)).rejects.toThrow("changed while it was read");
    expect((await findLastEvent(node.provider, search))?.event.args["amount"]).toBe(2n);
  });
});

describe("a head from a node that is behind", () => {
  it("drops nothing of what was read", async () => {
    await mine(1);
    await mine(2);
    const memory = createScanMemory();
    await scan(optionsOf(node.provider, memory));
    const last = await head();
    const everything = ["eth_blockNumber", "eth_getBlockByNumber", "eth_getLogs"];
    expect(await scan(optionsOf(staleFor(laggingNode(last - 1), ...everything), memory))).toBe(last);
    await expect(scan(optionsOf(staleFor(laggingNode(last - 1), "eth_getBlockByNumber"), memory))).rejects.toThrow(
      "changed while it was read",
    );
    expect(amounts(memory)).toEqual([1, 2]);
  });
});

describe("nodes on different forks", () => {
  it("are not mixed: neither logs and headers, nor headers among themselves", async () => {
    for (const value of [1, 2, 3]) await mine(value);
    const fork = forkedNode((await head()) - 1);
    for (const methods of [["eth_getLogs"], ["eth_getBlockByNumber"]]) {
      const memory = createScanMemory();
      await expect(scan(optionsOf(staleFor(fork, ...methods), memory))).rejects.toThrow("changed while it was read");
      expect(amounts(memory)).toEqual([]);
    }
  });

  it("cost no work while one of two still has the block that was read", async () => {
    await mine(1);
    const memory = createScanMemory();
    await scan(optionsOf(node.provider, memory));
    const fork = forkedNode(await head());
    let asked = 0;
    const alternating = answering({
      eth_getBlockByNumber: (block, params) =>
        asked++ % 2 === 0 ? fork.result({ id: 0, method: "eth_getBlockByNumber", params }, block) : block,
    });
    const onReorg = () => expect.unreachable();
    await expect(scan({ ...optionsOf(alternating, memory), onReorg })).rejects.toThrow("changed while it was read");
    expect(amounts(memory)).toEqual([1]);
  });

  it("are followed to the new fork when the chain was reorganised", async () => {
    await mine(1);
    const fork = (await node.provider.send("evm_snapshot", [])) as string;
    await mine(2);
    const memory = createScanMemory();
    await scan(optionsOf(node.provider, memory));
    await node.provider.send("evm_revert", [fork]);
    await mine(3);
    await mine(4);
    await scan(optionsOf(node.provider, memory));
    expect(amounts(memory)).toEqual([1, 3, 4]);
  });
});

describe("an endpoint that limits the range of a request for logs", () => {
  const limited = (most: number, refuse: () => unknown) => {
    const spans: number[] = [];
    const provider = answering({
      eth_getLogs: (logs, [filter]) => {
        const { fromBlock, toBlock } = filter as { fromBlock: string; toBlock: string };
        const blocks = Number(toBlock) - Number(fromBlock) + 1;
        spans.push(blocks);
        return blocks > most ? refuse() : logs;
      },
    });
    return { provider, spans };
  };
  const refusals: Record<string, () => unknown> = {
    "an error": () => {
      throw new Error("query returned more than 10000 results");
    },
    "no list": () => null,
  };

  it.each(Object.entries(refusals))(
    "is asked for fewer blocks after %s, and for more again later",
    async (_, refuse) => {
      for (let i = 0; i < 60; i++) await mine(i);
      const memory = createScanMemory();
      const { provider, spans } = limited(4, refuse);
      expect(await scan(optionsOf(provider, memory))).toBe(await head());
      expect(amounts(memory)).toEqual(Array.from({ length: 60 }, (_, i) => i));
      expect(spans.slice(-12).some((blocks) => blocks > 4)).toBe(true);
      const search = { ...EMITTER_SOURCE, name: "Paid", indexed: [], firstBlock: 1, blocksPerRequest: 50 };
      expect((await findLastEvent(provider, search))?.event.args["amount"]).toBe(59n);
    },
  );

  it("is named, with what to do, when it refuses a single block", async () => {
    await mine(1);
    const { provider } = limited(0, refusals["an error"]!);
    await expect(scan(optionsOf(provider, createScanMemory()))).rejects.toMatchObject({
      message: "the endpoint does not give the logs: query returned more than 10000 results",
      value: "block 1",
      limit: "the logs of one block",
      remedy: expect.stringContaining("OPENLEDGER_RPC_URL"),
      retryable: false,
    });
  });
});

describe("an endpoint at its worst", () => {
  it("changes nothing of what is read in the end, whatever it does and whenever the chain is reorganised", async () => {
    const faults = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 1 << 30 }),
        fc.array(fc.array(fc.nat(99), { maxLength: 3 }), { minLength: 20, maxLength: 60 }),
        fc.nat(19),
        async (seed, blocks, forkAt) => {
          const start = (await node.provider.send("evm_snapshot", [])) as string;
          const endpoint = await startHostileEndpoint(node.url, everythingAtOnce(seed));
          const provider = await reach(endpoint.url);
          try {
            const memory = createScanMemory();
            const read = () => scan(optionsOf(provider, memory)).catch((error: unknown) => requireRetryable(error));
            for (const values of blocks.slice(0, forkAt)) await mine(...values);
            const fork = (await node.provider.send("evm_snapshot", [])) as string;
            await mine(100, 101);
            await read();
            await node.provider.send("evm_revert", [fork]);
            for (const values of blocks.slice(forkAt)) await mine(...values);
            const done = async () => ((await read()) === (await head()) ? true : undefined);
            await poll(done, { intervalMs: 1 });
            endpoint.become({});
            // what a node on another fork told of the newest block shows at the next block
            await mine();
            await read();
            expect(amounts(memory)).toEqual(blocks.flat());
            for (const [fault, count] of endpoint.faults) faults.set(fault, (faults.get(fault) ?? 0) + count);
          } finally {
            provider.destroy();
            await endpoint.close();
            await node.provider.send("evm_revert", [start]);
          }
        },
      ),
      { numRuns: 4, endOnFailure: true },
    );
    for (const fault of ["refused", "lost", "stale"]) expect(faults.get(fault)).toBeGreaterThan(0);
  });
});

async function reach(url: string): Promise<JsonRpcProvider> {
  return poll(() => connect(url, CHAIN_ID).catch(() => undefined), { intervalMs: 1 });
}

function requireRetryable(error: unknown): undefined {
  if (!(error as { retryable?: boolean }).retryable) throw error;
  return undefined;
}
