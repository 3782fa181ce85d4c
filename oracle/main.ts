#!/usr/bin/env node
import { COMMANDS } from "./cli/commands.ts";
import { runProgram } from "./cli/program.ts";

const status = await runProgram(process.argv.slice(2), COMMANDS);
// what still runs, such as a training when the process was asked to end, runs for nobody
process.stdout.write("", () => process.exit(status));
