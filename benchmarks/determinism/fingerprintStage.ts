// One configuration in a process of its own: `fingerprintStage.ts KERNELS WORKERS`, under any version of Node.
import process from "node:process";
import type { VersionFingerprint } from "../../oracle/jobs/versionFingerprint.ts";
import { fingerprintVersion } from "../../oracle/jobs/versionFingerprint.ts";
import type { KernelChoice } from "../../oracle/numerics/shardPool.ts";
import { demoVersion } from "./demoVersion.ts";

/** What a configuration gave. */
export interface StageResult extends VersionFingerprint {
  readonly rows: number;
  readonly contributions: number;
  readonly seconds: number;
}

const [kernels, workers] = process.argv.slice(2) as [KernelChoice, string];
const version = demoVersion();
const started = performance.now();
const fingerprint = await fingerprintVersion(version, { kernels, workers: Number(workers) });
const result: StageResult = {
  ...fingerprint,
  rows: version.data.training.rows.labels.length,
  contributions: version.data.training.contributions,
  seconds: (performance.now() - started) / 1000,
};
process.stdout.write(JSON.stringify(result));
