import { receiptType } from "@openledger/protocol/eip712/receipt.ts";
import { NotFoundError } from "../common/errors.ts";
import { answersOwed } from "../settlement/answersOwed.ts";
import { explainReceipt } from "../settlement/explain.ts";
import type { CountedReceipt } from "../settlement/receipts.ts";
import { type AnswerSpan, createSpanFinder } from "./answerSpans.ts";
import type { Context } from "./context.ts";
import { committedRecords } from "./committedRecords.ts";
import { shortAnswer } from "./receiptFiles.ts";
import { allFeatures } from "./queryFeatures.ts";
import type { SettledRoot } from "./settledRoots.ts";

/** What a paid answer owes to whom. */
export interface ExplainedReceipt {
  readonly label: string;
  readonly influences: { contributionId: bigint; contributor: string; influence: number }[];
  /** The rarest first. */
  readonly spans: AnswerSpan[];
}

/** A paid answer that contributions earned by. */
export interface EarningAnswer extends CountedReceipt {
  readonly modelId: bigint;
  readonly epoch: bigint;
  readonly label: string;
  /** Of what the asked answers of the pool add to the contributions' scores. */
  readonly share: number;
}

/** Answers of a pool that are looked at, those with the highest fees: each is asked again. */
const MOST_ANSWERS = 64;

export interface ReceiptExplainer {
  /** @param top how many contributions to name at most */
  explain(
    root: SettledRoot,
    receipt: CountedReceipt & { readonly modelId: bigint; readonly epoch: bigint },
    top: number,
  ): Promise<ExplainedReceipt>;
  /**
   * The paid answers that contributions earned most by, of each pool.
   *
   * @param top how many of each pool at most
   */
  answers(root: SettledRoot, contributionIds: ReadonlySet<bigint>, top: number): Promise<EarningAnswer[]>;
}

/**
 * Explains single answers. Each needs the version's model in memory, so they are computed one after the other: a reader
 * cannot keep the stages from their work.
 */
export function createReceiptExplainer(context: Context): ReceiptExplainer {
  let previous: Promise<unknown> = Promise.resolve();
  const spansOf = createSpanFinder(context);

  const explain: ReceiptExplainer["explain"] = async ({ bundle }, counted, top) => {
    const { modelId, epoch, receipt } = counted;
    const version = bundle.inputs.versions.find(({ versionId }) => versionId === receipt.versionId)!;
    const records = await committedRecords(context, modelId, epoch, [receipt]);
    const record = records.get(receiptType.hash(receipt));
    if (record === undefined) {
      throw new NotFoundError("the request and the answer of this receipt are not published", {
        value: receipt.paymentId,
        limit: `the records that the provider committed for epoch ${epoch}`,
        remedy: "Ask the model's provider.",
      });
    }
    const psi = await allFeatures(context, version, [record]);
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
      spans: await spansOf(receipt.versionId, record.answer),
    };
  };

  const answers: ReceiptExplainer["answers"] = async ({ bundle: { inputs }, receipts }, contributionIds, top) => {
    const found: EarningAnswer[] = [];
    for (const [p, { modelId, epoch, versionId }] of inputs.pools.entries()) {
      const version = inputs.versions.find((candidate) => candidate.versionId === versionId)!;
      if (!version.rows.some((row) => contributionIds.has(row.contributionId))) continue;
      const dearest = await receipts.dearest(p, MOST_ANSWERS);
      if (dearest.length === 0) continue;
      const paid = dearest.map(({ receipt }) => receipt);
      const records = await committedRecords(context, modelId, epoch, paid);
      const asked = dearest.flatMap((counted) => {
        const record = records.get(receiptType.hash(counted.receipt));
        return record === undefined ? [] : [{ counted, record }];
      });
      const psi = await allFeatures(
        context,
        version,
        asked.map(({ record }) => record),
      );
      const counted = asked.map((answer) => answer.counted);
      for (const { place, share } of answersOwed(version, contributionIds, counted, psi).slice(0, top)) {
        const label = shortAnswer(asked[place]!.record.answer);
        found.push({ ...counted[place]!, modelId, epoch, label, share });
      }
    }
    return found;
  };

  /** After what was asked before, however that ended. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = previous.then(work, work);
    previous = turn.catch(() => {});
    return turn;
  }

  return {
    explain: (...asked) => inTurn(() => explain(...asked)),
    answers: (...asked) => inTurn(() => answers(...asked)),
  };
}
