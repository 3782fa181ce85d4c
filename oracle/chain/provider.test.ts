import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AccessError, ChainError } from "../common/errors.ts";
import { connect, type JsonRpcProvider } from "./provider.ts";
import { BATCH_REFUSALS, NOT_NOW, RANGE_REFUSALS, WITHOUT_JSON } from "./testing/refusals.ts";
import { type Script, startScriptedServer } from "./testing/scriptedServer.ts";

type Server = Awaited<ReturnType<typeof startScriptedServer>>;
const CHAIN_ID = 10;
let server: Server;
let provider: JsonRpcProvider;

beforeEach(async () => {
  server = await startScriptedServer(CHAIN_ID);
  provider = await connect(server.url, CHAIN_ID);
});
afterEach(() => {
  provider.destroy();
  server.close();
});

const ask = (method = "eth_blockNumber") => provider.send(method, []) as Promise<unknown>;
const failing = (error: object, status = 200): Script => {
  return ([request], isBatch) => {
    const answer = { jsonrpc: "2.0", id: request!.id, error };
    return { status, body: JSON.stringify(isBatch ? [answer] : answer) };
  };
};
/** The script for the first post, then real answers. */
const first = (script: Script): Script => {
  let posts = 0;
  return (requests, isBatch) => (posts++ === 0 ? script(requests, isBatch) : undefined);
};

describe("an answer that says nothing about the request", () => {
  const truncated: Script = ([request]) => ({ status: 200, body: `{"jsonrpc":"2.0","id":${request!.id},"resu` });
  const ofOther: Script = ([request]) => ({ status: 200, body: `{"id":${request!.id + 1},"result":"other"}` });
  const scripts: [string, Script][] = [
    ["a closed connection", () => "reset"],
    ["a truncated answer", truncated],
    ["somebody else's answer", ofOther],
    ...WITHOUT_JSON.map((answer): [string, Script] => [`HTTP ${answer.status} ${answer.body}`, () => answer]),
    ...NOT_NOW.map((error): [string, Script] => [`${error.code} ${error.message}`, failing(error)]),
    ["HTTP 429 with a JSON-RPC error", failing({ code: -32000, message: "slow down: rate limit" }, 429)],
  ];

  it.each(scripts)("is asked for again: %s", async (_, script) => {
    server.follow(first(script));
    expect(await ask()).toBe("eth_blockNumber");
    expect(server.posts).toHaveLength(2);
  });

  it("ends in an error that names the endpoint without its key, what it said, and what to do", async () => {
    provider.destroy();
    provider = await connect(`${server.url}/v3/secret-key`, CHAIN_ID);
    server.follow(() => ({ status: 503, body: "" }));
    const error = (await provider.send("eth_getLogs", []).catch((thrown: unknown) => thrown)) as ChainError;
    expect(error).toBeInstanceOf(ChainError);
    expect(error).toMatchObject({ retryable: true, value: server.url });
    expect(error.describe()).toMatch(/HTTP 503.*several endpoints/su);
    expect(error.describe()).not.toContain("secret-key");
  });

  it("is not waited for once the provider is closed", async () => {
    server.follow(() => "reset");
    const asked = ask();
    provider.destroy();
    await expect(asked).rejects.toThrow();
  });
});

describe("a refusal of the request itself", () => {
  it.each([
    { code: 3, message: "execution reverted: daily rate limit exceeded", data: "0x" },
    { code: -32603, message: "VM Exception while processing transaction: reverted with a custom error" },
    { code: -32602, message: "invalid argument 0: hex string without 0x prefix" },
    { code: -32601, message: "the method trace_block does not exist/is not available" },
    { code: -32000, message: "insufficient funds for gas * price + value" },
    { code: -32010, message: "Transaction nonce is too low. Try incrementing the nonce." },
    ...RANGE_REFUSALS.filter(({ code }) => code !== -32005),
  ])("is not repeated: $message", async (error) => {
    server.follow(failing(error));
    await expect(ask()).rejects.toThrow();
    expect(server.posts).toHaveLength(1);
  });

  it("is a typed error in the node's words", async () => {
    server.follow(failing({ code: -32601, message: "method not supported" }));
    await expect(ask("trace_block")).rejects.toMatchObject({
      message: "the endpoint refuses trace_block: method not supported",
      value: "code -32601",
      retryable: false,
    });
  });

  it.each([401, 403])("is one of access with status %i", async (status) => {
    server.follow(() => ({ status, body: '{"error":"invalid api key"}' }));
    await expect(ask()).rejects.toBeInstanceOf(AccessError);
    expect(server.posts).toHaveLength(1);
    await expect(connect(server.url, CHAIN_ID)).rejects.toBeInstanceOf(AccessError);
  });

  it("is one of the address with status 404", async () => {
    server.follow(() => ({ status: 404, body: "no such page" }));
    await expect(ask()).rejects.toMatchObject({ message: expect.stringContaining("HTTP 404"), retryable: false });
    expect(server.posts).toHaveLength(1);
  });
});

describe("requests made together", () => {
  const METHODS = Array.from({ length: 10 }, (_, i) => `eth_method${i}`);
  const askAll = () => Promise.all(METHODS.map(ask));

  it("travel as one batch, whose answers may come in any order", async () => {
    expect(await askAll()).toEqual(METHODS);
    expect(server.posts.map((post) => post.length)).toEqual([10]);
  });

  it("are asked again when the answers are not those to the requests", async () => {
    for (const spoil of [
      (ids: number[]) => ids.map(() => ids[0]),
      (ids: number[]) => ids.slice(1),
      (ids: number[]) => [...ids.slice(1), 999_999],
      (ids: number[]) => [...ids, ids[0]],
    ]) {
      const answers = (requests: readonly { id: number }[]) => spoil(requests.map(({ id }) => id));
      server.follow(
        first((requests) => ({
          status: 200,
          body: JSON.stringify(answers(requests).map((id) => ({ id, result: "wrong" }))),
        })),
      );
      expect(await askAll()).toEqual(METHODS);
    }
  });

  it.each(BATCH_REFUSALS)("are asked one by one when a batch is refused: $status $body", async (refusal) => {
    server.follow((_, isBatch) => (isBatch ? refusal : undefined));
    expect(await askAll()).toEqual(METHODS);
  });

  it("are not sent as batches any more to an endpoint that refuses them", async () => {
    server.follow((_, isBatch) => (isBatch ? BATCH_REFUSALS[0] : undefined));
    for (let i = 0; i < 4; i++) await askAll();
    server.posts.splice(0);
    expect(await askAll()).toEqual(METHODS);
    expect(server.posts.map((post) => post.length)).toEqual(METHODS.map(() => 1));
  });

  it("have each an outcome of its own", async () => {
    server.follow((requests) => {
      const answers = requests.map(({ id, method }) => {
        if (method === "eth_method3") return { id, error: { code: -32602, message: "invalid params" } };
        if (method === "eth_method4" && requests.length > 1) return { id, error: NOT_NOW[2] };
        return { id, result: method };
      });
      return { status: 200, body: JSON.stringify(requests.length > 1 ? answers : answers[0]) };
    });
    const outcomes = await Promise.allSettled(METHODS.map(ask));
    expect(outcomes.map(({ status }) => status)).toEqual(METHODS.map((_, i) => (i === 3 ? "rejected" : "fulfilled")));
    expect(server.posts.map((post) => post.length)).toEqual([10, 1]);
  });
});

describe("several endpoints", () => {
  let other: Server;
  beforeEach(async () => {
    other = await startScriptedServer(CHAIN_ID);
    provider.destroy();
    provider = await connect(`${server.url}, ${other.url}`, CHAIN_ID);
  });
  afterEach(() => other.close());

  it.each([
    ["is down", "reset" as const],
    ["is limited", { status: 429, body: "" }],
    ["refuses the key", { status: 401, body: "" }],
  ])("take over from the preferred one when it %s, without a wait", async (_, reply) => {
    server.follow(() => reply);
    for (let i = 0; i < 5; i++) expect(await ask()).toBe("eth_blockNumber");
    expect(server.posts).toHaveLength(1);
    expect(other.posts).toHaveLength(5);
  });

  it("give way to the preferred one when it is back", async () => {
    server.follow(first(() => "reset"));
    await ask();
    const back = async () => {
      for (;;) {
        await ask();
        if (server.posts.length > 1) return;
      }
    };
    await back();
    const before = other.posts.length;
    await ask();
    expect(other.posts).toHaveLength(before);
  });

  it("are refused when one serves another chain, and wait for one that is away", async () => {
    const wrong = await startScriptedServer(11);
    const away = await startScriptedServer(CHAIN_ID, () => "reset");
    try {
      await expect(connect(`${server.url},${wrong.url}`, CHAIN_ID)).rejects.toMatchObject({
        message: "the endpoint serves another chain",
        value: expect.stringContaining(wrong.url),
      });
      const both = await connect(`${away.url},${server.url}`, CHAIN_ID);
      expect(await both.send("eth_blockNumber", [])).toBe("eth_blockNumber");
      both.destroy();
    } finally {
      wrong.close();
      away.close();
    }
  });

  it("cannot be reached when none answers", async () => {
    for (const each of [server, other]) each.follow(() => "reset");
    await expect(connect(`${server.url},${other.url}`, CHAIN_ID)).rejects.toMatchObject({
      message: expect.stringContaining("cannot be reached"),
      value: `${server.url}, ${other.url}`,
      retryable: true,
    });
  });
});

describe("a transaction", () => {
  it("is sent once: whether a lost answer means a sent transaction is for the sender to find out", async () => {
    server.follow(() => "reset");
    await expect(provider.send("eth_sendRawTransaction", ["0x"])).rejects.toMatchObject({ retryable: true });
    expect(server.posts).toHaveLength(1);
  });
});
