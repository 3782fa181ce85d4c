import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, symlinkSync, unlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));
/** Stands for any text of a line, and on a line of its own for any lines. */
const ANYTHING = "…";
/** Ends what a command has printed; its status follows. No command prints this. */
const END = "\u0004end ";

/** A command of a transcript, and what the page says that it prints. */
export interface Step {
  readonly command: string;
  readonly printed: readonly string[];
}

/**
 * The commands of a page's `console` blocks, in order: lines that begin with `$ `, continued by lines that begin with `> `; the
 * others are what the command prints.
 */
export function transcriptOf(page: string): Step[] {
  const blocks = [...page.matchAll(/^```console\n(.*?)^```$/gmsu)].map(([, block]) => block!.trimEnd().split("\n"));
  const steps: { command: string; printed: string[] }[] = [];
  for (const line of blocks.flat()) {
    const last = steps.at(-1);
    if (line.startsWith("$ ")) steps.push({ command: line.slice(2), printed: [] });
    else if (last === undefined) throw new Error(`a transcript begins with a command, not with "${line}"`);
    else if (line.startsWith("> ") || line === ">") last.command += `\n${line.slice(2)}`;
    else last.printed.push(line);
  }
  return steps;
}

/** What a command of a transcript did. */
export interface Outcome {
  readonly command: string;
  readonly status: number;
  readonly printed: readonly string[];
}

/**
 * Runs commands one after the other in one shell, in a folder that has everything of the repository and is gone afterwards.
 * Ends at the first that fails.
 */
export async function runTranscript(steps: readonly Step[], environment: NodeJS.ProcessEnv): Promise<Outcome[]> {
  const folder = mkdtempSync(join(tmpdir(), "openledger-transcript-"));
  const names = readdirSync(REPOSITORY).filter((name) => !name.startsWith("."));
  for (const name of names) symlinkSync(join(REPOSITORY, name), join(folder, name));
  try {
    const text = await runShell([...NPX, ...steps.flatMap(scriptOf)].join("\n"), folder, environment);
    return text
      .split(END)
      .slice(1)
      .map((part, i) => {
        const [status, ...printed] = part.trimEnd().split("\n");
        return { command: steps[i]!.command, status: Number(status), printed };
      });
  } finally {
    // the links alone: nothing behind them is touched
    for (const name of names) unlinkSync(join(folder, name));
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What npx does with a package that is there, without asking a registry's client first. */
const NPX = ['npx() { local name="$1"; shift; "node_modules/.bin/$name" "$@"; }'];

/** The status stands in front of what was printed. */
function scriptOf({ command }: Step): string[] {
  return [
    `{ ${command}`,
    '} > .printed 2>&1; status=$?; printf "%s%s\\n" "$END_OF_STEP" "$status"; cat .printed; [ "$status" = 0 ] || exit 0',
  ];
}

function runShell(script: string, cwd: string, environment: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn("bash", ["-s"], {
      cwd,
      env: { ...process.env, ...environment, END_OF_STEP: END },
      stdio: ["pipe", "pipe", "inherit"],
    });
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    child.on("error", reject);
    child.on("close", () => resolve(text));
    child.stdin.end(`${script}\n`);
  });
}

/** Whether these lines are what a page shows. */
export function isPrinted(shown: readonly string[], printed: readonly string[]): boolean {
  const pattern = shown.map((line) =>
    line === ANYTHING ? "(?:[^\n]*\n)*" : `${line.split(ANYTHING).map(escapePattern).join("[^\n]*")}\n`,
  );
  const lines = printed.map((line) => `${line.trimEnd()}\n`).join("");
  return new RegExp(`^${pattern.join("")}$`, "u").test(lines);
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/gu, "\\$&");
}
