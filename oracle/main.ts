#!/usr/bin/env node
import { commandsFor } from "./cli/commands.ts";
import { reportProblem, runProgram } from "./cli/program.ts";
import { endWithNpm } from "./common/endWithNpm.ts";
import { settingsOfFile } from "./config/configFile.ts";

const argv = process.argv.slice(2);

endWithNpm();
// what fails outside of every command, such as a timer of a library
process.on("uncaughtException", (error) => process.exit(reportProblem(error, argv.includes("--json"))));
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  // the reader of a pipe has seen enough: the conventional status of SIGPIPE
  process.exit(error.code === "EPIPE" ? 128 + 13 : reportProblem(error, argv.includes("--json")));
});
// nobody is left to be told
process.stderr.on("error", () => {});

try {
  Object.assign(process.env, settingsOfFile(process.env, process.cwd()));
} catch (error) {
  process.exit(reportProblem(error, argv.includes("--json")));
}
const status = await runProgram(argv, await commandsFor(argv));
// what still runs, such as a training when the process was asked to end, runs for nobody
process.stdout.write("", () => process.exit(status));
