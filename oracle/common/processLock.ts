import { randomUUID } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, readlinkSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { z } from "zod";
import { OpenLedgerError, type ErrorDetails } from "./errors.ts";
import { withFileErrors } from "./fileErrors.ts";
import { processInfo } from "./processInfo.ts";

/** Another process has what only one at a time may have. */
export class InUseError extends OpenLedgerError {
  override readonly exitCode = 75;
}

/** Something that belongs to this process until it is released, or the process ends in whatever way. */
export interface ProcessLock {
  readonly release: () => void;
}

export interface LockOptions {
  /** What is locked, as in "the state directory /var/lib/openledger". */
  readonly what: string;
  /** What a person can do instead of ending the other process, as in "use another directory". */
  readonly instead: string;
}

/** How often a holder shows that it lives to those who cannot see its process: on other machines, in other containers. */
const SIGN_OF_LIFE_MS = 10_000;
/** How long after the last sign such a holder counts as ended. */
const SILENT_MS = 120_000;

const holderSchema = z.object({
  id: z.string(),
  pid: z.number(),
  started: z.string(),
  /** Where `pid` means something. */
  place: z.string(),
  command: z.string(),
});
type Holder = z.output<typeof holderSchema>;

/**
 * Makes this process the only holder of the lock file `path`. A lock whose holder has ended is taken over: the holder's id and
 * start time are compared, because ids are used again.
 *
 * @throws InUseError with the holder's process id; StorageError when the file cannot be written
 */
export function lockProcess(path: string, options: LockOptions): ProcessLock {
  return withFileErrors(path, () => {
    mkdirSync(dirname(path), { recursive: true });
    const own = describeSelf();
    acquire(path, own, options);
    const signs = setInterval(() => showLife(path), SIGN_OF_LIFE_MS);
    signs.unref();
    const release = () => {
      clearInterval(signs);
      process.off("exit", release);
      if (readHolder(path)?.id === own.id) rmSync(path, { force: true });
    };
    process.on("exit", release);
    return { release };
  });
}

function acquire(path: string, own: Holder, options: LockOptions): void {
  while (!create(path, own)) {
    const holder = readHolder(path);
    if (holder === undefined) continue;
    if (isAlive(holder, path)) throw inUse(holder, options);
    // Whoever removes a dead holder's file must hold a lock named after that holder. So nobody can remove the file that a
    // successor of it has made meanwhile.
    const removal = `${path}.${holder.id}`;
    acquire(removal, own, options);
    if (readHolder(path)?.id === holder.id) rmSync(path, { force: true });
    rmSync(removal, { force: true });
  }
}

/** Creates the file with all of its content at once. Returns false when it exists. */
function create(path: string, own: Holder): boolean {
  const draft = `${path}.${randomUUID()}.new`;
  writeFileSync(draft, JSON.stringify(own), { flag: "wx" });
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return false;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Undefined when there is no such file. A file that lost its content with the machine's power belongs to nobody. */
function readHolder(path: string): Holder | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    return holderSchema.parse(JSON.parse(text));
  } catch {
    return { id: "damaged", pid: 0, started: "", place: place(), command: "" };
  }
}

function isAlive(holder: Holder, path: string): boolean {
  if (holder.place === place()) return processInfo(holder.pid)?.started === holder.started;
  const modified = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  return modified !== undefined && Date.now() - modified < SILENT_MS;
}

function showLife(path: string): void {
  const now = new Date();
  try {
    utimesSync(path, now, now);
  } catch {
    // somebody has deleted the file, or the disk is gone: the work itself says so
  }
}

function describeSelf(): Holder {
  const { pid } = process;
  const command = process.argv.find((word, i) => i > 1 && !word.startsWith("-")) ?? "openledger";
  return { id: randomUUID(), pid, started: processInfo(pid)?.started ?? "", place: place(), command };
}

/** The machine, and the container on it: process ids of one mean nothing in another. */
function place(): string {
  if (process.platform !== "linux") return hostname();
  return `${hostname()} ${readlinkSync("/proc/self/ns/pid")}`;
}

function inUse({ pid, place: where, command }: Holder, { what, instead }: LockOptions): InUseError {
  const here = where === place();
  const details: ErrorDetails = here
    ? {
        value: `process ${pid} (${command})`,
        limit: "one process at a time",
        remedy: `End process ${pid} first (kill ${pid}), or ${instead}.`,
      }
    : {
        value: `process ${pid} (${command}) on ${where}`,
        limit: "one process at a time",
        remedy: `End it there, or ${instead}. When it has ended without notice, start again ${SILENT_MS / 60_000} minutes after.`,
      };
  return new InUseError(`${what} is in use by process ${pid}`, details);
}
