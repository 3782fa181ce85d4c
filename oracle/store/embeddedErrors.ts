import { describeFileError, storageError, StorageError } from "../common/fileErrors.ts";
import { OpenLedgerError } from "../common/errors.ts";

/** Numbers of the system's errors in WebAssembly, where the embedded database runs (WASI preview 1). */
const WASI_CODES: Readonly<Record<number, string>> = {
  2: "EACCES",
  19: "EDQUOT",
  29: "EIO",
  33: "EMFILE",
  41: "ENFILE",
  44: "ENOENT",
  51: "ENOSPC",
  63: "EPERM",
  69: "EROFS",
};

/**
 * What an error of the embedded database means. Errors about the statement itself are returned as they are.
 *
 * @param directory of the database; undefined in memory
 */
export function describeEmbeddedError(error: unknown, directory: string | undefined): unknown {
  if (error instanceof OpenLedgerError) return error;
  if (typeof error === "object" && error !== null && "errno" in error && !(error instanceof Error)) {
    const code = WASI_CODES[Number(error.errno)];
    return (code && storageError(code, directory, error)) ?? damaged(directory, error);
  }
  if (!(error instanceof Error)) return damaged(directory, error);
  const { code } = error as { code?: unknown };
  // SQLSTATE 53100 disk full, 58xxx system error, XX001 and XX002 a page or an index that makes no sense
  if (code === "53100") return storageError("ENOSPC", directory, error);
  if (/^58...$/u.test(String(code))) return storageError("EIO", directory, error);
  if (code === "XX001" || code === "XX002" || hasStopped(error)) return damaged(directory, error);
  return describeFileError(error, directory);
}

/** Whether the database has ended with this error: it answers nothing afterwards. */
export function hasStopped(error: unknown): boolean {
  if (error instanceof StorageError) return hasStopped(error.cause);
  if (!(error instanceof Error)) return true;
  return error.name === "RuntimeError" || error.message === "PGlite failed to initialize properly";
}

function damaged(directory: string | undefined, cause: unknown): StorageError {
  return new StorageError("the embedded database is damaged", {
    value: directory,
    limit: "the files as the database wrote them",
    remedy: `Restore it from a copy, or move ${directory ?? "it"} away and start again: the chain is read and the files are fetched anew.`,
    cause,
  });
}
