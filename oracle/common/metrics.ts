import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";

export interface Metrics {
  readonly registry: Registry;
  /** Seconds a stage took, by stage and outcome. */
  readonly stageSeconds: Histogram<"stage" | "outcome">;
  readonly scannedBlock: Gauge;
  readonly reorgs: Counter;
  readonly unreadableLogs: Counter;
  readonly transactions: Counter<"kind" | "status">;
  readonly disagreements: Counter<"subject">;
  /** Receipts files that count for nothing, by why. */
  readonly emptyReceipts: Counter<"reason">;
  readonly equivocations: Counter;
}

/** One registry per process part, so that tests and several roles in one process do not collide. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: "openledger_" });
  const registers = [registry];
  return {
    registry,
    stageSeconds: new Histogram({
      name: "openledger_stage_seconds",
      help: "Duration of a stage in seconds",
      labelNames: ["stage", "outcome"],
      buckets: [0.01, 0.1, 0.5, 1, 5, 15, 60, 300, 1800],
      registers,
    }),
    scannedBlock: new Gauge({ name: "openledger_scanned_block", help: "Last block in the store", registers }),
    reorgs: new Counter({ name: "openledger_reorgs_total", help: "Reorganisations rolled back", registers }),
    unreadableLogs: new Counter({
      name: "openledger_unreadable_logs_total",
      help: "Logs passed over because they do not have the form of their event",
      registers,
    }),
    transactions: new Counter({
      name: "openledger_transactions_total",
      help: "Transactions by kind and status",
      labelNames: ["kind", "status"],
      registers,
    }),
    disagreements: new Counter({
      name: "openledger_disagreements_total",
      help: "Results of others that differ from what was computed here",
      labelNames: ["subject"],
      registers,
    }),
    emptyReceipts: new Counter({
      name: "openledger_receipts_ignored_total",
      help: "Receipts files that count for nothing: certified as lacking, malformed, or not the committed ones",
      labelNames: ["reason"],
      registers,
    }),
    equivocations: new Counter({
      name: "openledger_equivocations_total",
      help: "Keys that signed both that they have a committed file and that they lack it",
      registers,
    }),
  };
}
