import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { OPEN } from "@openledger/protocol/units.ts";
import { expect } from "vitest";
import { z } from "zod";
import { findFreePort } from "../../oracle/common/ports.ts";

const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));

/** What `up --once --json` prints, as far as tests of whole economies read it. */
export const economySchema = z.object({
  operators: z.array(z.object({ roots: z.array(z.object({ rootHash: z.string() })) })),
  rootHash: z.string(),
  consumption: z.array(z.object({ inferences: z.number(), paid: z.string() })),
  books: z.object({ balanced: z.boolean(), dust: z.string(), feesIn: z.string() }),
  gas: z.array(z.object({ kind: z.string(), count: z.number() })),
});

/** Every answer was sold once: what channels paid into the tills is the price of so many answers. */
export function expectPaidOnce(
  { books, consumption }: Pick<z.output<typeof economySchema>, "books" | "consumption">,
  inferences: number,
): void {
  expect(consumption.reduce((sum, { paid }) => sum + BigInt(paid), 0n)).toBe(BigInt(inferences) * (OPEN / 2n));
  expect(BigInt(books.feesIn)).toBe(BigInt(inferences) * (OPEN / 2n));
}

export interface Finished {
  readonly status: number | null;
  readonly output: string;
  readonly errors: string;
}

/** A run of the command line as a process of its own. */
export interface Run {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
  /** The output as soon as it is what is waited for. Rejects when the process ends before. */
  until(ready: (output: string) => boolean): Promise<string>;
}

/** @param environment added to this process's */
export function openledger(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Run {
  return start(process.execPath, [join(REPOSITORY, "oracle", "main.ts"), ...args], environment);
}

/** What people type. The packages have to be there, as `npm start` has left them: it would bring them otherwise. */
export function npmStart(args: readonly string[]): Run {
  const lock = createHash("sha256").update(readFileSync(join(REPOSITORY, "package-lock.json")));
  const stamp = join(REPOSITORY, "node_modules", ".openledger-lock");
  if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== lock.digest("hex")) {
    throw new Error("the packages are not those of package-lock.json: run npm run build once");
  }
  return start("npm", ["start", "--", ...args], {});
}

function start(file: string, args: readonly string[], environment: NodeJS.ProcessEnv): Run {
  const child = spawn(file, args, {
    cwd: REPOSITORY,
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
  const finished = new Promise<Finished>((resolve) => {
    child.on("close", (status) => resolve({ status, output, errors }));
  });
  const until = (ready: (text: string) => boolean) =>
    new Promise<string>((resolve, reject) => {
      const check = () => {
        if (ready(output)) resolve(output);
      };
      child.stdout.on("data", check);
      child.on("close", () => reject(new Error(`ended early: ${errors}`)));
      check();
    });
  return { child, finished, until };
}

/** Waits until a file has this text in it. Rejects when the process ends before. */
export async function untilLogged({ finished }: Run, file: string, text: string): Promise<void> {
  let ended: Finished | undefined;
  void finished.then((outcome) => (ended = outcome));
  while (!(existsSync(file) && readFileSync(file, "utf8").includes(text))) {
    if (ended !== undefined) throw new Error(`ended with ${ended.status} before "${text}" was logged: ${ended.errors}`);
    await sleep(30);
  }
}

/** A directory that is gone when the work is done. */
export async function withDirectory<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), "openledger-test-"));
  try {
    return await work(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Options of `up` for ports that nobody uses. */
export async function freePorts(): Promise<string[]> {
  // the six ports in a row that follow a free one are free as well on all but the unluckiest machine
  return ["--port", String(await findFreePort()), "--api-port", String(await findFreePort())];
}
