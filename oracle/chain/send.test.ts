import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findFreePort } from "../common/ports.ts";
import { poll } from "../common/retry.ts";
import { type LocalNode, setEthBalance, startLocalNode } from "./localNode.ts";
import { createSender, type SenderOptions, type TransactionMemory } from "./send.ts";
import type { JsonRpcProvider } from "./provider.ts";
import { TransientFailure } from "./rpcAnswer.ts";
import { createTransientMemory } from "./transientMemory.ts";
import { developmentWallet } from "./wallet.ts";

const directory = mkdtempSync(join(tmpdir(), "openledger-send-"));
const recipient = "0x00000000000000000000000000000000000000aa";
const CHAIN_ID = 31_337;
const GWEI = 10n ** 9n;
let node: LocalNode;
let account = 100;

beforeAll(async () => {
  node = await startLocalNode(await findFreePort(), CHAIN_ID, join(directory, "chain.log"));
});
afterAll(async () => {
  node.provider.destroy();
  await node.child.stop();
  rmSync(directory, { recursive: true, force: true });
});

async function setUp(memory: TransactionMemory = createTransientMemory(), maxFeePerGas = 10n ** 12n) {
  const wallet = developmentWallet(account++);
  await setEthBalance(node.provider, wallet.address, 10n ** 18n);
  const make = (other: Partial<SenderOptions> = {}) =>
    createSender({ provider: node.provider, wallet, memory, chainId: CHAIN_ID, maxFeePerGas, ...other });
  const count = async () => Number(await node.provider.send("eth_getTransactionCount", [wallet.address, "latest"]));
  return { make, memory, count, wallet };
}

const transaction = (key: string) => ({ key, kind: "test", to: recipient, data: "0x" });

/** The node, with its answers to these methods changed. */
function answering(
  answers: Record<string, (ask: () => Promise<unknown>, params: unknown[]) => Promise<unknown>>,
): JsonRpcProvider {
  const { provider } = node;
  const send = (method: string, params: unknown[]) => {
    const ask = () => provider.send(method, params) as Promise<unknown>;
    return answers[method] === undefined ? ask() : answers[method](ask, params);
  };
  return new Proxy(provider, {
    get: (_, name) => {
      const value: unknown = name === "send" ? send : Reflect.get(provider, name, provider);
      return typeof value === "function" ? (value.bind(provider) as unknown) : value;
    },
  });
}

interface PooledTransaction {
  readonly hash: string;
  readonly nonce: string;
  readonly maxFeePerGas: string;
  readonly maxPriorityFeePerGas: string;
}

const pool = async () => (await node.provider.send("eth_pendingTransactions", [])) as PooledTransaction[];
const pooled = (length: number) =>
  poll(async () => ((await pool()).length === length ? pool() : undefined), { intervalMs: 25 });

const firstPooled = async () => (await pooled(1))[0]!;

/** Blocks come when the work asks for them, at the base fee that it names. */
async function withoutAutomine(work: (mineAt: (baseFee: bigint) => Promise<void>) => Promise<void>): Promise<void> {
  await node.provider.send("evm_setAutomine", [false]);
  try {
    await work(async (baseFee) => {
      await node.provider.send("hardhat_setNextBlockBaseFeePerGas", [`0x${baseFee.toString(16)}`]);
      await node.provider.send("hardhat_mine", []);
    });
  } finally {
    await node.provider.send("hardhat_mine", []);
    await node.provider.send("evm_setAutomine", [true]);
  }
}

/** Makes blocks at this base fee until the transaction is mined. */
async function minedAt<T>(baseFee: bigint, sent: Promise<T>, mineAt: (fee: bigint) => Promise<void>): Promise<T> {
  const mine = async () => {
    await mineAt(baseFee);
    return undefined;
  };
  const stop = new AbortController();
  const mining = poll(mine, { intervalMs: 100, signal: stop.signal }).catch(() => {});
  try {
    return await sent;
  } finally {
    stop.abort();
    await mining;
  }
}

/** The balance of an account that nobody else pays. */
const balanceOf = async (to: string) => BigInt((await node.provider.send("eth_getBalance", [to, "latest"])) as string);

describe("sending", () => {
  it("sends a key once, however often and however simultaneously it is asked", async () => {
    const { make, count } = await setUp();
    const sender = make();
    const [first, second] = await Promise.all([sender.send(transaction("a")), sender.send(transaction("a"))]);
    expect(second.hash).toBe(first.hash);
    expect((await sender.send(transaction("a"))).hash).toBe(first.hash);
    expect(await count()).toBe(1);
  });

  it("gives concurrent transactions nonces without a gap", async () => {
    const { make, count } = await setUp();
    const sender = make();
    await Promise.all(Array.from({ length: 20 }, (_, i) => sender.send(transaction(`k${i}`))));
    expect(await count()).toBe(20);
  });

  it("broadcasts the same bytes again after a kill between storing and broadcasting", async () => {
    const memory = createTransientMemory();
    const { make, count } = await setUp({
      ...memory,
      add: async (signed) => {
        await memory.add(signed);
        throw new Error("killed");
      },
    });
    await expect(make().send(transaction("a"))).rejects.toThrow("killed");
    expect(await count()).toBe(0);
    expect(await make().resume()).toBe(1);
    const mined = await make().send(transaction("a"));
    expect(mined.hash).toBe((await memory.find("a"))?.hash);
    expect(await count()).toBe(1);
  });

  it("does not send again after a kill between broadcasting and noting the receipt", async () => {
    const memory = createTransientMemory();
    let lose = true;
    const { make, count } = await setUp({
      ...memory,
      setStatus: async (key, status) => {
        if (lose) throw new Error("killed");
        await memory.setStatus(key, status);
      },
    });
    await expect(make().send(transaction("a"))).rejects.toThrow("killed");
    lose = false;
    await make().resume();
    await make().send(transaction("a"));
    expect(await count()).toBe(1);
  });

  it("broadcasts again what the node has lost from its pool, as after an outage", async () => {
    const { make } = await setUp();
    await withoutAutomine(async () => {
      const sent = make().send({ ...transaction("a"), urgent: true });
      const { hash } = await firstPooled();
      await node.provider.send("hardhat_dropTransaction", [hash]);
      await pooled(0);
      await pooled(1);
      await node.provider.send("hardhat_mine", []);
      expect((await sent).hash).toBe(hash);
    });
  });

  it("waits out a gas price above the cap instead of paying it", async () => {
    const { make } = await setUp(createTransientMemory(), 1n);
    await expect(make().send(transaction("a"))).rejects.toMatchObject({
      message: expect.stringContaining("dearer"),
      retryable: true,
    });
  });

  it("says that there is no ETH for gas", async () => {
    const { make, wallet } = await setUp();
    await setEthBalance(node.provider, wallet.address, 0n);
    await expect(make().send(transaction("a"))).rejects.toThrow(/too little ETH|insufficient|enough funds/iu);
  });

  it("reports the layer 1 part of the fee", async () => {
    const { make } = await setUp();
    const mined = await make().send({ ...transaction("a"), data: `0x${"ab".repeat(300)}` });
    expect(mined.gasUsed).toBeGreaterThan(21_000n);
    expect(mined.l1Fee).toBeGreaterThan(0n);
  });
});

describe("a transaction that is priced out of the blocks", () => {
  it("is replaced, with its nonce and purpose, by a dearer one up to the cap", async () => {
    const cap = 50n * GWEI;
    const { make, memory, count } = await setUp(createTransientMemory(), cap);
    await withoutAutomine(async (mineAt) => {
      await mineAt(GWEI / 10n);
      const sender = make();
      const first = sender.send(transaction("first"));
      const before = await firstPooled();
      await mineAt(2n * GWEI);
      const second = sender.send(transaction("second"));
      await pooled(2);
      await poll(async () => ((await pool()).some(({ hash }) => hash === before.hash) ? undefined : true), {
        intervalMs: 25,
      });
      const after = (await pool()).find(({ nonce }) => nonce === before.nonce)!;
      expect(BigInt(after.maxFeePerGas)).toBeGreaterThanOrEqual((BigInt(before.maxFeePerGas) * 11n) / 10n);
      expect(BigInt(after.maxPriorityFeePerGas)).toBeGreaterThan(BigInt(before.maxPriorityFeePerGas));
      expect(BigInt(after.maxFeePerGas)).toBeLessThanOrEqual(cap);
      expect((await minedAt(2n * GWEI, first, mineAt)).hash).toBe(after.hash);
      await minedAt(2n * GWEI, second, mineAt);
      expect(await memory.find("first")).toMatchObject({ status: "mined", earlierHashes: [before.hash] });
      expect(await count()).toBe(2);
    });
  });

  it("does not block the ones behind it although nobody waits for it", async () => {
    const { make, memory, count } = await setUp();
    await withoutAutomine(async (mineAt) => {
      await mineAt(GWEI / 10n);
      const stop = new AbortController();
      const first = make({ signal: stop.signal }).send(transaction("first"));
      const { hash } = await firstPooled();
      stop.abort();
      await expect(first).rejects.toThrow("aborted");
      await mineAt(2n * GWEI);
      const second = make().send(transaction("second"));
      await minedAt(2n * GWEI, second, mineAt);
      expect(await count()).toBe(2);
      expect((await memory.find("first"))?.earlierHashes).toContain(hash);
      await make().send(transaction("first"));
      expect((await memory.find("first"))?.status).toBe("mined");
      expect(await count()).toBe(2);
    });
  });

  it("waits, and says so, while the cap leaves no room", async () => {
    const { make } = await setUp(createTransientMemory(), 3n * GWEI);
    await withoutAutomine(async (mineAt) => {
      await mineAt(GWEI);
      const problem = Promise.withResolvers<unknown>();
      const sent = make({ onProblem: problem.resolve }).send(transaction("a"));
      const { hash } = await firstPooled();
      await mineAt(4n * GWEI);
      expect(await problem.promise).toMatchObject({
        message: "test waits with nonce 0: gas is dearer than allowed",
        value: hash,
        limit: `${4n * GWEI} wei per gas`,
        remedy: expect.stringContaining("OPENLEDGER_MAX_FEE_GWEI"),
      });
      await mineAt(GWEI);
      expect((await sent).hash).toBe(hash);
    });
  });

  it("is done when the bytes before the replacement are mined after all", async () => {
    const memory = createTransientMemory();
    const { make, count } = await setUp(memory);
    await withoutAutomine(async (mineAt) => {
      await mineAt(GWEI / 10n);
      const stop = new AbortController();
      const killed = make({
        signal: stop.signal,
        memory: {
          ...memory,
          replace: async (key, bytes) => {
            await memory.replace(key, bytes);
            stop.abort();
            throw new Error("killed");
          },
        },
      }).send(transaction("a"));
      const { hash } = await firstPooled();
      await mineAt(2n * GWEI);
      await expect(killed).rejects.toThrow();
      expect(await memory.find("a")).toMatchObject({ earlierHashes: [hash], status: "signed" });
      await mineAt(GWEI / 10n);
      expect((await make().send(transaction("a"))).hash).toBe(hash);
      expect(await count()).toBe(1);
    });
  });
});

describe("a broadcast whose answer is lost", () => {
  it("is not paid twice: the bytes are kept, and offered again under the same key", async () => {
    const { make, memory, count } = await setUp();
    let away = true;
    const lost = async (ask: () => Promise<unknown>) => {
      if (away) await ask().catch(() => {});
      if (away) throw new TransientFailure("HTTP 502", "http://endpoint");
      return ask();
    };
    const sender = make({ provider: answering({ eth_sendRawTransaction: lost }) });
    const to = `0x${"a1".repeat(20)}`;
    const pay = { key: "pay", kind: "pay", to, data: "0x", value: 5n };
    await withoutAutomine(async () => {
      await expect(sender.send(pay)).rejects.toMatchObject({
        message: expect.stringMatching(/^it is not known whether pay was accepted: .*HTTP 502/u),
        retryable: true,
      });
      const kept = await memory.find("pay");
      expect((await pooled(1))[0]!.hash).toBe(kept?.hash);
      away = false;
      const again = sender.send(pay);
      await node.provider.send("hardhat_mine", []);
      expect((await again).hash).toBe(kept?.hash);
    });
    expect(await balanceOf(to)).toBe(5n);
    expect(await count()).toBe(1);
  });

  it("counts as sent when the nonce is too low because the transaction is mined, whatever a node that is behind says", async () => {
    const { make, count } = await setUp();
    let looks = 0;
    const provider = answering({
      eth_sendRawTransaction: async (ask) => {
        await ask();
        return ask();
      },
      eth_getTransactionReceipt: (ask) => (looks++ < 10 ? Promise.resolve(null) : ask()),
      eth_getTransactionByHash: () => Promise.resolve(null),
    });
    await make({ provider }).send(transaction("a"));
    expect(await count()).toBe(1);
  });
});

describe("a transaction that a node refuses", () => {
  it("is forgotten and its nonce free again when no node can have it", async () => {
    const { make, memory, wallet, count } = await setUp();
    await setEthBalance(node.provider, wallet.address, 1_000n);
    const sender = make();
    await expect(sender.send({ ...transaction("a"), gasLimit: 21_000n })).rejects.toMatchObject({
      message: expect.stringMatching(/not accepted.*funds/u),
      retryable: false,
    });
    expect(await memory.find("a")).toBeUndefined();
    await setEthBalance(node.provider, wallet.address, 10n ** 18n);
    await sender.send(transaction("b"));
    await sender.send(transaction("a"));
    expect(await count()).toBe(2);
  });

  it("is kept when the answer to an earlier broadcast was lost", async () => {
    const { make, memory, wallet } = await setUp();
    const problem = Promise.withResolvers<unknown>();
    let asked = 0;
    const provider = answering({
      eth_sendRawTransaction: (ask) => {
        if (asked++ === 0) throw new TransientFailure("HTTP 502", "http://endpoint");
        return ask();
      },
    });
    await setEthBalance(node.provider, wallet.address, 1_000n);
    const sent = make({ provider, onProblem: problem.resolve }).send({ ...transaction("a"), gasLimit: 21_000n });
    expect(await problem.promise).toMatchObject({ message: expect.stringMatching(/test waits with nonce 0.*funds/u) });
    const kept = await memory.find("a");
    await setEthBalance(node.provider, wallet.address, 10n ** 18n);
    expect((await sent).hash).toBe(kept?.hash);
  });

  it("gets another nonce when another transaction of the key was mined with its own", async () => {
    const { make, memory, wallet, count } = await setUp();
    const problems: string[] = [];
    const sender = make({
      onProblem: ({ message }) => problems.push(message),
      // the node that tells the nonce has not seen the last transaction
      provider: answering({ eth_getTransactionCount: async (ask, [, block]) => (block === "pending" ? "0x0" : ask()) }),
    });
    const own = await wallet.signTransaction({
      ...{ type: 2, chainId: CHAIN_ID, nonce: 0, to: recipient, gasLimit: 21_000n },
      ...{ maxFeePerGas: 100n * GWEI, maxPriorityFeePerGas: GWEI },
    });
    await node.provider.send("eth_sendRawTransaction", [own]);
    await sender.send(transaction("a"));
    expect(await memory.find("a")).toMatchObject({ nonce: 1, status: "mined" });
    expect(problems).toEqual(["another transaction used the nonce of test, which gets a new one"]);
    expect(await count()).toBe(2);
  });

  it("gets a nonce above all that the memory has, whatever a node that is behind says", async () => {
    const { make, memory, count } = await setUp();
    await make().send(transaction("a"));
    const behind = answering({
      eth_getTransactionCount: async (ask, [, block]) => (block === "pending" ? "0x0" : ask()),
    });
    await make({ provider: behind }).send(transaction("b"));
    expect((await memory.find("b"))?.nonce).toBe(1);
    expect(await count()).toBe(2);
  });
});
