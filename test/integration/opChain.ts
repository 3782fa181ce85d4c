import { readFileSync } from "node:fs";
import { join } from "node:path";
import { OPEN } from "@openledger/protocol/units.ts";
import { ContractFactory, id, Interface, type TransactionResponse, ZeroAddress } from "ethers";
import { expect, it } from "vitest";
import { REPOSITORY } from "../../oracle/chain/artifacts.ts";
import { encodeDeposit } from "./depositTransaction.ts";
import { readL1Attributes } from "../../oracle/chain/l1Attributes.ts";
import type { JsonRpcProvider } from "../../oracle/chain/provider.ts";
import { l1Fee, operatorFee } from "../../oracle/chain/rollupFees.ts";
import { developmentWallet } from "../../oracle/chain/wallet.ts";

/** A chain of the OP stack, whichever program runs it. */
export interface OpChain {
  readonly provider: JsonRpcProvider;
  /** Includes a deposit of layer 1; its hash. */
  deposit(raw: string): Promise<string>;
}

const STANDARD_BRIDGE = "0x4200000000000000000000000000000000000010";
const [LOCKER, RECEIVER] = ["0x00000000000000000000000000000000000000E2", "0x00000000000000000000000000000000000000E1"];
const REMOTE_TOKEN = "0x00000000000000000000000000000000000000AA";

/** Expects a transaction to cost its sender, beside its value, what the formulas say, to the wei. */
export async function expectFee(provider: JsonRpcProvider, sending: Promise<TransactionResponse>): Promise<void> {
  const sent = await sending;
  await expectCharges(provider, (await sent.wait())!.blockNumber, sent.from, [sent]);
}

/**
 * The same of everything that was ever sent, each sender of each block for itself, but of bundlers: the EntryPoint gives them back
 * what they pay. Returns how many transactions that were.
 */
export async function expectFees(provider: JsonRpcProvider, entryPoint: string): Promise<number> {
  const last = await provider.getBlockNumber();
  let count = 0;
  for (let number = 1; number <= last; number++) {
    const { prefetchedTransactions: all } = (await provider.getBlock(number, true))!;
    const bundlers = new Set(all.filter(({ to }) => to?.toLowerCase() === entryPoint).map(({ from }) => from));
    for (const from of new Set(all.map((sent) => sent.from))) {
      if (bundlers.has(from)) continue;
      const sent = all.filter((one) => one.from === from);
      await expectCharges(provider, number, from, sent);
      count += sent.length;
    }
  }
  return count;
}

/** @param sent everything of this sender in the block */
async function expectCharges(
  provider: JsonRpcProvider,
  block: number,
  from: string,
  sent: readonly Pick<TransactionResponse, "hash" | "value">[],
): Promise<void> {
  const attributes = await readL1Attributes(provider);
  let charged = (await provider.getBalance(from, block - 1)) - (await provider.getBalance(from, block));
  let computed = 0n;
  for (const { hash, value } of sent) {
    const { gasUsed, gasPrice, status } = (await provider.getTransactionReceipt(hash))!;
    const raw = (await provider.send("debug_getRawTransaction", [hash])) as string;
    computed += gasUsed * gasPrice + l1Fee(raw, attributes) + operatorFee(gasUsed, attributes);
    if (status === 1) charged -= value;
  }
  expect({ block, from, charged }).toEqual({ block, from, charged: computed });
}

/** What every chain of the OP stack does. @param chainOf account 0 of the development mnemonic has ETH on it */
export function itIsAnOpChain(chainOf: () => OpChain): void {
  const rich = () => developmentWallet(0).connect(chainOf().provider);
  const succeeded = async (hash: string) => (await chainOf().provider.getTransactionReceipt(hash))!.status === 1;
  const deposit = (words: Omit<Parameters<typeof encodeDeposit>[0], "gasLimit">) =>
    chainOf().deposit(encodeDeposit({ ...words, gasLimit: 1_000_000n }));

  it("takes ETH from layer 1 by a deposit, which pays no fee and mints what was locked", async () => {
    const { provider } = chainOf();
    const hash = await deposit({ source: id("first"), from: LOCKER, to: RECEIVER, mint: 7n, value: 5n, data: "0x" });
    expect(await succeeded(hash)).toBe(true);
    expect(await provider.getBalance(RECEIVER)).toBe(5n);
    expect(await provider.getBalance(LOCKER)).toBe(2n);
  });

  it("charges gas, layer 1 and operator to the wei of the formulas, whatever is sent", async () => {
    const random = Array.from({ length: 40 }, (_, i) => id(`${i}`).slice(2)).join("");
    for (const data of ["0x", "0x00", `0x${"ab".repeat(3_000)}`, `0x${random}`, `0x${"00".repeat(500)}${random}`]) {
      await expectFee(chainOf().provider, rich().sendTransaction({ to: RECEIVER, value: 3n, data }));
    }
  });

  it("mints and burns bridged OPEN by what layer 1's bridge sends, and for nobody else", async () => {
    const { provider } = chainOf();
    const artefact = join(REPOSITORY, "artifacts", "contracts", "token", "OpenToken.sol", "OpenToken.json");
    const { abi, bytecode } = JSON.parse(readFileSync(artefact, "utf8")) as { abi: []; bytecode: string };
    const bridged = await new ContractFactory(abi, bytecode, rich()).deploy(ZeroAddress, REMOTE_TOKEN);
    await expectFee(provider, Promise.resolve(bridged.deploymentTransaction()!));
    const to = await bridged.getAddress();
    const token = new Interface(abi);
    const mint = { to, data: token.encodeFunctionData("mint", [RECEIVER, 3n * OPEN]) };
    expect(await succeeded(await deposit({ source: id("stranger"), from: LOCKER, ...mint }))).toBe(false);
    expect(await succeeded(await deposit({ source: id("bridge"), from: STANDARD_BRIDGE, ...mint }))).toBe(true);
    const burn = { to, data: token.encodeFunctionData("burn", [RECEIVER, OPEN]) };
    expect(await succeeded(await deposit({ source: id("back"), from: STANDARD_BRIDGE, ...burn }))).toBe(true);
    const supply = await provider.call({ to, data: token.encodeFunctionData("totalSupply") });
    expect(BigInt(supply)).toBe(2n * OPEN);
  });
}
