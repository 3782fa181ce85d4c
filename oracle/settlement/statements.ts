import { digestOf, type SigningDomain } from "@openledger/protocol/eip712/domain.ts";
import { type Receipt, receiptType } from "@openledger/protocol/eip712/receipt.ts";
import { type Statement, statementType } from "@openledger/protocol/eip712/statement.ts";
import type { Address, Hash, Hex } from "@openledger/protocol/hex.ts";
import { signerOf } from "@openledger/protocol/quorum/proof.ts";
import { receiptsTreeOf } from "@openledger/protocol/trees/receiptsTree.ts";

/** A receipt as a statement names it. */
export interface StatedReceipt {
  /** Its struct hash. */
  readonly hash: Hash;
  /** Wei. */
  readonly fee: bigint;
}

/** Receipts of a channel that were confirmed together. */
export interface SignedStatement {
  readonly channelId: Hash;
  /** In the order of the tree, which is that of the statement. */
  readonly receipts: readonly StatedReceipt[];
  readonly signature: Hex;
}

/** Whether one of these keys has confirmed the receipt. */
export type IsConfirmed = (receipt: Receipt, keys: readonly Address[]) => boolean;

/** What is signed. */
export function statementOf({ channelId, receipts }: Omit<SignedStatement, "signature">): Statement {
  const { root, total } = receiptsTreeOf(receipts);
  return { channelId, receiptsRoot: root, total };
}

/** Who has signed a statement; undefined for bytes that no key signs, or fees that no tree holds. */
export function statementSigner(domain: SigningDomain, signed: SignedStatement): Address | undefined {
  try {
    return signerOf(digestOf(domain, statementType, statementOf(signed)), signed.signature);
  } catch {
    return undefined;
  }
}

/** What these statements confirm. A receipt is confirmed for its own channel alone. */
export function confirmedBy(domain: SigningDomain, statements: readonly SignedStatement[]): IsConfirmed {
  const signers = new Map<string, Set<Address>>();
  const nameOf = (channelId: Hash, hash: Hash) => `${channelId} ${hash}`;
  for (const signed of statements) {
    const signer = statementSigner(domain, signed);
    if (signer === undefined) continue;
    for (const { hash } of signed.receipts) {
      const name = nameOf(signed.channelId, hash);
      signers.set(name, (signers.get(name) ?? new Set()).add(signer));
    }
  }
  return (receipt, keys) => {
    const confirmed = signers.get(nameOf(receipt.paymentId, receiptType.hash(receipt)));
    return confirmed !== undefined && keys.some((key) => confirmed.has(key));
  };
}
