import { ContentError } from "../common/errors.ts";
import type { SignedReceipt } from "../settlement/receipts.ts";
import type { SignedStatement } from "../settlement/statements.ts";
import type { Context } from "./context.ts";
import type { CommittedReceipts } from "./poolEvents.ts";
import { openReceipts, type RecordPlace } from "./receiptLines.ts";
import type { ReceiptRecord } from "./receiptFiles.ts";
import { commitmentProblem, recordProblem } from "./receiptsProblem.ts";
import type { AnyPlan } from "./versionFiles.ts";

/** A receipt without what was asked and answered, which is longer by far and stays in its file. */
export interface PlacedReceipt extends SignedReceipt {
  readonly place: RecordPlace;
}

/** The receipts of a pool that may count. */
export interface UsableReceipts {
  /** What the payers of channels have confirmed of them. */
  readonly statements: readonly SignedStatement[];
  /** In the order of the file. */
  readonly receipts: readonly PlacedReceipt[];
  /** What one of them is about. */
  recordOf(receipt: PlacedReceipt): ReceiptRecord;
}

export const NO_RECEIPTS: UsableReceipts = {
  statements: [],
  receipts: [],
  recordOf: ({ place }) => {
    throw new RangeError(`no receipts were read, and none of line ${place.line}`);
  },
};

/**
 * Receipts that operators certified to lack, that are malformed or that are not the committed ones count for nothing: a provider
 * cannot hold a root up. The file is read record by record.
 *
 * @param planOf the version's plan, which is read when there is a record
 * @throws ContentUnavailableError (retryable) for a file that was certified and that nobody serves at the moment
 */
export async function usableReceipts(
  context: Pick<Context, "content" | "log" | "metrics">,
  planOf: () => Promise<AnyPlan>,
  versionId: bigint,
  commitment: CommittedReceipts,
  isCertified: boolean,
): Promise<UsableReceipts> {
  const { uri } = commitment;
  const none = (reason: string, why: object): UsableReceipts => {
    context.metrics.emptyReceipts.inc({ reason });
    context.log.warn({ uri, ...why }, `receipts count for nothing: ${reason}`);
    return NO_RECEIPTS;
  };
  if (!isCertified) return none("lacking", {});
  const receipts: PlacedReceipt[] = [];
  let unreadable: string | undefined;
  try {
    const lines = await openReceipts(context.content, uri);
    let plan: AnyPlan | undefined;
    for (const { record, place } of lines.records()) {
      receipts.push({ receipt: record.receipt, signature: record.signature, place });
      plan ??= await planOf();
      unreadable ??= recordProblem(plan, versionId, record);
    }
    if (receipts.length === 0) return NO_RECEIPTS;
    const problem = commitmentProblem(receipts, commitment) ?? unreadable;
    return problem === undefined
      ? { statements: lines.statements, receipts, recordOf: ({ place }) => lines.at(place) }
      : none("other receipts", { problem });
  } catch (error) {
    if (!(error instanceof ContentError)) throw error;
    return none("malformed", { err: error });
  }
}
