import type { MinedTransaction } from "../../chain/send.ts";

/** What transactions of one kind cost. */
export interface GasRow {
  readonly kind: string;
  readonly count: number;
  /** Gas of the layer 2 execution: least, mean, most. */
  readonly least: bigint;
  readonly mean: bigint;
  readonly most: bigint;
  /** Mean of what publishing on layer 1 adds, in wei. */
  readonly meanL1Fee: bigint;
}

/** Sums up transactions by kind, in order of first appearance. */
export function gasTable(transactions: readonly MinedTransaction[]): GasRow[] {
  const kinds = new Map<string, MinedTransaction[]>();
  for (const transaction of transactions) {
    const same = kinds.get(transaction.kind);
    if (same) same.push(transaction);
    else kinds.set(transaction.kind, [transaction]);
  }
  return [...kinds].map(([kind, list]) => {
    const used = list.map(({ gasUsed }) => gasUsed).sort((a, b) => (a < b ? -1 : 1));
    const count = BigInt(list.length);
    return {
      kind,
      count: list.length,
      least: used[0]!,
      mean: used.reduce((sum, gas) => sum + gas, 0n) / count,
      most: used.at(-1)!,
      meanL1Fee: list.reduce((sum, { l1Fee }) => sum + l1Fee, 0n) / count,
    };
  });
}
