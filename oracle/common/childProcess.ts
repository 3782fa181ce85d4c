import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { OpenLedgerError } from "./errors.ts";

export interface ChildOptions {
  readonly name: string;
  /** A script that Node runs; spawned directly, so that its process id is the one to end. */
  readonly script: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Added to this process's environment. */
  readonly environment?: NodeJS.ProcessEnv;
  /** Standard output and error go here. */
  readonly logFile: string;
}

export interface Child {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  /** Resolves with the exit status (128 + signal number for a signal). */
  readonly exited: Promise<number>;
  /** Ends the child's whole process group: politely first, for good after `graceMs`. */
  stop(graceMs?: number): Promise<void>;
  /** Ends it as a power cut would. */
  kill(): Promise<void>;
}

const DEFAULT_GRACE_MS = 8_000;

const END_WITH_PARENT = new URL("./endWithParent.ts", import.meta.url).href;

/**
 * Starts a Node script in a process group of its own, so that ending it leaves nothing behind. When this process is killed
 * before it could end its children, they notice and end themselves.
 */
export function startChild(options: ChildOptions): Child {
  mkdirSync(dirname(options.logFile), { recursive: true });
  const log = openSync(options.logFile, "a");
  const child = spawn(process.execPath, ["--import", END_WITH_PARENT, options.script, ...options.args], {
    cwd: options.cwd,
    env: { ...process.env, ...options.environment },
    // the channel carries nothing: it closes when this process ends
    stdio: ["ignore", log, log, "ipc"],
    detached: true,
  });
  closeSync(log);
  const exited = new Promise<number>((resolve) => {
    child.once("exit", (code, signal) => resolve(code ?? (signal === "SIGKILL" ? 137 : 143)));
    child.once("error", () => resolve(127));
  });
  const { pid } = child;
  if (pid === undefined) {
    throw new OpenLedgerError(`${options.name} could not be started`, { value: options.script });
  }

  async function stop(graceMs = DEFAULT_GRACE_MS): Promise<void> {
    if (isOver(child)) return;
    signalGroup(pid!, "SIGTERM");
    const ended = await Promise.race([exited.then(() => true), sleep(graceMs, false, { ref: false })]);
    if (!ended) await kill();
  }
  async function kill(): Promise<void> {
    if (isOver(child)) return;
    signalGroup(pid!, "SIGKILL");
    await exited;
  }
  return { name: options.name, pid, logFile: options.logFile, exited, stop, kill };
}

/** The last lines a child has written, for the message that says why it ended. */
export function lastLines(logFile: string, count = 15): string {
  return readFileSync(logFile, "utf8").trimEnd().split("\n").slice(-count).join("\n");
}

function isOver(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    // gone in between
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
