#!/usr/bin/env node
import { evaluateCommand } from "./cli/evaluate.ts";
import { operatorCommand } from "./cli/operator.ts";
import { runProgram } from "./cli/program.ts";

process.exitCode = await runProgram(process.argv.slice(2), [operatorCommand, evaluateCommand]);
