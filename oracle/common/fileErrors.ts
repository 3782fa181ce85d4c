import { OpenLedgerError } from "./errors.ts";

/** A file, a directory or a database cannot be read or written. */
export class StorageError extends OpenLedgerError {
  override readonly exitCode = 74;
}

interface Reason {
  readonly problem: string;
  readonly remedy: string;
  /** Whether the same call succeeds once somebody has followed the remedy. */
  readonly retryable?: boolean;
}

/** What the system's error codes about files mean to a person. */
const REASONS: Readonly<Record<string, Reason>> = {
  ENOSPC: {
    problem: "the disk is full",
    remedy: "Free space on it; work that waits goes on by itself.",
    retryable: true,
  },
  EDQUOT: { problem: "the disk quota is used up", remedy: "Free space, or raise the quota.", retryable: true },
  EROFS: { problem: "the file system is read-only", remedy: "Mount it writable, or use another directory." },
  EACCES: { problem: "permission is denied", remedy: "Give this user the right to it, or use another path." },
  EPERM: { problem: "the operation is not permitted", remedy: "Give this user the right to it, or use another path." },
  ENOENT: { problem: "it does not exist", remedy: "Check the path." },
  ENOTDIR: { problem: "a part of the path is a file, not a directory", remedy: "Check the path." },
  EEXIST: { problem: "something else is there", remedy: "Move it away, or use another path." },
  EISDIR: { problem: "it is a directory, not a file", remedy: "Name a file." },
  ENOTEMPTY: { problem: "the directory is not empty", remedy: "Empty it, or use another one." },
  ENAMETOOLONG: { problem: "the name is too long", remedy: "Use a shorter path." },
  ELOOP: { problem: "symbolic links lead in a circle", remedy: "Check the path." },
  EMFILE: { problem: "this process has too many files open", remedy: "Raise the limit: ulimit -n.", retryable: true },
  ENFILE: { problem: "the machine has too many files open", remedy: "Raise fs.file-max.", retryable: true },
  EFBIG: { problem: "the file is larger than the file system takes", remedy: "Use another file system." },
  EBUSY: { problem: "something else uses it", remedy: "End what uses it.", retryable: true },
  EXDEV: { problem: "two paths are on different file systems", remedy: "Put both on one." },
  ENOTSUP: { problem: "the file system lacks this operation", remedy: "Use another file system." },
  EIO: { problem: "the disk reports a fault", remedy: "Check the disk and its cables, then restore from a copy." },
};

/** System calls that are about connections and processes: their errors have codes like those of files. */
const NOT_FILES = /^(connect|listen|bind|accept|getaddrinfo|spawn|kill)/u;

/**
 * Says in words what an error of the file system means; every other error is returned as it is.
 *
 * @param path that the person knows; the file that the error names when absent
 */
export function describeFileError(error: unknown, path?: string): unknown {
  if (!(error instanceof Error)) return error;
  const { code, syscall, path: named } = error as NodeJS.ErrnoException;
  if (code === undefined || syscall === undefined || NOT_FILES.test(syscall)) return error;
  return storageError(code, path ?? named, error) ?? error;
}

/** The error for one of the system's codes, such as ENOSPC; undefined for a code that is not about files. */
export function storageError(code: string, path: string | undefined, cause?: unknown): StorageError | undefined {
  const reason = REASONS[code];
  if (reason === undefined) return undefined;
  const { problem, remedy, retryable = false } = reason;
  return new StorageError(`${path ?? "a file"} cannot be used: ${problem}`, {
    value: path,
    limit: "a path that this process can read and write",
    remedy,
    retryable,
    cause,
  });
}

/** Runs work on files. @throws StorageError in place of the file system's own errors */
export function withFileErrors<T>(path: string, work: () => T): T {
  try {
    const result = work();
    if (!(result instanceof Promise)) return result;
    return result.catch((error: unknown) => {
      throw describeFileError(error, path);
    }) as T;
  } catch (error) {
    throw describeFileError(error, path);
  }
}
