import { connectContracts } from "../../chain/contracts.ts";
import { ALL_CONTRACTS, type Deployment } from "../../chain/deployment.ts";
import { interfaceOf } from "../../chain/artifacts.ts";
import { readL1Attributes } from "../../chain/l1Attributes.ts";
import type { JsonRpcProvider } from "../../chain/provider.ts";
import { l1Fee } from "../../chain/rollupFees.ts";

/** What transactions of one kind cost. */
export interface GasRow {
  /** Contract and function. */
  readonly kind: string;
  readonly count: number;
  /** Gas on layer 2: least, mean, most. */
  readonly least: bigint;
  readonly mean: bigint;
  readonly most: bigint;
  /** Mean of what publishing on layer 1 adds, in wei. */
  readonly meanL1Fee: bigint;
}

interface RawBlock {
  readonly transactions: readonly { readonly hash: string; readonly to: string | null; readonly input: string }[];
}

interface RawReceipt {
  readonly gasUsed: string;
  readonly l1Fee?: string | null;
}

interface Cost {
  readonly gas: bigint;
  /** Wei. */
  readonly l1Fee: bigint;
}

/** Blocks that are asked for in one batch of requests. */
const BLOCKS_AT_ONCE = 50;

/** Every kind of transaction to the deployment's contracts, whoever sent it, from the chain itself. */
export async function gasTable(provider: JsonRpcProvider, deployment: Deployment): Promise<GasRow[]> {
  const names = new Map(ALL_CONTRACTS.map((name) => [deployment.addresses[name].toLowerCase(), name]));
  for (const shares of await issuedShares(provider, deployment)) names.set(shares.toLowerCase(), "ModelShares");
  const last = Number(await provider.send("eth_blockNumber", []));
  const numbers = Array.from({ length: last - deployment.firstBlock + 1 }, (_, i) => deployment.firstBlock + i);
  const kinds = new Map<string, Cost[]>();
  const attributes = await readL1Attributes(provider);
  // anvil charges for layer 1 without saying so
  const computed = async (hash: string) =>
    l1Fee((await provider.send("debug_getRawTransaction", [hash])) as string, attributes);

  async function addBlock(number: number): Promise<void> {
    const block = (await provider.send("eth_getBlockByNumber", [`0x${number.toString(16)}`, true])) as RawBlock;
    for (const { hash, to, input } of block.transactions) {
      const name = names.get(to?.toLowerCase() ?? "");
      const method = name && interfaceOf(name).getFunction(input.slice(0, 10))?.name;
      if (method === undefined) continue;
      const receipt = (await provider.send("eth_getTransactionReceipt", [hash])) as RawReceipt;
      const kind = `${name}.${method}`;
      const cost = { gas: BigInt(receipt.gasUsed), l1Fee: BigInt(receipt.l1Fee ?? (await computed(hash))) };
      kinds.set(kind, [...(kinds.get(kind) ?? []), cost]);
    }
  }
  for (let i = 0; i < numbers.length; i += BLOCKS_AT_ONCE) {
    await Promise.all(numbers.slice(i, i + BLOCKS_AT_ONCE).map(addBlock));
  }
  return [...kinds].map(([kind, costs]) => summarise(kind, costs)).sort((a, b) => (a.kind < b.kind ? -1 : 1));
}

/** The contracts of shares that were made. */
async function issuedShares(provider: JsonRpcProvider, deployment: Deployment): Promise<string[]> {
  const { ShareIssuer } = connectContracts(deployment, provider);
  const events = await ShareIssuer.queryFilter(ShareIssuer.filters.SharesIssued(), deployment.firstBlock);
  return events.map(({ args }) => args.shares);
}

function summarise(kind: string, costs: readonly Cost[]): GasRow {
  const used = costs.map(({ gas }) => gas).sort((a, b) => (a < b ? -1 : 1));
  const count = BigInt(costs.length);
  return {
    kind,
    count: costs.length,
    least: used[0]!,
    mean: used.reduce((sum, gas) => sum + gas, 0n) / count,
    most: used.at(-1),
    meanL1Fee: costs.reduce((sum, { l1Fee }) => sum + l1Fee, 0n) / count,
  };
}
