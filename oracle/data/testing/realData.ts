import { existsSync } from "node:fs";
import { join, resolve } from "node:path";

const root = process.env["OPENLEDGER_DATA"] ?? resolve(import.meta.dirname, "../../../../shared/data");

/**
 * Path of a real data set for a test, or undefined, said on stderr, where it is absent. Data sets are looked for in
 * OPENLEDGER_DATA, by default in `shared/data` beside the repository.
 */
export function realData(folder: string): string | undefined {
  const dir = join(root, folder);
  if (existsSync(dir)) return dir;
  console.warn(`skipped: no ${dir}; set OPENLEDGER_DATA to the folder that holds ${folder}`);
  return undefined;
}
