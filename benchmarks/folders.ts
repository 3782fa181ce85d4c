import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";

/** The data sets, each a folder; `OPENLEDGER_DATA` names another place. */
export const DATA = process.env["OPENLEDGER_DATA"] ?? resolve(import.meta.dirname, "../../shared/data");
/** Bases, and the vectors of texts that were encoded; `OPENLEDGER_STATE_DIR` names another place. */
export const STATE = process.env["OPENLEDGER_STATE_DIR"] ?? resolve(import.meta.dirname, "../.openledger");

/** The folder of a data set. Throws if it is not there. */
export function dataSet(name: string): string {
  const folder = join(DATA, name);
  if (!existsSync(folder)) throw new Error(`no ${folder}: set OPENLEDGER_DATA to the folder that holds ${name}`);
  return folder;
}
