// The read API over one final root, as an operator serves it: `serve.ts ACCOUNTS SEED FOLDER ROOT`. Prints its address; every
// line on standard input is answered with the memory that the process holds.
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

const [count, seed, folder] = [Number(process.argv[2]), Number(process.argv[3]), process.argv[4]!];
const { root, rootHash } = JSON.parse(process.argv[5]!) as { root: Record<string, unknown>; rootHash: string };
/** Payments of one batch, and how many batches there were: one account of ten has claimed. */
const BATCH = 100;

const db = await openStore({ DATABASE_URL: undefined, OPENLEDGER_STATE_DIR: undefined });
const events = createChainEvents(db);
const wordOf = (index: number) => `${(BigInt(accountAt(index, count, seed)) << 96n) | 1_000n}`;
const batches = Array.from({ length: Math.ceil(count / 10 / BATCH) }, (_, b) => ({
  payments: Array.from({ length: BATCH }, (_payment, i) => wordOf(((b * BATCH + i) * 10) % count)),
}));
const happened: [string, Record<string, unknown>][] = [
  ["RootPosted", { ...root, rootHash }],
  ["RootFinalized", { rootHash }],
  ...batches.map((batch): [string, Record<string, unknown>] => ["Distributed", batch]),
];
await events.append(
  [{ number: 1, hash: "0x1", parentHash: "0x0", timestamp: 1 }],
  happened.map(([name, args], logIndex) => ({
    ...{ blockNumber: 1, logIndex, transactionHash: rootHash, contract: "RewardDistributor", name, args },
  })),
);
const roots = { open: () => Promise.reject(new Error("the file of the root is there: nothing is rebuilt")) };
const payouts = createPayoutFiles(folder, events, roots);
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
