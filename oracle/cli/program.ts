import { readFileSync } from "node:fs";
import { inspect } from "node:util";
import { Command, CommanderError, Help, type Option } from "commander";
import { ProtocolError } from "@openledger/protocol/errors.ts";
import { InputError, messageOf, OpenLedgerError, printableProblem } from "../common/errors.ts";
import { describeFileError } from "../common/fileErrors.ts";
import { printableJson, printableLines } from "../common/printable.ts";
import { toJson } from "../common/json.ts";
import { DataError } from "../data/errors.ts";

/** A command's contribution to the program. */
export type AddCommand = (program: Command) => void;

const BUILT_IN = new Set<unknown>(
  [Error, TypeError, RangeError, SyntaxError, ReferenceError].map((type) => type.prototype),
);
/** What malformed data end a command with. */
const MALFORMED = 65;
/** What the shell gets when a command fails in a way that no typed error describes. */
const UNEXPECTED = 70;

/** What the exit statuses mean, most of them as in sysexits.h. */
const EXIT_STATUSES = `
Exit statuses:
  0   done
  64  wrong usage or configuration
  65  malformed data
  66  not found
  69  the chain, a peer or a file cannot be reached, or a contract refuses
  70  unexpected: a fault of this program, shown with its stack
  71  this machine lacks memory, or a part of the build, that the work takes
  74  a file, a directory or a database cannot be read or written
  75  not yet: the same command can succeed later, or when another process has ended
  76  disagreement: something is not what was computed here
  77  a key, a password or a right is missing
  78  check found a problem
  128  plus the number of the signal that ended unfinished work`;

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  readonly version: string;
};

/** The command line with all of its commands. */
export function createProgram(commands: readonly AddCommand[]): Command {
  const program = new Command("openledger")
    .description("Payable AI: from contributed data to a claimed reward")
    .option("--json", "print results and errors as JSON", false)
    .version(version)
    .exitOverride()
    // what commander says of wrong usage is said below, in the form of every other error
    .configureOutput({ outputError: () => {} })
    .configureHelp({ optionDescription: describeOption })
    .addHelpText("after", EXIT_STATUSES);
  for (const add of commands) add(program);
  return program;
}

/** That a flag is off unless it is given goes without saying. */
function describeOption(option: Option): string {
  return option.defaultValue === false ? option.description : new Help().optionDescription(option);
}

/**
 * Runs the command line and returns the exit status: 0, or the failed error's own, as the program's help lists them.
 * Errors go to standard error: as lines, or as one JSON document with `--json`.
 */
export async function runProgram(argv: readonly string[], commands: readonly AddCommand[]): Promise<number> {
  const json = argv.includes("--json");
  const program = createProgram(commands);
  try {
    await program.parseAsync(["node", "openledger", ...argv]);
    return 0;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    // a group of commands without one of them has shown its help
    if (error instanceof CommanderError && error.code === "commander.help") return 64;
    return reportProblem(withHelp(error, commandIn(program, argv)), json);
  }
}

/** Says on standard error what went wrong, and returns the exit status. */
export function reportProblem(error: unknown, json: boolean): number {
  const problem = describeFileError(error);
  report(problem, json);
  if (problem instanceof OpenLedgerError) return problem.exitCode;
  // the protocol's package has no family: what it refuses is data out of its ranges
  return problem instanceof ProtocolError ? MALFORMED : UNEXPECTED;
}

/** The words of the innermost command that was named. */
function commandIn(program: Command, argv: readonly string[]): string {
  const words = ["npx openledger"];
  let command: Command | undefined = program;
  for (const word of argv) {
    command = command?.commands.find((candidate) => candidate.name() === word);
    if (command !== undefined) words.push(word);
    else command = words.length === 1 ? program : undefined;
  }
  return words.join(" ");
}

/** Wrong usage ends with where to read on. */
function withHelp(error: unknown, command: string): unknown {
  const remedy = `${command} --help`;
  if (error instanceof CommanderError) return new InputError(error.message.replace(/^error: /u, ""), { remedy });
  if (!(error instanceof InputError) || error.remedy !== undefined) return error;
  const { message, value, limit } = error;
  return new InputError(message, { value, ...(limit === undefined ? {} : { limit }), remedy, cause: error });
}

/** An error class of this package, whose message says what is wrong and what to do; a built-in one needs its stack. */
function isTyped(error: unknown): error is Error {
  return error instanceof Error && !BUILT_IN.has(Object.getPrototypeOf(error));
}

function report(error: unknown, json: boolean): void {
  if (json) {
    // a problem with data has its three parts in the message, and each for itself beside it
    const { value, limit, remedy } =
      error instanceof DataError ? error.problem : error instanceof OpenLedgerError ? error : {};
    process.stderr.write(`${printableJson(toJson({ error: messageOf(error), value, limit, remedy }))}\n`);
    return;
  }
  if (error instanceof OpenLedgerError) process.stderr.write(`error: ${error.describe()}\n`);
  else if (isTyped(error)) process.stderr.write(`error: ${printableProblem(error.message)}\n`);
  else {
    const text = error instanceof Error ? (error.stack ?? error.message) : inspect(error);
    process.stderr.write(`error: ${printableLines(text)}\n`);
  }
}
