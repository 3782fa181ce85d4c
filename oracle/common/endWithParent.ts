import process from "node:process";
import { isMainThread } from "node:worker_threads";

/** How long the process group may take to end when it is asked to, in milliseconds. */
const GRACE_MS = 8_000;

/*
 * Loaded before the script of every process that startChild or scripts/bootstrap.mjs starts. The channel to the parent closes
 * when the parent has ended, however abruptly: nobody is left to end this process and its group then, so they end themselves.
 */
if (isMainThread && process.channel !== undefined) {
  process.once("disconnect", () => {
    setTimeout(() => signalGroup("SIGKILL"), GRACE_MS);
    signalGroup("SIGTERM");
  });
  // a script that has done its work ends without asking for the channel
  process.channel.unref();
}

/** The group is this process's own, or that of the terminal it runs in: then it ends alone, and its children notice. */
function signalGroup(signal: NodeJS.Signals): void {
  try {
    process.kill(-process.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    process.kill(process.pid, signal);
  }
}
