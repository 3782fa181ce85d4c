import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { outputOf } from "./outputOf.ts";
import type { Benchmark, Row } from "./report.ts";
import { SEED } from "./settlement/town.ts";

const POOLS = 1_000;
/** A million in all. */
const RECEIPTS = 1_000_000;

interface Measured {
  readonly seconds: number;
  /** Most that the process held. */
  readonly mebibytes: number;
}

interface Settled extends Measured {
  readonly bundle: string;
  readonly bundleHash: string;
  readonly payoutsRoot: string;
}

interface Rebuilt extends Measured {
  readonly payoutsRoot: string;
  readonly counted: number;
}

/**
 * Memory of a settlement of 1,000 pools with a million receipts, or `--receipts` of them: what providers have committed is read
 * from files and payments from the store, counted, summed, settled, written as a bundle, and read and rebuilt by another process.
 */
export const benchmark: Benchmark = {
  name: "settlement",
  seed: SEED,
  async *measure(options) {
    const asked = options.indexOf("--receipts");
    const receipts = asked < 0 ? RECEIPTS : Number(options[asked + 1]);
    const folder = mkdtempSync(join(tmpdir(), "openledger-bench-"));
    try {
      const script = (name: string) => join(import.meta.dirname, "settlement", `${name}.ts`);
      const part = async <T>(name: string, ...rest: string[]) =>
        JSON.parse(await outputOf([script(name), folder, `${POOLS}`, `${receipts}`, ...rest])) as T;
      await part("prepare");
      const settled = await part<Settled>("settle");
      yield* rowsOf("settled and written", settled, receipts);
      const rebuilt = await part<Rebuilt>("rebuild", settled.bundle, settled.bundleHash);
      if (rebuilt.payoutsRoot !== settled.payoutsRoot || rebuilt.counted !== receipts) {
        throw new Error(`${rebuilt.counted} receipts and root ${rebuilt.payoutsRoot} were read back.`);
      }
      yield* rowsOf("read and rebuilt", rebuilt, receipts);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

function* rowsOf(what: string, { seconds, mebibytes }: Measured, receipts: number): Generator<Row> {
  const name = `${what}: ${POOLS.toLocaleString("en")} pools, ${receipts.toLocaleString("en")} receipts`;
  yield { name, value: seconds, unit: "s" };
  yield { name: `${name}, most memory`, value: mebibytes, unit: "MiB", comparator: "<=", target: 2_048 };
}
