import { asAddress } from "@openledger/protocol/hex.ts";
import { OPEN } from "@openledger/protocol/units.ts";
import { openPurse } from "../../gateway/purse.ts";
import { addApiOption, parseUrl } from "../apiClient.ts";
import { amountOption, collect, parseNewFile, parsePort } from "../parse.ts";
import type { AddCommand } from "../program.ts";
import { addChainOptions, type ChainOptions, withSession } from "../session.ts";
import type { Place } from "./serveMcp.ts";

interface McpOptions extends ChainOptions, Place {
  readonly maxPerCall: bigint;
  readonly maxTotal: bigint;
  readonly spendFile?: string;
}

/** `openledger mcp`: the economy as tools of a program that speaks the Model Context Protocol. */
export const mcpCommand: AddCommand = (program) => {
  const command = addChainOptions(program.command("mcp"))
    .description("give programs tools that list, quote and explain for nothing, and ask models for OPEN within a limit")
    .option("--http <port>", "serve Streamable HTTP on this loopback port instead of standard input", parsePort)
    .option(
      "--provider <url>",
      "a provider's gateway that may be asked and paid; can be repeated (default: OPENLEDGER_PROVIDER_URL)",
      collect(parseUrl),
    )
    .addOption(amountOption("--max-per-call <OPEN>", "spend at most this for a call", OPEN))
    .addOption(amountOption("--max-total <OPEN>", "spend at most this in all", 10n * OPEN))
    .option("--spend-file <file>", "remember here what was spent when the server starts again", parseNewFile);
  addApiOption(command).action((options: McpOptions) =>
    withSession(program, options, async (session) => {
      const purse =
        session.wallet &&
        openPurse(
          { perCall: options.maxPerCall, total: options.maxTotal },
          asAddress(session.wallet.address),
          options.spendFile,
        );
      try {
        // the protocol's packages are loaded by this command alone
        const { serveMcp } = await import("./serveMcp.ts");
        await serveMcp(session, options, purse);
      } finally {
        purse?.close();
      }
    }),
  );
};
