import { baseCommand } from "./base.ts";
import { chargeCommand } from "./charge.ts";
import { checkCommand } from "./check.ts";
import { claimCommand } from "./claim.ts";
import { contributeCommand } from "./contribute.ts";
import { datanetCommand } from "./datanet.ts";
import { evaluateCommand } from "./evaluate.ts";
import { explainCommand } from "./explain.ts";
import { inferCommand } from "./infer.ts";
import { keyCommand } from "./key.ts";
import { launchCommand } from "./launch.ts";
import { faucetCommand, timeCommand } from "./localChain.ts";
import { mcpCommand } from "./mcp/mcp.ts";
import { modelCommand } from "./model.ts";
import { operatorCommand } from "./operator.ts";
import type { AddCommand } from "./program.ts";
import { policyCommand } from "./policy.ts";
import { proposalCommand } from "./proposal.ts";
import { providerCommand } from "./provider.ts";
import { reviewCommand } from "./review.ts";
import { sendCommand } from "./send.ts";
import { serveCommand } from "./serve.ts";
import { settleCommand } from "./settle.ts";
import { sharesCommand } from "./shares.ts";
import { sweepCommand } from "./sweep.ts";
import { trainCommand } from "./train.ts";
import { upCommand } from "./up/up.ts";
import { verifyCommand } from "./verify.ts";
import { watchCommand } from "./watch.ts";

/** Every command, in the order in which help lists them. */
export const COMMANDS: readonly AddCommand[] = [
  upCommand,
  datanetCommand,
  contributeCommand,
  serveCommand,
  reviewCommand,
  baseCommand,
  trainCommand,
  modelCommand,
  inferCommand,
  mcpCommand,
  sweepCommand,
  settleCommand,
  chargeCommand,
  claimCommand,
  explainCommand,
  verifyCommand,
  checkCommand,
  evaluateCommand,
  proposalCommand,
  policyCommand,
  sharesCommand,
  launchCommand,
  operatorCommand,
  watchCommand,
  providerCommand,
  keyCommand,
  sendCommand,
  faucetCommand,
  timeCommand,
];
