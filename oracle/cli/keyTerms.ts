import { OPEN } from "@openledger/protocol/units.ts";
import type { Command } from "commander";
import { amountOption } from "./parse.ts";

/** What an API key may do, as both who pays by himself and who lets a host pay say it. */
export function addKeyTerms(command: Command): Command {
  return command
    .requiredOption("--name <name>", "whom or what it is for")
    .option("--project <name>", "whom its answers are billed to")
    .addOption(amountOption("--per-call <OPEN>", "spend at most this for a call", OPEN))
    .addOption(amountOption("--per-day <OPEN>", "spend at most this in a day", 10n * OPEN));
}
