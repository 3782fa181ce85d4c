import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { withFileErrors } from "./fileErrors.ts";

/** Replaces a file that only its owner may read. The whole new one is on disk before it takes the old one's place. */
export function writeDurably(file: string, text: string): void {
  withFileErrors(file, () => {
    mkdirSync(dirname(file), { recursive: true });
    const draft = `${file}.new`;
    const descriptor = openSync(draft, "w", 0o600);
    try {
      writeSync(descriptor, text);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(draft, file);
    const folder = openSync(dirname(file), "r");
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  });
}
