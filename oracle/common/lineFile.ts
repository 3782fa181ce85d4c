import { closeSync, existsSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import { withFileErrors } from "./fileErrors.ts";

/** A file to which one process adds lines. */
export interface LineFile {
  /** It is on disk when this returns. */
  readonly add: (line: string) => void;
  readonly close: () => void;
}

/** Goes on after the last whole line: a process that was killed may have left half of one. */
export function openLineFile(file: string): LineFile {
  return withFileErrors(file, () => {
    const descriptor = openSync(file, "a", 0o600);
    ftruncateSync(descriptor, wholeLines(file).length);
    return {
      add: (line) => {
        withFileErrors(file, () => {
          writeSync(descriptor, `${line}\n`);
          fsyncSync(descriptor);
        });
      },
      close: () => closeSync(descriptor),
    };
  });
}

/** Its whole lines; none where there is no file. */
export function readLineFile(file: string): string[] {
  return withFileErrors(file, () =>
    existsSync(file) ? wholeLines(file).toString("utf8").split("\n").slice(0, -1) : [],
  );
}

function wholeLines(file: string): Buffer {
  const bytes = readFileSync(file);
  return bytes.subarray(0, bytes.lastIndexOf(10) + 1);
}
