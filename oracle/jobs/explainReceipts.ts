import { receiptType } from "@openledger/protocol/eip712/receipt.ts";
import { NotFoundError } from "../common/errors.ts";
import { explainReceipt } from "../settlement/explain.ts";
import type { CountedReceipt } from "../settlement/receipts.ts";
import type { Context } from "./context.ts";
import { committedReceipts } from "./poolEvents.ts";
import { getReceipts, shortAnswer } from "./receiptFiles.ts";
import { queryFeatures } from "./settlementInputs.ts";
import type { SettledRoot } from "./settledRoots.ts";

/** What a paid answer owes to whom. */
export interface ExplainedReceipt {
  readonly label: string;
  readonly influences: { contributionId: bigint; contributor: string; influence: number }[];
}

export interface ReceiptExplainer {
  /** @param top how many contributions to name at most */
  explain(
    root: SettledRoot,
    receipt: CountedReceipt & { readonly modelId: bigint; readonly epoch: bigint },
    top: number,
  ): Promise<ExplainedReceipt>;
}

/**
 * Explains single answers. Each needs the version's model in memory, so they are computed one after the other: a reader
 * cannot keep the stages from their work.
 */
export function createReceiptExplainer(context: Context): ReceiptExplainer {
  let previous: Promise<unknown> = Promise.resolve();

  const explain: ReceiptExplainer["explain"] = async ({ bundle }, counted, top) => {
    const { modelId, epoch, receipt } = counted;
    const version = bundle.inputs.versions.find(({ versionId }) => versionId === receipt.versionId)!;
    const commitment = await committedReceipts(context.events, modelId, epoch);
    const records = commitment === undefined ? [] : await getReceipts(context.content, commitment.uri);
    const hash = receiptType.hash(receipt);
    const record = records.find((candidate) => receiptType.hash(candidate.receipt) === hash);
    if (record === undefined) {
      throw new NotFoundError("the request and the answer of this receipt are not published", {
        value: receipt.paymentId,
        limit: `${records.length} records that the provider committed for epoch ${epoch}`,
        remedy: "Ask the model's provider.",
      });
    }
    const psi = await queryFeatures(context, version, [record]);
    const contributors = new Map(
      (await context.view.contributions()).map((c) => [c.contributionId, c.contributor] as const),
    );
    const { influences } = explainReceipt(counted, psi, version, top);
    return {
      label: shortAnswer(record.answer),
      influences: influences.map(({ contributionId, influence }) => ({
        contributionId,
        contributor: contributors.get(contributionId)!,
        influence,
      })),
    };
  };

  return {
    explain: (...asked) => {
      const turn = previous.then(
        () => explain(...asked),
        () => explain(...asked),
      );
      previous = turn.catch(() => {});
      return turn;
    },
  };
}
