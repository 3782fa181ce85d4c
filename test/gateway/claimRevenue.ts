import { blockTime } from "../../oracle/chain/blockTime.ts";
import { committedReceipts } from "../../oracle/jobs/poolEvents.ts";
import { getReceipts } from "../../oracle/jobs/receiptLines.ts";
import { type CommittedStores, commitReceiptsStage } from "../../oracle/jobs/stages/commitReceipts.ts";
import { DAY, RECEIPTS_GRACE } from "../attribution/deployDisputes.ts";
import type { Shop } from "./openGateway.ts";

/**
 * Sweeps the till of a shop, commits its receipts, settles the epoch and makes every claim.
 *
 * @returns OPEN wei that receipts name and that accounts of contributors rose by
 */
export async function claimRevenue(
  shop: Shop,
  stores: CommittedStores,
): Promise<{ readonly receipts: number; readonly fees: bigint; readonly claimed: bigint }> {
  const { context, deployment, economy, tower, token, wait } = shop;
  const { clock, distributor, market, stakes } = deployment;
  const epoch = await clock.current();
  await market.sweep(1);
  await tower.run("scan");
  await commitReceiptsStage(context, stores).run(`1-${epoch}`);
  await tower.run("scan");
  const committed = (await committedReceipts(context.events, 1n, epoch))!;
  const records = await getReceipts(context.content, committed.uri);
  await wait((await clock.endOf(epoch)) - (await blockTime(context.provider, "latest")) + RECEIPTS_GRACE);
  await stakes.snapshotQuorum();
  const built = await economy.settle(undefined, epoch);
  await economy.post(built);
  await wait(DAY);
  await distributor.finalize(built.root);
  let claimed = 0n;
  for (let place = 0; place < built.payouts.size; place++) {
    const payout = built.payouts.payout(place);
    const before = await token.balanceOf(payout.account);
    await distributor.claim(place, { ...payout }, built.payouts.proof(place));
    claimed += (await token.balanceOf(payout.account)) - before;
  }
  return { receipts: records.length, fees: records.reduce((sum, { receipt }) => sum + receipt.fee, 0n), claimed };
}
