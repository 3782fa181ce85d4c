import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** What the system tells about a process. */
export interface ProcessInfo {
  readonly parent: number;
  readonly name: string;
  /** Differs between two processes that had the same id one after the other. */
  readonly started: string;
}

/** The process with this id; undefined when there is none, or when it has ended and only its parent has not noticed yet. */
export function processInfo(pid: number): ProcessInfo | undefined {
  return process.platform === "linux" ? fromProc(pid) : fromPs(pid);
}

function fromProc(pid: number): ProcessInfo | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined;
  }
  // `pid (name) state ppid …`: the name may itself contain spaces and parentheses
  const nameEnd = stat.lastIndexOf(")");
  const fields = stat.slice(nameEnd + 2).split(" ");
  const [state, parent] = fields;
  if (state === "Z" || state === "X") return undefined;
  // clock ticks since the machine started
  const ticks = fields[19]!;
  return { parent: Number(parent), name: stat.slice(stat.indexOf("(") + 1, nameEnd), started: `${bootId()}:${ticks}` };
}

function bootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}

function fromPs(pid: number): ProcessInfo | undefined {
  const columns = ["-o", "ppid=", "-o", "stat=", "-o", "lstart=", "-o", "comm=", "-p", `${pid}`];
  let line: string;
  try {
    line = execFileSync("ps", columns, { encoding: "utf8", env: { ...process.env, LC_ALL: "C" } }).trim();
  } catch {
    return isThere(pid) ? { parent: 0, name: "", started: "" } : undefined;
  }
  const [, parent, state, started, name] = /^(\d+)\s+(\S+)\s+(\S+\s+\S+\s+\S+\s+\S+\s+\S+)\s+(.*)$/u.exec(line) ?? [];
  if (parent === undefined || state!.startsWith("Z")) return undefined;
  return { parent: Number(parent), name: name!, started: started! };
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
