import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { InputError } from "../../common/errors.ts";

/** A file of results exists, but belongs to another study. */
export class RunLogMismatchError extends InputError {
  constructor(file: string, expected: string, found: string) {
    super(`${file} holds results of ${found}, this study is ${expected}: name another file or delete that one`);
  }
}

/** Done and total runs, and the seconds that the rest takes at the pace of this process's own runs (NaN before its first). */
export interface RunProgress {
  readonly done: number;
  readonly total: number;
  readonly secondsLeft: number;
}

export interface RunLogOptions {
  /** Results; `file`.json beside it holds `study`. */
  readonly file: string;
  /** What the results depend on. A file that was written for another study is refused. */
  readonly study: string;
  /** Numbers per run. */
  readonly width: number;
  readonly count: number;
  /** Result of run i: `width` numbers. Must depend on the study and on i alone. */
  readonly run: (i: number) => Float32Array | Promise<Float32Array>;
  readonly onProgress?: (progress: RunProgress) => void;
  /** Seconds since any origin. */
  readonly now?: () => number;
}

/**
 * Runs 0 … count - 1 in order, each appended to a file of float32 as soon as it is there, so that a study that was stopped
 * goes on where it was. A run that was half written is repeated.
 *
 * @returns count x width numbers, row-major
 * @throws RunLogMismatchError
 */
export async function collectRuns(options: RunLogOptions): Promise<Float32Array> {
  const { file, study, width, count } = options;
  const now = options.now ?? ((): number => performance.now() / 1000);
  mkdirSync(dirname(file), { recursive: true });
  const sidecar = `${file}.json`;
  if (existsSync(sidecar)) {
    const found = readFileSync(sidecar, "utf8");
    if (found !== study) throw new RunLogMismatchError(file, study, found);
  } else {
    writeFileSync(sidecar, study);
    closeSync(openSync(file, "w"));
  }
  const bytes = width * 4;
  const present = Math.floor(statSync(file).size / bytes);
  truncateSync(file, present * bytes);
  const started = now();
  for (let i = present; i < count; i++) {
    const result = await options.run(i);
    if (result.length !== width) throw new RangeError(`run ${i} returned ${result.length} numbers, not ${width}`);
    appendFileSync(file, new Uint8Array(result.buffer, result.byteOffset, result.byteLength));
    const done = i + 1;
    const secondsLeft = ((now() - started) / (done - present)) * (count - done);
    options.onProgress?.({ done, total: count, secondsLeft });
  }
  const content = readFileSync(file);
  const results = new Float32Array(count * width);
  new Uint8Array(results.buffer).set(content.subarray(0, count * bytes));
  return results;
}
