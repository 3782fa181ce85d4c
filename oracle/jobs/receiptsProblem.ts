import { ProtocolError } from "@openledger/protocol/errors.ts";
import { buildReceiptsTree } from "@openledger/protocol/trees/receiptsTree.ts";
import { InputError } from "../common/errors.ts";
import { DataError } from "../data/errors.ts";
import { type Example, imageExample, rowExample, textExample } from "../data/example.ts";
import { compareSigned, type SignedReceipt } from "../settlement/receipts.ts";
import type { CommittedReceipts } from "./poolEvents.ts";
import type { ReceiptRecord } from "./receiptFiles.ts";
import { readQuestion, readRequest } from "./readRequest.ts";
import type { AnyPlan, Plan } from "./versionFiles.ts";

/** Why receipts count for nothing: they are not the committed ones. Undefined for those that are. */
export function commitmentProblem(
  receipts: readonly SignedReceipt[],
  { receiptsRoot, count }: CommittedReceipts,
): string | undefined {
  const root = rootOf(receipts);
  if (root === receiptsRoot && receipts.length === count) return undefined;
  return `${receipts.length} receipts with root ${root}, not the ${count} with root ${receiptsRoot} that were committed`;
}

/** Why a record spoils the file that it is in: the version could not have been asked or have answered so. */
export function recordProblem(plan: AnyPlan, versionId: bigint, record: ReceiptRecord): string | undefined {
  // a receipt of another version is not counted, and does not spoil the others
  if (record.receipt.versionId !== versionId) return undefined;
  try {
    requireReadable(plan, record);
    return undefined;
  } catch (error) {
    if (error instanceof InputError || error instanceof DataError) {
      return `payment ${record.receipt.paymentId}: ${error.message}`;
    }
    throw error;
  }
}

/** Or the reason why there is none, for a fee or a time that no tree holds. */
function rootOf(receipts: readonly SignedReceipt[]): string {
  try {
    return buildReceiptsTree(receipts.toSorted(compareSigned).map(({ receipt }) => receipt)).root;
  } catch (error) {
    if (error instanceof ProtocolError) return `"${error.message}"`;
    throw error;
  }
}

function requireReadable(plan: AnyPlan, record: ReceiptRecord): void {
  if (plan.format === "openledger-plan/1") answeredExample(plan, record);
  else if (plan.format === "openledger-answers-plan/1") askedQuestion(record);
  else requireWritten(record, plan.format === "openledger-quotes-plan/1");
}

/** What was asked of a version that answers with passages, or with where it places a text. @throws InputError for what it does not read or say */
export function askedQuestion({ request, answer }: Pick<ReceiptRecord, "request" | "answer">): string {
  const fits = request.kind === "embedding" ? "vector" in answer : "passages" in answer && !("tokens" in answer);
  if (!fits) {
    throw new InputError("the version answers with passages", {
      value: Object.keys(answer).join(),
      limit: request.kind === "embedding" ? "a vector" : "an answer of passages",
    });
  }
  return readQuestion(request);
}

/** @throws InputError for what a version that writes does not read or say */
function requireWritten({ request, answer }: Pick<ReceiptRecord, "request" | "answer">, quotes: boolean): void {
  if (
    request.kind !== "image" &&
    request.kind !== "row" &&
    request.kind !== "embedding" &&
    "tokens" in answer &&
    "passages" in answer === quotes
  )
    return;
  throw new InputError("the version writes its answers", {
    value: `${request.kind}: ${Object.keys(answer).join()}`,
    limit: `a question, and an answer of tokens${quotes ? " with the passages that it is written from" : ""}`,
  });
}

/** The question as an example of what was answered. @throws InputError, DataError for what the version does not read or say */
export function answeredExample(plan: Plan, { request, answer }: ReceiptRecord): Example {
  const asked = readRequest(plan, request);
  const label = "label" in answer ? answer.label : undefined;
  if (label === undefined || !plan.labels.includes(label)) {
    throw new InputError("the version has no such answer", {
      value: label ?? Object.keys(answer).join(),
      limit: `one of ${plan.labels.length} labels`,
    });
  }
  if (asked.kind === "text") return textExample(asked.input, label);
  return asked.kind === "row" ? rowExample(asked.input, label) : imageExample(asked.input, label);
}
