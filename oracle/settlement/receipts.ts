import { digestOf, type SigningDomain } from "@openledger/protocol/eip712/domain.ts";
import { receiptType, type Receipt } from "@openledger/protocol/eip712/receipt.ts";
import type { Address, Hash, Hex } from "@openledger/protocol/hex.ts";
import { signerOf } from "@openledger/protocol/quorum/proof.ts";
import { buildReceiptsTree, compareReceipts } from "@openledger/protocol/trees/receiptsTree.ts";
import { InputError } from "../common/errors.ts";
import { createOwnedPayments, type OwnedPayments, type PaymentProblem, type SweptPayment } from "./ownedPayments.ts";
import type { IsConfirmed } from "./statements.ts";

/** A receipt with the provider's signature. */
export interface SignedReceipt {
  readonly receipt: Receipt;
  readonly signature: Hex;
}

/** Why a receipt counts for nothing. */
export type ReceiptProblem = "not signed by the provider" | "another version" | "not confirmed" | PaymentProblem;

/** A receipt that counts. */
export interface CountedReceipt extends SignedReceipt {
  /** Wei: the lesser of its fee and its payment; its fee where it is paid by a channel. */
  readonly counted: bigint;
}

/** What the receipts of a model and epoch explain; each is given back with all that came with it. */
export interface ReceiptCount<T extends SignedReceipt> {
  /** In the order of the receipts tree. */
  readonly counted: readonly (T & CountedReceipt)[];
  readonly rejected: readonly (T & { readonly problem: ReceiptProblem })[];
  /** U: swept revenue that no receipt explains. Wei. */
  readonly unexplained: bigint;
}

/** Everything that decides which receipts count. */
export interface ReceiptFacts<T extends SignedReceipt = SignedReceipt> {
  /** The receipts behind the committed root, in any order; empty where none were committed or they are withheld. */
  readonly receipts: readonly T[];
  /** As committed on the chain. */
  readonly receiptsRoot: Hash;
  readonly receiptCount: number;
  /** The model's active version in the epoch. */
  readonly versionId: bigint;
  readonly payments: readonly SweptPayment[];
  /** Everything that was swept from the till in the epoch. Wei. */
  readonly revenue: bigint;
  /** Whether the signature is the provider's; {@link signedBy} for providers with a key. */
  readonly isProviders: (signed: SignedReceipt) => boolean;
  /** What the payers of channels have confirmed, where that is asked for. */
  readonly isConfirmed: IsConfirmed;
}

/**
 * Counts the receipts of a model and epoch (docs/protocol.md §4).
 *
 * @throws InputError when the receipts are not the committed ones, or the payments exceed the revenue.
 */
export function countReceipts<T extends SignedReceipt>(facts: ReceiptFacts<T>): ReceiptCount<T> {
  const receipts = facts.receipts.toSorted(compareSigned);
  checkCommitment(receipts, facts);
  const payments = createOwnedPayments(facts.payments);
  const counted: (T & CountedReceipt)[] = [];
  const rejected: (T & { problem: ReceiptProblem })[] = [];
  let unexplained = facts.revenue;
  for (const signed of receipts) {
    const taken = takenBy(signed, payments, facts);
    if (typeof taken === "string") {
      rejected.push({ ...signed, problem: taken });
      continue;
    }
    counted.push({ ...signed, counted: taken });
    unexplained -= taken;
  }
  if (unexplained < 0n) {
    throw new InputError("Payments to the till exceed what was swept from it", {
      value: facts.revenue - unexplained,
      limit: `${facts.revenue} wei swept`,
      remedy: "give only payments that were swept in the epoch",
    });
  }
  return { counted, rejected, unexplained };
}

/** How much of a payment is the receipt's, in wei, or why nothing is. */
function takenBy(
  signed: SignedReceipt,
  payments: OwnedPayments,
  { versionId, isProviders, isConfirmed }: ReceiptFacts,
): bigint | ReceiptProblem {
  const { receipt } = signed;
  if (receipt.versionId !== versionId) return "another version";
  const payment = payments.find(receipt);
  if (payment === "no such payment") return payment;
  if (!isProviders(signed)) return "not signed by the provider";
  const { confirmers } = payment;
  return confirmers === undefined || isConfirmed(receipt, confirmers) ? payment.take() : "not confirmed";
}

/** Whether a receipt carries the signature of an account with a key. Malformed signatures are nobody's. */
export function signedBy(domain: SigningDomain, provider: Address): ReceiptFacts["isProviders"] {
  return ({ receipt, signature }) => {
    try {
      return signerOf(digestOf(domain, receiptType, receipt), signature) === provider;
    } catch {
      return false;
    }
  };
}

function checkCommitment(receipts: readonly SignedReceipt[], facts: ReceiptFacts): void {
  if (receipts.length === 0) return;
  const { root, size } = buildReceiptsTree(receipts.map((signed) => signed.receipt));
  if (root !== facts.receiptsRoot || size !== facts.receiptCount) {
    throw new InputError("The receipts are not the ones that the provider committed", {
      value: `${size} receipts with root ${root}`,
      limit: `${facts.receiptCount} receipts with root ${facts.receiptsRoot}`,
      remedy: "fetch them again from the committed URI; count none if they cannot be had",
    });
  }
}

/** The order of the tree; where it leaves a choice, that of the struct hashes, so that everybody builds the same tree. */
export function compareSigned(a: Pick<SignedReceipt, "receipt">, b: Pick<SignedReceipt, "receipt">): number {
  const order = compareReceipts(a.receipt, b.receipt);
  if (order !== 0) return order;
  const [hashA, hashB] = [receiptType.hash(a.receipt), receiptType.hash(b.receipt)];
  return hashA === hashB ? 0 : hashA < hashB ? -1 : 1;
}
