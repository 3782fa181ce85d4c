import type { AddCommand } from "./program.ts";

/** Where each command is, in the order in which help lists them. */
const FILES = {
  up: async () => (await import("./up/up.ts")).upCommand,
  devnet: async () => (await import("./devnet.ts")).devnetCommand,
  datanet: async () => (await import("./datanet.ts")).datanetCommand,
  contribute: async () => (await import("./contribute.ts")).contributeCommand,
  serve: async () => (await import("./serve.ts")).serveCommand,
  review: async () => (await import("./review.ts")).reviewCommand,
  base: async () => (await import("./base.ts")).baseCommand,
  train: async () => (await import("./train.ts")).trainCommand,
  model: async () => (await import("./model.ts")).modelCommand,
  infer: async () => (await import("./infer.ts")).inferCommand,
  mcp: async () => (await import("./mcp/mcp.ts")).mcpCommand,
  bundler: async () => (await import("./bundler.ts")).bundlerCommand,
  proxy: async () => (await import("./proxy.ts")).proxyCommand,
  hosted: async () => (await import("./hosted/hosted.ts")).hostedCommand,
  job: async () => (await import("./job.ts")).jobCommand,
  agent: async () => (await import("./agent/agent.ts")).agentCommand,
  invoice: async () => (await import("./invoice.ts")).invoiceCommand,
  sweep: async () => (await import("./sweep.ts")).sweepCommand,
  settle: async () => (await import("./settle.ts")).settleCommand,
  dispute: async () => (await import("./dispute.ts")).disputeCommand,
  charge: async () => (await import("./charge.ts")).chargeCommand,
  claim: async () => (await import("./claim.ts")).claimCommand,
  explain: async () => (await import("./explain.ts")).explainCommand,
  verify: async () => (await import("./verify.ts")).verifyCommand,
  check: async () => (await import("./check.ts")).checkCommand,
  evaluate: async () => (await import("./evaluate.ts")).evaluateCommand,
  proposal: async () => (await import("./proposal.ts")).proposalCommand,
  policy: async () => (await import("./policy.ts")).policyCommand,
  shares: async () => (await import("./shares.ts")).sharesCommand,
  bounty: async () => (await import("./bounty.ts")).bountyCommand,
  launch: async () => (await import("./launch.ts")).launchCommand,
  market: async () => (await import("./market.ts")).marketCommand,
  operator: async () => (await import("./operator.ts")).operatorCommand,
  watch: async () => (await import("./watch.ts")).watchCommand,
  provider: async () => (await import("./provider.ts")).providerCommand,
  key: async () => (await import("./key.ts")).keyCommand,
  send: async () => (await import("./send.ts")).sendCommand,
  faucet: async () => (await import("./localChain.ts")).faucetCommand,
  time: async () => (await import("./localChain.ts")).timeCommand,
  completion: async () => (await import("./completion.ts")).completionCommand,
} as const satisfies Record<string, () => Promise<AddCommand>>;

/** Every command. */
export function allCommands(): Promise<AddCommand[]> {
  return Promise.all(Object.values(FILES).map((load) => load()));
}

/**
 * What these words need: the command that they begin with, or every command, which to load takes seconds of processor time, for
 * help, completion and words that name none.
 */
export async function commandsFor(argv: readonly string[]): Promise<AddCommand[]> {
  const first = argv.find((word) => word !== "--json") ?? "";
  return Object.hasOwn(FILES, first) && first !== "completion"
    ? [await FILES[first as keyof typeof FILES]()]
    : allCommands();
}
