import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { outputOf } from "./outputOf.ts";
import type { Benchmark, Row } from "./report.ts";

const SEED = 20_260_102;
const PARALLEL = [1, 64, 200] as const;
const SECONDS = 6;
const SCHEMES = ["exact", "channel"] as const;

interface Load {
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly failed: number;
}

/**
 * Answers of a text classifier that are paid by single payments and by channels, in one run on one gateway: the gateway with its
 * chain is one process, the clients another.
 */
export const benchmark: Benchmark = {
  name: "gateway",
  seed: SEED,
  async *measure() {
    const folder = mkdtempSync(join(tmpdir(), "openledger-bench-"));
    const script = (name: string) => join(import.meta.dirname, "gateway", `${name}.ts`);
    const serve = [script("serve"), `${SEED}`, `${Math.max(...PARALLEL)}`, folder];
    const server = spawn(process.execPath, serve, { stdio: ["pipe", "pipe", "inherit"] });
    try {
      const lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]();
      const served = String((await lines.next()).value);
      let run = 0;
      for (const parallel of PARALLEL) {
        const loads: Load[] = [];
        for (const scheme of SCHEMES) {
          const load = [script("load"), scheme, `${parallel}`, `${SECONDS}`, `${SEED}`, `${++run}`, served];
          loads.push(JSON.parse(await outputOf(load)) as Load);
        }
        yield* rowsOf(parallel, loads as [Load, Load]);
      }
    } finally {
      server.stdin.end();
      await new Promise((resolve) => server.once("exit", resolve));
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

function* rowsOf(parallel: number, [exact, channel]: readonly [Load, Load]): Generator<Row> {
  const of = `${parallel} parallel`;
  const isLoaded = parallel > 1;
  yield { name: `exact, ${of}`, value: exact.perSecond, unit: "answers/s" };
  yield {
    name: `channel, ${of}`,
    value: channel.perSecond,
    unit: "answers/s",
    ...(isLoaded ? { comparator: ">=", target: 500 } : {}),
  };
  yield {
    name: `channel by exact, ${of}`,
    value: channel.perSecond / exact.perSecond,
    unit: "times",
    ...(isLoaded ? { comparator: ">=", target: 10 } : {}),
  };
  for (const [scheme, { p50, p99, failed }] of [["exact", exact] as const, ["channel", channel] as const]) {
    yield { name: `${scheme}, half within, ${of}`, value: p50, unit: "ms" };
    yield { name: `${scheme}, 99 of 100 within, ${of}`, value: p99, unit: "ms" };
    yield { name: `${scheme}, refused, ${of}`, value: failed, unit: "", comparator: "<=", target: 0 };
  }
}
