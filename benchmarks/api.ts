import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { outputOf } from "./outputOf.ts";
import type { Benchmark, Row } from "./report.ts";

const SEED = 20_260_101;
const SIZES = [10_000, 1_000_000] as const;
const CONNECTIONS = 32;
const SECONDS = 20;
const MIB = 2 ** 20;

interface Load {
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly failed: number;
}

/** Proofs of accounts from the read API: the server, the client and what makes the tree are processes of their own. */
export const benchmark: Benchmark = {
  name: "api",
  seed: SEED,
  async *measure() {
    const memory: number[] = [];
    for (const size of SIZES) {
      const folder = mkdtempSync(join(tmpdir(), "openledger-bench-"));
      try {
        const { load, mebibytes } = await measure(size, folder);
        memory.push(mebibytes);
        yield* rowsOf(size, load, mebibytes);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    }
    const growth = memory[1]! - memory[0]!;
    yield {
      name: "memory that a hundred times the accounts take",
      value: growth,
      unit: "MiB",
      comparator: "<=",
      target: 64,
    };
  },
};

function* rowsOf(size: number, { perSecond, p50, p99, failed }: Load, mebibytes: number): Generator<Row> {
  const of = `${size.toLocaleString("en")} accounts, ${CONNECTIONS} connections`;
  yield { name: `proofs, ${of}`, value: perSecond, unit: "answers/s", comparator: ">=", target: 2_000 };
  yield { name: `half of the answers within, ${of}`, value: p50, unit: "ms" };
  yield { name: `99 of 100 answers within, ${of}`, value: p99, unit: "ms", comparator: "<=", target: 25 };
  yield { name: `answers that failed, ${of}`, value: failed, unit: "", comparator: "<=", target: 0 };
  yield { name: `memory of the server, ${of}`, value: mebibytes, unit: "MiB" };
}

async function measure(size: number, folder: string): Promise<{ load: Load; mebibytes: number }> {
  const script = (name: string) => join(import.meta.dirname, "api", `${name}.ts`);
  const build = [script("build"), `${size}`, `${SEED}`, folder];
  const made = execFileSync(process.execPath, build, { encoding: "utf8" });
  const { root } = JSON.parse(made) as { root: { payoutsRoot: string } };

  const serve = [script("serve"), `${size}`, `${SEED}`, folder, made];
  const server = spawn(process.execPath, serve, { stdio: ["pipe", "pipe", "inherit"] });
  try {
    const lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]();
    const next = async () => String((await lines.next()).value);
    const url = await next();
    const ask = [script("load"), url, `${size}`, `${SEED}`, root.payoutsRoot, `${CONNECTIONS}`, `${SECONDS}`];
    const load = JSON.parse(await outputOf(ask)) as Load;
    server.stdin.write("\n");
    return { load, mebibytes: Number(await next()) / MIB };
  } finally {
    server.stdin.end();
    await new Promise((resolve) => server.once("exit", resolve));
  }
}
