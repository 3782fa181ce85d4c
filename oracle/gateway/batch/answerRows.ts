import { isRetryable } from "../../common/errors.ts";
import { retry } from "../../common/retry.ts";
import type { LocalWallet } from "../../chain/wallet.ts";
import { buyByChannel } from "../channels/buyByChannel.ts";
import type { ChannelPayer } from "../channels/channelPayer.ts";
import type { Offer } from "../client.ts";
import type { AnswerFile } from "./answerFile.ts";
import type { Questions } from "./questionFile.ts";

/** Who pays whom for the rows of a job. */
export interface RowBuyer {
  readonly payer: ChannelPayer;
  readonly offer: Offer;
  readonly wallet: LocalWallet;
}

/**
 * Asks what a job has not got an answer for yet, one row after the other. Each row has a name of its own at the provider: one that was paid
 * for and not written down, because the process was killed, is not paid for again.
 *
 * @param onAnswer told how many rows are answered
 * @throws ChainError with what the provider says of a row; what was answered before it is kept
 */
export async function answerRows(
  { rows }: Questions,
  file: AnswerFile,
  { payer, offer, wallet }: RowBuyer,
  onAnswer: (answered: number) => void,
): Promise<void> {
  const done = new Set(file.answered.map(({ row }) => row));
  for (const [i, request] of rows.entries()) {
    const row = i + 1;
    if (done.has(row)) continue;
    const name = `job-${file.header.job}-${row}`;
    const buy = () => buyByChannel(payer, offer, wallet, request, name);
    file.add(row, await retry(buy, { attempts: 6, firstDelayMs: 500, isRetryable }));
    done.add(row);
    onAnswer(done.size);
  }
}
