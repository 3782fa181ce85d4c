import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ENTRY_POINT } from "@openledger/protocol/entryPoint.ts";
import { afterAll, describe, expect, it } from "vitest";
import { findFreePort } from "../common/ports.ts";
import { interfaceOf } from "./artifacts.ts";
import { blockTime } from "./blockTime.ts";
import { createLocalHistory, replayLocalHistory } from "./localHistory.ts";
import { type LocalNode, setEthBalance, startLocalNode, travelTo } from "./localNode.ts";
import { anvilIsMissing, startOpNode } from "./opNode.ts";
import type { JsonRpcProvider } from "./provider.ts";
import { createSender } from "./send.ts";
import { createTransientMemory } from "./transientMemory.ts";
import { developmentWallet } from "./wallet.ts";

const directory = mkdtempSync(join(tmpdir(), "openledger-history-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const GENESIS = 1_790_000_000;

async function withNode<T>(work: (node: LocalNode) => Promise<T>, startNode = startLocalNode): Promise<T> {
  const node = await startNode(await findFreePort(), 31_337, join(directory, "chain.log"), GENESIS);
  try {
    return await work(node);
  } finally {
    node.provider.destroy();
    await node.child.stop();
  }
}

async function hashOf(provider: JsonRpcProvider, number: number): Promise<string> {
  const block = `0x${number.toString(16)}`;
  return ((await provider.send("eth_getBlockByNumber", [block, false])) as { hash: string }).hash;
}

describe("the history of the local chain", () => {
  it("makes the same blocks again, hash by hash", async () => {
    const file = join(directory, "chain.jsonl");
    const head = ({ provider }: LocalNode) =>
      provider.send("eth_getBlockByNumber", ["latest", false]) as Promise<{ number: string; hash: string }>;
    const before = await withNode(async (node) => {
      const { provider } = node;
      const wallet = developmentWallet(0);
      const memory = createTransientMemory();
      const sender = createSender({ provider, wallet, memory, chainId: 31_337, maxFeePerGas: 10n ** 12n });
      const history = createLocalHistory(provider, 31_337, file, 1);
      await sender.send({ key: "a", kind: "test", to: developmentWallet(50).address, data: "0x" });
      await history.record();
      await travelTo(provider, BigInt(GENESIS) + 100_000n);
      await sender.send({ key: "b", kind: "test", to: developmentWallet(51).address, data: "0x1234" });
      await history.record();
      return head(node);
    });
    const after = await withNode(async (node) => {
      expect(await replayLocalHistory(node.provider, file)).toBe(3);
      return head(node);
    });
    expect(after).toMatchObject({ number: before.number, hash: before.hash });
  });

  it("makes every kind of transaction again, also of an account whose balance was set", async () => {
    const file = join(directory, "kinds.jsonl");
    const [stranger, other] = [developmentWallet(60), developmentWallet(61).address];
    const access = [{ address: other, storageKeys: [`0x${"01".repeat(32)}`] }];
    const sent = await withNode(async ({ provider }) => {
      const history = createLocalHistory(provider, 31_337, file, 1);
      await setEthBalance(provider, stranger.address, 10n ** 18n);
      const fees = { maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 1n };
      const common = { chainId: 31_337, to: other, gasLimit: 100_000n, value: 1n };
      const transactions = [
        { ...common, type: 0, nonce: 0, gasPrice: 10n ** 10n },
        { ...common, type: 0, nonce: 1, gasPrice: 10n ** 10n, chainId: 0 },
        { ...common, type: 1, nonce: 2, gasPrice: 10n ** 10n, accessList: access },
        { ...common, ...fees, type: 2, nonce: 3, accessList: access },
      ];
      for (const transaction of transactions) {
        const raw = await stranger.signTransaction(transaction);
        await provider.send("eth_sendRawTransaction", [raw]);
      }
      await history.record();
      return Promise.all(transactions.map(({ nonce }) => hashOf(provider, nonce + 1)));
    });
    await withNode(async ({ provider }) => {
      expect(await replayLocalHistory(provider, file)).toBe(4);
      expect(await Promise.all([1, 2, 3, 4].map((block) => hashOf(provider, block)))).toEqual(sent);
    });
  });

  it("gives accounts again what they delegated to, which no transaction of the simulated chain does", async () => {
    const file = join(directory, "delegations.jsonl");
    const sender = developmentWallet(64).address;
    const delegated = `0xef0100${"42".repeat(20)}`;
    const stateOf = async (provider: JsonRpcProvider) => ({
      code: await provider.getCode(sender),
      nonce: await provider.getTransactionCount(sender),
    });
    const zero = `0x${"00".repeat(32)}`;
    const operation = [sender, 0n, "0x", "0x", zero, 0n, zero, "0x", "0x"];
    const data = interfaceOf("EntryPoint").encodeFunctionData("handleOps", [[operation], sender]);
    await withNode(async ({ provider }) => {
      await provider.send("hardhat_setCode", [sender, delegated]);
      await provider.send("hardhat_setNonce", [sender, "0x1"]);
      // no code is where the EntryPoint would be: the call does nothing
      await (await developmentWallet(0).connect(provider).sendTransaction({ to: ENTRY_POINT, data })).wait();
      await createLocalHistory(provider, 31_337, file, 1).record();
    });
    await withNode(async ({ provider }) => {
      expect(await replayLocalHistory(provider, file)).toBe(1);
      expect(await stateOf(provider)).toEqual({ code: delegated, nonce: 1 });
    });
  });

  it("makes authorizations of EIP-7702 again on anvil", async ({ skip }) => {
    skip(anvilIsMissing() !== undefined, anvilIsMissing());
    const file = join(directory, "authorizations.jsonl");
    const account = developmentWallet(65);
    const target = developmentWallet(66).address;
    const onAnvil = <T>(work: (provider: JsonRpcProvider) => Promise<T>) =>
      withNode(({ provider }) => work(provider), startOpNode);
    const sent = await onAnvil(async (provider) => {
      const authorizationList = [await account.authorize({ address: target, nonce: 0n, chainId: 31_337n })];
      const [nonce, gasLimit, fee] = [0, 200_000n, 10n ** 10n];
      const fees = { maxFeePerGas: fee, maxPriorityFeePerGas: 1n };
      const unsigned = { type: 4, chainId: 31_337, nonce, to: target, gasLimit, ...fees, authorizationList };
      const raw = await developmentWallet(0).signTransaction(unsigned);
      await provider.waitForTransaction((await provider.send("eth_sendRawTransaction", [raw])) as string);
      await createLocalHistory(provider, 31_337, file, 1).record();
      return hashOf(provider, 1);
    });
    await onAnvil(async (provider) => {
      expect(await replayLocalHistory(provider, file)).toBe(1);
      expect(await hashOf(provider, 1)).toBe(sent);
      expect(await provider.getCode(account.address)).toBe(`0xef0100${target.slice(2)}`.toLowerCase());
    });
  });

  it("makes the same transactions again at the times of another chain", async () => {
    const file = join(directory, "times.jsonl");
    const sent = await withNode(async ({ provider }) => {
      await setEthBalance(provider, developmentWallet(62).address, 10n ** 18n);
      await travelTo(provider, BigInt(GENESIS) + 100_000n);
      const fees = { maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 1n };
      const transaction = {
        chainId: 31_337,
        type: 2,
        nonce: 0,
        gasLimit: 21_000n,
        to: developmentWallet(63).address,
        ...fees,
      };
      const raw = await developmentWallet(62).signTransaction(transaction);
      const hash = (await provider.send("eth_sendRawTransaction", [raw])) as string;
      await createLocalHistory(provider, 31_337, file, 1).record();
      return hash;
    });
    await withNode(async ({ provider }) => {
      expect(await replayLocalHistory(provider, file, "now")).toBe(2);
      expect((await provider.getTransactionReceipt(sent))?.status).toBe(1);
      expect(await blockTime(provider, "latest")).toBeLessThan(BigInt(GENESIS) + 1_000n);
    });
  });

  it("leaves out a line that was being written, and names one that is damaged", async () => {
    await withNode(async ({ provider }) => {
      const file = join(directory, "damaged.jsonl");
      const block = JSON.stringify({ number: 1, timestamp: GENESIS + 5, transactions: [] });
      writeFileSync(file, `${block}\n{"number":2,"times`);
      expect(await replayLocalHistory(provider, file)).toBe(1);
      writeFileSync(file, `${block}\n{"number":2}\n`);
      await expect(replayLocalHistory(provider, file)).rejects.toThrow(/line 2/);
    });
  });
});
