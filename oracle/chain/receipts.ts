import type { JsonRpcProvider } from "ethers";
import type { SignedTransaction } from "../common/signedTransaction.ts";

/** What was charged for a mined transaction; amounts in wei. */
export interface MinedTransaction {
  readonly hash: string;
  readonly kind: string;
  readonly blockNumber: number;
  readonly gasUsed: bigint;
  /** The OP-stack's charge for publishing the transaction on layer 1; 0 on a chain without it. */
  readonly l1Fee: bigint;
  readonly l1GasUsed: bigint;
  readonly logs: readonly RawLog[];
}

export interface RawLog {
  readonly address: string;
  readonly topics: readonly string[];
  readonly data: string;
}

export interface FoundReceipt {
  readonly reverted: boolean;
  readonly mined: MinedTransaction;
}

interface RawReceipt {
  readonly status: string;
  readonly transactionHash: string;
  readonly blockNumber: string;
  readonly gasUsed: string;
  readonly l1Fee?: string | null;
  readonly l1GasUsed?: string | null;
  readonly logs: readonly RawLog[];
}

/** All hashes under which the transaction was broadcast: any of them may be mined. */
export function hashesOf({
  hash,
  earlierHashes,
}: Pick<SignedTransaction, "hash" | "earlierHashes">): readonly string[] {
  return [hash, ...earlierHashes];
}

/** ethers drops the OP-stack's fields from receipts, so the raw answer is read. */
export async function receiptOf(
  provider: JsonRpcProvider,
  signed: Pick<SignedTransaction, "hash" | "earlierHashes" | "kind">,
): Promise<FoundReceipt | undefined> {
  const asked = hashesOf(signed).map((hash) => provider.send("eth_getTransactionReceipt", [hash]));
  const receipt = ((await Promise.all(asked)) as (RawReceipt | null)[]).find((one) => one !== null);
  if (!receipt) return undefined;
  return {
    reverted: Number(receipt.status) === 0,
    mined: {
      hash: receipt.transactionHash,
      kind: signed.kind,
      blockNumber: Number(receipt.blockNumber),
      gasUsed: BigInt(receipt.gasUsed),
      l1Fee: BigInt(receipt.l1Fee ?? 0),
      l1GasUsed: BigInt(receipt.l1GasUsed ?? 0),
      logs: receipt.logs,
    },
  };
}
