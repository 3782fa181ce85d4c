import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findFreePort } from "../common/ports.ts";
import { poll } from "../common/retry.ts";
import { type LocalNode, setEthBalance, startLocalNode } from "./localNode.ts";
import { createSender, type TransactionMemory } from "./send.ts";
import { createTransientMemory } from "./transientMemory.ts";
import { developmentWallet } from "./wallet.ts";

const directory = mkdtempSync(join(tmpdir(), "openledger-send-"));
const recipient = "0x00000000000000000000000000000000000000aa";
let node: LocalNode;
let account = 100;

beforeAll(async () => {
  node = await startLocalNode(await findFreePort(), 31_337, join(directory, "chain.log"));
});
afterAll(async () => {
  node.provider.destroy();
  await node.child.stop();
  rmSync(directory, { recursive: true, force: true });
});

async function setUp(memory: TransactionMemory = createTransientMemory(), maxFeePerGas = 10n ** 12n) {
  const wallet = developmentWallet(account++);
  await setEthBalance(node.provider, wallet.address, 10n ** 18n);
  const make = () => createSender({ provider: node.provider, wallet, memory, chainId: 31_337, maxFeePerGas });
  const count = async () => Number(await node.provider.send("eth_getTransactionCount", [wallet.address, "latest"]));
  return { make, memory, count, wallet };
}

const transaction = (key: string) => ({ key, kind: "test", to: recipient, data: "0x" });

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
    await node.provider.send("evm_setAutomine", [false]);
    try {
      const sent = make().send({ ...transaction("a"), urgent: true });
      const pooled = async () =>
        ((await node.provider.send("eth_pendingTransactions", [])) as { hash: string }[]).map(({ hash }) => hash);
      await poll(async () => (await pooled()).length === 1 || undefined, { intervalMs: 25 });
      const [hash] = await pooled();
      await node.provider.send("hardhat_dropTransaction", [hash]);
      await poll(async () => (await pooled()).includes(hash!) || undefined, { intervalMs: 25 });
      await node.provider.send("hardhat_mine", []);
      expect((await sent).hash).toBe(hash);
    } finally {
      await node.provider.send("evm_setAutomine", [true]);
    }
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
