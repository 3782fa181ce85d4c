#!/usr/bin/env node
import { chargeCommand } from "./cli/charge.ts";
import { checkCommand } from "./cli/check.ts";
import { claimCommand } from "./cli/claim.ts";
import { contributeCommand } from "./cli/contribute.ts";
import { datanetCommand } from "./cli/datanet.ts";
import { evaluateCommand } from "./cli/evaluate.ts";
import { explainCommand } from "./cli/explain.ts";
import { inferCommand } from "./cli/infer.ts";
import { operatorCommand } from "./cli/operator.ts";
import { runProgram } from "./cli/program.ts";
import { providerCommand } from "./cli/provider.ts";
import { reviewCommand } from "./cli/review.ts";
import { serveCommand } from "./cli/serve.ts";
import { settleCommand } from "./cli/settle.ts";
import { sweepCommand } from "./cli/sweep.ts";
import { trainCommand } from "./cli/train.ts";
import { upCommand } from "./cli/up/up.ts";
import { verifyCommand } from "./cli/verify.ts";
import { watchCommand } from "./cli/watch.ts";

const status = await runProgram(process.argv.slice(2), [
  upCommand,
  datanetCommand,
  contributeCommand,
  serveCommand,
  reviewCommand,
  trainCommand,
  inferCommand,
  sweepCommand,
  settleCommand,
  chargeCommand,
  claimCommand,
  explainCommand,
  verifyCommand,
  checkCommand,
  evaluateCommand,
  operatorCommand,
  watchCommand,
  providerCommand,
]);
// what still runs, such as a training when the process was asked to end, runs for nobody
process.stdout.write("", () => process.exit(status));
