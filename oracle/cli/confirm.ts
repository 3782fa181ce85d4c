import { createInterface } from "node:readline/promises";
import { InputError } from "../common/errors.ts";
import type { Output } from "./output.ts";

/**
 * Lets a person at a terminal decide whether to go on. Scripts are not asked: they have no terminal.
 *
 * @throws InputError when the answer is no
 */
export async function confirm(question: string, { json }: Pick<Output, "json">): Promise<void> {
  if (json || !process.stdin.isTTY || !process.stdout.isTTY) return;
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(`${question} [y/N] `).finally(() => terminal.close());
  if (/^y(es)?$/iu.test(answer.trim())) return;
  throw new InputError("nothing was sent", { remedy: "Answer y, or give --yes to be asked nothing." });
}
