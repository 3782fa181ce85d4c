import { OPEN } from "@openledger/protocol/units.ts";
import { addApiOption, endpointOption, parseUrl } from "../apiClient.ts";
import { amountOption, collect, parseAmount, parseId, parseNewFile } from "../parse.ts";
import type { AddCommand } from "../program.ts";
import { addChainOptions, addStateOption, type ChainOptions, withSession } from "../session.ts";
import { createAgent, type CreateOptions } from "./create.ts";
import { explainAction, type ExplainOptions } from "./explainAction.ts";
import { fundAgent, stopAgent } from "./fundAndStop.ts";
import { parseValue, reviewAgent, type ReviewOptions } from "./review.ts";
import { runAgent, type RunOptions } from "./run.ts";

/** `openledger agent`: a program that buys answers with money of its own, and sells what it makes of them. */
export const agentCommand: AddCommand = (program) => {
  const agent = program
    .command("agent")
    .description("make, run, fund and stop agents, and see what their actions used");

  addStateOption(addChainOptions(agent.command("create")))
    .description("mint an agent's model, publish its version and give it an identity; the key becomes its owner")
    .argument("<manifest>", "JSON file: name, description, prompt, tools")
    .requiredOption("--wallet-keystore <file>", "encrypted JSON keystore of the key with which the agent acts")
    .requiredOption("--wallet-password-file <file>", "file that holds its password")
    .requiredOption("--price <OPEN>", "what an action costs", parseAmount)
    .option("--share <percent>", "of the owner's part, for all models that it uses together", Number, 50)
    .action((file: string, options: CreateOptions) =>
      withSession(program, options, (session) => createAgent(session, file, options)),
    );

  agent
    .command("run")
    .description("serve an agent with its own key, until it is asked to end; settings are the environment's")
    .argument("<agent>", "the id of its identity", parseId)
    .option(
      "--provider <url>",
      "a gateway that it may ask and pay; can be repeated (default: OPENLEDGER_PROVIDER_URL)",
      collect(parseUrl),
    )
    .addOption(amountOption("--max-per-call <OPEN>", "spend at most this for an answer", OPEN))
    .addOption(amountOption("--max-total <OPEN>", "spend at most this in all", 1_000n * OPEN))
    .option("--spend-file <file>", "remember here what was spent when it starts again", parseNewFile)
    .action((agentId: bigint, options: RunOptions) => runAgent(agentId, options));

  addChainOptions(agent.command("fund"))
    .description("send OPEN to an agent's wallet: what it may spend")
    .argument("<agent>", "the id of its identity", parseId)
    .argument("<OPEN>", "amount", parseAmount)
    .action((agentId: bigint, amount: bigint, options: ChainOptions) =>
      withSession(program, options, (session) => fundAgent(session, agentId, amount)),
    );

  addChainOptions(agent.command("stop"))
    .description("as its owner: let it serve nobody any more; with its own key: give what is left to its owner")
    .argument("<agent>", "the id of its identity", parseId)
    .action((agentId: bigint, options: ChainOptions) =>
      withSession(program, options, (session) => stopAgent(session, agentId)),
    );

  addChainOptions(agent.command("review"))
    .description("say how good an agent was, by a receipt of the key's account")
    .argument("<agent>", "the id of its identity", parseId)
    .argument("<value>", "such as 87.5; what it means is said by tags", parseValue)
    .option("--tag <text>", "what the value is about; at most two", collect(String), [])
    .addOption(endpointOption("--url <url>", "where the agent is served", "OPENLEDGER_PROVIDER_URL"))
    .action((agentId: bigint, value: ReturnType<typeof parseValue>, options: ReviewOptions) =>
      withSession(program, options, (session) => reviewAgent(session, agentId, value, options)),
    );

  addApiOption(addChainOptions(agent.command("explain")))
    .description("which answers an action used, what was paid for them, and whose data they owe most to")
    .argument("<agent>", "the id of its identity", parseId)
    .argument("<payment>", "the payment id of the action's receipt")
    .addOption(endpointOption("--url <url>", "where the agent is served", "OPENLEDGER_PROVIDER_URL"))
    .action((agentId: bigint, payment: string, options: ExplainOptions) =>
      withSession(program, options, (session) => explainAction(session, agentId, payment, options)),
    );
};
