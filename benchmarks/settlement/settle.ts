// Settles in a process of its own and prints what that took: `settle.ts FOLDER POOLS RECEIPTS`.
import { join } from "node:path";
import process from "node:process";
import { createLogger } from "../../oracle/common/logger.ts";
import { createMetrics } from "../../oracle/common/metrics.ts";
import { createContentFiles } from "../../oracle/jobs/contentFiles.ts";
import { foldReceipts } from "../../oracle/jobs/foldReceipts.ts";
import { committedReceipts } from "../../oracle/jobs/poolEvents.ts";
import type { ReceiptRecord } from "../../oracle/jobs/receiptFiles.ts";
import { sweptRevenue } from "../../oracle/jobs/sweptRevenue.ts";
import { usableReceipts } from "../../oracle/jobs/usableReceipts.ts";
import { writeBundle } from "../../oracle/settlement/bundle.ts";
import { directionIn } from "../../oracle/settlement/functional.ts";
import { settleEpochs } from "../../oracle/settlement/settle.ts";
import { createChainEvents } from "../../oracle/store/chainEvents.ts";
import { openStore } from "../../oracle/store/open.ts";
import { accountOf, createRandom } from "../../test/fixtures/settlement.ts";
import { ADDRESSES, partOf, plan, SEED, tillOf, townOf } from "./town.ts";

const { folder, pools: size } = partOf(process.argv.slice(2));
const content = createContentFiles(join(folder, "content"), []);
const db = await openStore({ DATABASE_URL: undefined, OPENLEDGER_STATE_DIR: folder });
const events = createChainEvents(db);
const context = { content, log: createLogger({ level: "error" }), metrics: createMetrics() };
const town = townOf(size);
const random = createRandom(SEED);
const began = performance.now();

const receipts = [];
const pools = [];
for (const [p, pool] of town.pools.entries()) {
  const { modelId, epoch, versionId } = pool;
  const version = town.versions[p]!;
  const committed = (await committedReceipts(events, modelId, epoch))!;
  const folded = await foldReceipts({
    usable: await usableReceipts(context, () => Promise.resolve(plan), versionId, committed, true),
    receiptsRoot: committed.receiptsRoot,
    receiptCount: committed.count,
    versionId,
    ...(await sweptRevenue(events, modelId, epoch, tillOf(p), ADDRESSES)),
    isProviders: () => true,
    isConfirmed: () => false,
    direction: directionIn(version),
    featuresOf: (records) => features(records, version.k),
    content,
  });
  if (folded.receipts.bytes === 0) throw new Error(`No receipt of pool ${p} counts.`);
  receipts.push(folded.receipts);
  const { receiptsRoot, count: receiptCount } = committed;
  pools.push({ ...pool, functional: folded.functional, receiptsRoot, receiptCount });
}
const inputs = { ...town, pools };
const settlement = settleEpochs(inputs);
const bundle = writeBundle(inputs, settlement, {
  ...{ chainId: 10n, distributor: accountOf(1), receipts },
  receiptsFiles: receipts.map(() => "have" as const),
});
for (const bytes of bundle.files.values()) await content.put(bytes);
const manifest = await content.put(new TextEncoder().encode(bundle.manifest));
process.stdout.write(
  JSON.stringify({
    seconds: (performance.now() - began) / 1_000,
    mebibytes: process.resourceUsage().maxRSS / 1024,
    bundle: manifest,
    bundleHash: bundle.bundleHash,
    payoutsRoot: settlement.root.payoutsRoot,
  }),
);
await db.close();

/** In the place of a model, which takes the same memory for each batch: directions drawn by lot. */
async function* features(records: Iterable<ReceiptRecord>, k: number): AsyncGenerator<Float64Array> {
  for (const { answer } of records) {
    const sign = "label" in answer && answer.label === "yes" ? 1 : -1;
    yield Float64Array.from({ length: k }, () => sign * (random() >>> 16));
  }
}
