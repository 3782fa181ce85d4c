import process from "node:process";
import { processInfo } from "./processInfo.ts";

/** How often npm is looked for, in milliseconds. */
const LOOK_MS = 500;

/**
 * Ends this process when npm ends that started it, as `npx openledger …`. npm runs a command through a shell: a signal ends npm
 * and the shell, and SIGKILL cannot be forwarded at all, so nothing but the parent's process id tells.
 */
export function endWithNpm(): void {
  // a process that startChild has started ends with its parent already
  if (process.env["npm_command"] === undefined || process.channel !== undefined) return;
  const parent = process.ppid;
  const shell = processInfo(parent);
  // without a shell in between, npm itself is the parent
  const npm = shell === undefined || shell.name.startsWith("npm") ? undefined : shell.parent;
  const npmStarted = npm && processInfo(npm)?.started;
  const looking = setInterval(() => {
    const same = process.ppid === parent && (npm === undefined || processInfo(npm)?.started === npmStarted);
    if (same) return;
    clearInterval(looking);
    process.kill(process.pid, "SIGTERM");
  }, LOOK_MS);
  looking.unref();
}
