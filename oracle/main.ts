#!/usr/bin/env node
import { evaluateCommand } from "./cli/evaluate.ts";
import { operatorCommand } from "./cli/operator.ts";
import { runProgram } from "./cli/program.ts";
import { providerCommand } from "./cli/provider.ts";
import { upCommand } from "./cli/up/up.ts";

process.exitCode = await runProgram(process.argv.slice(2), [
  upCommand,
  operatorCommand,
  providerCommand,
  evaluateCommand,
]);
