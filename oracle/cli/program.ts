import { Command, CommanderError } from "commander";
import { messageOf, OpenLedgerError } from "../common/errors.ts";
import { toJson } from "../common/json.ts";

/** A command's contribution to the program. */
export type AddCommand = (program: Command) => void;

/** What the shell gets when a command fails in a way that no typed error describes. */
const UNEXPECTED = 70;

/**
 * Runs the command line and returns the exit status: 0, or the failed error's own (64 usage, 65 data, 66 not found,
 * 69 chain, 70 disagreement, 77 key).
 * Errors go to standard error: as lines, or as one JSON document with `--json`.
 */
export async function runProgram(argv: readonly string[], commands: readonly AddCommand[]): Promise<number> {
  const program = new Command("openledger")
    .description("Payable AI: from contributed data to a claimed reward")
    .option("--json", "print results and errors as JSON", false)
    .exitOverride()
    .showHelpAfterError("(openledger --help lists the commands)");
  for (const add of commands) add(program);
  try {
    await program.parseAsync(["node", "openledger", ...argv]);
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 64;
    report(error, argv.includes("--json"));
    return error instanceof OpenLedgerError ? error.exitCode : UNEXPECTED;
  }
}

function report(error: unknown, json: boolean): void {
  if (json) {
    const { value, limit, remedy } = error instanceof OpenLedgerError ? error : {};
    process.stderr.write(`${toJson({ error: messageOf(error), value, limit, remedy })}\n`);
    return;
  }
  if (error instanceof OpenLedgerError) process.stderr.write(`error: ${error.describe()}\n`);
  else process.stderr.write(`error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
}
