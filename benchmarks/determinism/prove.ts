// `npm run prove`: the same version, trained, indexed and asked in every configuration that operators may differ in, gives the same bytes.
// Prints a table, writes benchmarks/results/determinism.json, and fails where a hash differs.
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { messageOf } from "../../oracle/common/errors.ts";
import type { KernelChoice } from "../../oracle/numerics/shardPool.ts";
import { thisMachine } from "../report.ts";
import type { StageResult } from "./fingerprintStage.ts";

/** The other supported line of Node; npx fetches it where it is not in its cache. */
const OTHER_NODE = "node@24.21.0";
const WORKERS = [1, 2, 4];
const KERNELS: readonly KernelChoice[] = ["wasm", "plain"];

interface Measured extends StageResult {
  readonly node: string;
  readonly kernels: KernelChoice;
  readonly workers: number;
}

const engines = [{ version: process.version, path: process.execPath }, ...otherNode()];
const measured: Measured[] = [];
print(["Node", "algebra", "workers", "weights", "index", "functional", "seconds"]);
for (const { version, path } of engines) {
  for (const kernels of KERNELS) {
    for (const workers of WORKERS) {
      const result = { node: version, kernels, workers, ...stage(path, kernels, workers) };
      measured.push(result);
      const { weightsHash, indexHash, functionalHash, seconds } = result;
      print([version, kernels, `${workers}`, weightsHash, indexHash, functionalHash, seconds.toFixed(1)]);
    }
  }
}

const first = measured[0]!;
const different = measured.filter(
  ({ weightsHash, indexHash, functionalHash }) =>
    weightsHash !== first.weightsHash || indexHash !== first.indexHash || functionalHash !== first.functionalHash,
);
const file = join(import.meta.dirname, "../results/determinism.json");
mkdirSync(join(import.meta.dirname, "../results"), { recursive: true });
const report = { name: "determinism", measuredAt: new Date().toISOString(), machine: thisMachine() };
const identical = different.length === 0;
writeFileSync(file, `${JSON.stringify({ ...report, identical, configurations: measured }, null, 2)}\n`);

const { rows, contributions } = first;
const what = `${measured.length} configurations, ${rows} rows, ${contributions} contributions, 4 models`;
process.stdout.write(`\n${what}: ${identical ? "the same bytes in all" : `${different.length} DIFFER`}\n${file}\n`);
process.exitCode = identical ? 0 : 1;

function stage(node: string, kernels: KernelChoice, workers: number): StageResult {
  const script = join(import.meta.dirname, "fingerprintStage.ts");
  return JSON.parse(execFileSync(node, [script, kernels, `${workers}`], { encoding: "utf8" })) as StageResult;
}

/** Where npx keeps the other Node; none, said on stderr, where it can be neither found nor fetched. */
function otherNode(): { version: string; path: string }[] {
  const argv = ["--yes", "--ignore-scripts=false", "--package", OTHER_NODE, "--", "node", "-p"];
  try {
    const output = execFileSync(
      "npx",
      [...argv, "JSON.stringify({ version: process.version, path: process.execPath })"],
      {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    return [JSON.parse(output) as { version: string; path: string }];
  } catch (error) {
    process.stderr.write(
      `${OTHER_NODE} was not tested, npx cannot bring it here: ${messageOf(error).split("\n")[0]!}\n`,
    );
    return [];
  }
}

/** One line of the table; hashes by their first bytes. */
function print([node, kernels, workers, ...rest]: string[]): void {
  const seconds = rest.pop()!;
  const hashes = rest.map((hash) => hash.slice(0, 18).padEnd(18));
  process.stdout.write(
    `${[node!.padEnd(9), kernels!.padEnd(7), workers!.padStart(7), ...hashes, seconds.padStart(7)].join("  ")}\n`,
  );
}
