import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findFreePort } from "../common/ports.ts";
import { poll } from "../common/retry.ts";
import { randomStream } from "../numerics/random.ts";
import { createChainEvents } from "../store/chainEvents.ts";
import type { Database } from "../store/database.ts";
import { openStore } from "../store/open.ts";
import { createTransactionQueue } from "../store/transactionQueue.ts";
import { type LocalNode, setEthBalance, startLocalNode } from "./localNode.ts";
import { connect, type JsonRpcProvider } from "./provider.ts";
import { createSender, type Sender, type TransactionMemory } from "./send.ts";
import { everythingAtOnce, startHostileEndpoint } from "./testing/hostileEndpoint.ts";
import { developmentWallet } from "./wallet.ts";

const CHAIN_ID = 31_337;
const GWEI = 10n ** 9n;
const PURPOSES = 8;
const directory = mkdtempSync(join(tmpdir(), "openledger-once-"));
let node: LocalNode;
let db: Database;
let run = 0;

beforeAll(async () => {
  node = await startLocalNode(await findFreePort(), CHAIN_ID, join(directory, "chain.log"));
  db = await openStore({ DATABASE_URL: undefined, OPENLEDGER_STATE_DIR: undefined });
});
afterAll(async () => {
  node.provider.destroy();
  await node.child.stop();
  await db.close();
  rmSync(directory, { recursive: true, force: true });
});

/** A kill of the process between two of its steps. */
class Killed extends Error {}

/** A memory that kills the process before or after it writes, at random. */
function mortal(memory: TransactionMemory, seed: number): TransactionMemory {
  const random = randomStream(seed, 1);
  const mayKill = () => {
    if (random.uniform() < 0.05) throw new Killed();
  };
  const around =
    <A extends unknown[]>(write: (...args: A) => Promise<void>) =>
    async (...args: A) => {
      mayKill();
      await write(...args);
      mayKill();
    };
  return {
    ...memory,
    add: around(memory.add),
    replace: around(memory.replace),
    setStatus: around(memory.setStatus),
    remove: around(memory.remove),
  };
}

const send = (method: string, params: unknown[] = []) => node.provider.send(method, params) as Promise<unknown>;
const mineAt = async (baseFee: bigint) => {
  await send("hardhat_setNextBlockBaseFeePerGas", [`0x${baseFee.toString(16)}`]);
  await send("hardhat_mine");
};

const event = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("block"), gwei: fc.constantFrom(1n, 1n, 2n, 5n, 20n) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("restart") }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("reorganisation") }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("emptied pool") }) },
);
type Event = { readonly kind: string; readonly gwei?: bigint };

describe("every purpose is executed exactly once", () => {
  it("whatever is dropped, doubled, delayed, killed, priced out or reorganised", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 1 << 30 }),
        fc.array(event, { minLength: 10, maxLength: 25 }),
        async (seed, events) => {
          const economy = await openEconomy(seed, run++);
          try {
            const driven = economy.driveAll();
            for (const happening of events as Event[]) {
              await sleep(50);
              await economy.let(happening);
            }
            await economy.calm();
            await driven;
            expect(await economy.received()).toBe(2n ** BigInt(PURPOSES) - 1n);
            expect(await economy.sent()).toBe(PURPOSES);
          } finally {
            await economy.close();
          }
        },
      ),
      { numRuns: 4, endOnFailure: true },
    );
  });
});

/** A key whose purposes are payments of one, two, four … wei to an account that gets nothing else. */
async function openEconomy(seed: number, index: number) {
  const wallet = developmentWallet(200 + index);
  const payee = developmentWallet(600 + index).address;
  const memory = createTransactionQueue(db);
  const chain = createChainEvents(db);
  const endpoint = await startHostileEndpoint(node.url, everythingAtOnce(seed));
  await setEthBalance(node.provider, wallet.address, 10n ** 20n);
  await send("evm_setAutomine", [false]);
  let fork = await send("evm_snapshot");
  let calm = false;
  let life = 0;
  let living: Promise<{ readonly sender: Sender; readonly provider: JsonRpcProvider; readonly end: () => void }>;

  async function begin() {
    const stop = new AbortController();
    const provider = await poll(() => connect(endpoint.url, CHAIN_ID).catch(() => undefined), { intervalMs: 1 });
    const sender = createSender({
      provider,
      wallet,
      memory: calm ? memory : mortal(memory, seed + life++),
      chainId: CHAIN_ID,
      maxFeePerGas: 50n * GWEI,
      signal: stop.signal,
    });
    const end = () => {
      stop.abort();
      provider.destroy();
    };
    return { sender, provider, end };
  }
  living = begin();

  async function restart(): Promise<void> {
    const before = living;
    living = before.then(async ({ end }) => {
      end();
      const next = await begin();
      await next.sender.resume().catch(() => {});
      return next;
    });
    await living;
  }

  async function pay(i: number): Promise<void> {
    const key = `pay:${index}:${i}`;
    for (;;) {
      const mine = living;
      const { sender } = await mine;
      try {
        await sender.send({ key, kind: "pay", to: payee, data: "0x", value: 1n << BigInt(i) });
        return;
      } catch (error) {
        // whoever was killed is started again, by the first that notices
        if (error instanceof Killed && living === mine) await restart();
        await sleep(5);
      }
    }
  }

  return {
    driveAll: () => Promise.all(Array.from({ length: PURPOSES }, (_, i) => sleep(i * 40).then(() => pay(i)))),
    let: async ({ kind, gwei }: Event) => {
      if (kind === "block") await mineAt(gwei! * GWEI);
      if (kind === "restart") await restart();
      if (kind === "emptied pool") {
        for (const { hash } of (await send("eth_pendingTransactions")) as { hash: string }[]) {
          await send("hardhat_dropTransaction", [hash]);
        }
      }
      if (kind === "reorganisation") {
        await send("evm_revert", [fork]);
        fork = await send("evm_snapshot");
        // as the scanner does
        await chain.rollBack(0);
        await (await living).sender.resume().catch(() => {});
      }
    },
    /** The endpoint behaves, blocks come, and everything that was asked for is asked for again. */
    calm: async () => {
      calm = true;
      endpoint.become({});
      const stop = new AbortController();
      const mining = poll(() => mineAt(GWEI).then(() => undefined), { intervalMs: 100, signal: stop.signal });
      const stopped = mining.catch(() => {});
      await restart();
      for (let i = 0; i < PURPOSES; i++) await pay(i);
      stop.abort();
      await stopped;
    },
    received: async () => BigInt((await send("eth_getBalance", [payee, "latest"])) as string),
    sent: async () => Number(await send("eth_getTransactionCount", [wallet.address, "latest"])),
    close: async () => {
      (await living).end();
      await endpoint.close();
      await send("evm_setAutomine", [true]);
      await send("hardhat_mine");
    },
  };
}
