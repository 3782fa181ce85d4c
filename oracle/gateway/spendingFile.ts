import { existsSync, readFileSync } from "node:fs";
import type { z } from "zod";
import { writeDurably } from "../common/durableFile.ts";
import { ContentError, messageOf } from "../common/errors.ts";
import { withFileErrors } from "../common/fileErrors.ts";
import { toJson } from "../common/json.ts";
import { lockProcess } from "../common/processLock.ts";

/** A record of what was spent, of which one process at a time writes. */
export interface SpendingFile<T> {
  /** What was kept before; undefined where nothing was. */
  readonly before: T | undefined;
  /** It is on disk when this returns. */
  readonly keep: (spending: T) => void;
  /** Lets another process use the file. */
  readonly close: () => void;
}

/**
 * @param check throws for a record that is another's
 * @throws ContentError for a file that cannot be read as one: it is never taken for an empty one
 */
export function openSpendingFile<S extends z.ZodType>(
  file: string,
  schema: S,
  check: (before: z.output<S>) => void = () => {},
): SpendingFile<z.output<S>> {
  const lock = lockProcess(`${file}.lock`, { what: `the record of spending ${file}`, instead: "use another file" });
  try {
    const before = withFileErrors(file, () => read(file, schema));
    if (before !== undefined) check(before);
    return { before, keep: (spending) => writeDurably(file, `${toJson(spending)}\n`), close: lock.release };
  } catch (error) {
    lock.release();
    throw error;
  }
}

function read<S extends z.ZodType>(file: string, schema: S): z.output<S> | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return schema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (error) {
    throw new ContentError(`the record of spending cannot be read: ${messageOf(error)}`, {
      value: file,
      limit: "a file that this program has written",
      remedy: "Restore it, or name another file and begin anew.",
      cause: error,
    });
  }
}
