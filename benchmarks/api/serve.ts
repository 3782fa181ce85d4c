// The read API over one final root, as an operator serves it: `serve.ts ACCOUNTS SEED FOLDER ROOT`. Prints its address; every
// line on standard input is answered with the memory that the process holds.
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { accountRoutes } from "../../oracle/api/routes/accounts.ts";
import { startApi } from "../../oracle/api/server.ts";
import { createLogger } from "../../oracle/common/logger.ts";
import { createMetrics } from "../../oracle/common/metrics.ts";
import { createPayoutFiles } from "../../oracle/jobs/payoutFiles.ts";
import { createChainEvents } from "../../oracle/store/chainEvents.ts";
import { openStore } from "../../oracle/store/open.ts";
import { createProtocolView } from "../../oracle/store/protocolView.ts";
import { accountAt } from "./accounts.ts";

type Happened = [name: string, args: Record<string, unknown>];

const [count, seed, folder] = [Number(process.argv[2]), Number(process.argv[3]), process.argv[4]!];
const { root, rootHash } = JSON.parse(process.argv[5]!) as { root: Record<string, unknown>; rootHash: string };
/** Payments of one batch; one account of ten has claimed, in batches that are so many blocks apart. */
const BATCH = 100;
const APART = 100;
/** Batches that are stored together, as a scan does. */
const STORED = 20;

const db = await openStore({ DATABASE_URL: undefined, OPENLEDGER_STATE_DIR: join(folder, "state") });
const events = createChainEvents(db);
const wordOf = (index: number) => `${(BigInt(accountAt(index, count, seed)) << 96n) | 1_000n}`;
const batches = Math.ceil(count / 10 / BATCH);
await store(1, [
  ["RootPosted", { ...root, rootHash }],
  ["RootFinalized", { rootHash }],
]);
for (let from = 0; from < batches; from += STORED) {
  const together = Array.from({ length: Math.min(STORED, batches - from) }, (_, i) => from + i);
  const paid = together.map((b): Happened => ["Distributed", { payments: Array.from({ length: BATCH }, (_, i) => wordOf(((b * BATCH + i) * 10) % count)) }]); // prettier-ignore
  await store(2 + from * APART, paid);
}
const roots = { open: () => Promise.reject(new Error("the file of the root is there: nothing is rebuilt")) };
const payouts = createPayoutFiles(join(folder, "payouts"), events, roots);
const api = await startApi({
  title: "benchmark",
  host: "127.0.0.1",
  port: 0,
  log: createLogger({ level: "error" }),
  metrics: createMetrics(),
  routes: [accountRoutes(payouts, roots, { events, view: createProtocolView(events) })],
  rate: 0,
});
process.stdout.write(`${api.url}\n`);
createInterface({ input: process.stdin })
  .on("line", () => process.stdout.write(`${process.memoryUsage.rss()}\n`))
  .on("close", () => process.exit());

/** One event a block, from this block on. */
async function store(first: number, happened: readonly Happened[]): Promise<void> {
  const numbers = happened.map(([name], i) => first + (name === "Distributed" ? i * APART : 0));
  const blocks = [...new Set(numbers)].map((number) => ({
    number,
    hash: `0x${number}`,
    parentHash: `0x${number - 1}`,
    timestamp: number,
  }));
  await events.append(
    blocks,
    happened.map(([name, args], logIndex) => ({
      ...{ blockNumber: numbers[logIndex]!, logIndex, transactionHash: rootHash },
      ...{ contract: "RewardDistributor", name, args },
    })),
  );
}
