import type { Command } from "commander";
import { InputError } from "../common/errors.ts";
import type { AddCommand } from "./program.ts";

const SHELLS = ["bash", "zsh"];

/** `openledger completion`: what a shell runs at its start to complete commands and options. */
export const completionCommand: AddCommand = (program) => {
  program
    .command("completion")
    .description(
      'print what completes commands and options: eval "$(npx openledger completion bash)" in .bashrc or .zshrc',
    )
    .argument("<shell>", SHELLS.join(" or "), parseShell)
    .action((shell: string) => void process.stdout.write(completionScript(program, shell)));
};

/** A function that completes `openledger` and `npx openledger`; zsh runs bash's. */
export function completionScript(program: Command, shell: string): string {
  const cases = [...wordsByPath(program, "")].map(([path, words]) => `    "${path}") words="${words.join(" ")}" ;;`);
  return [
    ...(shell === "zsh" ? ["autoload -U +X bashcompinit && bashcompinit"] : []),
    "_openledger() {",
    '  local path="" words="" word',
    '  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do',
    '    case "$word" in',
    "      openledger | -*) ;;",
    '      *) path="$path$word " ;;',
    "    esac",
    "  done",
    '  case "$path" in',
    ...cases,
    "  esac",
    '  if [ "${COMP_WORDS[0]}" != npx ] || [ "${COMP_WORDS[1]}" = openledger ]; then',
    '    COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))',
    "  fi",
    "}",
    "complete -o default -F _openledger openledger npx",
    "",
  ].join("\n");
}

/** Commands and options that may follow, by the words of the commands before, each with a space after it. */
function wordsByPath(command: Command, path: string): Map<string, string[]> {
  const own = [
    ...command.commands.map((child) => child.name()),
    ...command.options.flatMap(({ long }) => (long === undefined || long === null ? [] : [long])),
  ];
  const below = command.commands.flatMap((child) => [...wordsByPath(child, `${path}${child.name()} `)]);
  return new Map([[path, own], ...below]);
}

function parseShell(text: string): string {
  if (SHELLS.includes(text)) return text;
  throw new InputError("completion is not known for this shell", { value: text, limit: SHELLS.join(" or ") });
}
