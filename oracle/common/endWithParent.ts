import process from "node:process";
import { isMainThread } from "node:worker_threads";

/** How long the process group may take to end when it is asked to, in milliseconds. */
const GRACE_MS = 8_000;

/*
 * Loaded before the script of every process that startChild starts. The channel to the parent closes when the parent has
 * ended, however abruptly: nobody is left to end this process group then, so it ends itself.
 */
if (isMainThread && process.channel !== undefined) {
  process.once("disconnect", () => {
    setTimeout(() => process.kill(-process.pid, "SIGKILL"), GRACE_MS);
    process.kill(-process.pid, "SIGTERM");
  });
  // a script that has done its work ends without asking for the channel
  process.channel.unref();
}
