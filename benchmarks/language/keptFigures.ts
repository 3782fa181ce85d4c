import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { STATE } from "../folders.ts";

const kept = z.array(z.number());

/**
 * Figures of a long measurement, computed once: a run that was stopped goes on where it was. Every bit of them follows from what they are of, so it makes no
 * difference when they were computed. After a change of the code that computes them, remove the folder.
 *
 * @param of everything that the figures follow from
 */
export function keptFigures(name: string, of: unknown, compute: () => readonly number[]): readonly number[] {
  const folder = join(STATE, "benchmarks", name);
  const file = join(folder, `${createHash("sha256").update(JSON.stringify(of)).digest("hex")}.json`);
  if (existsSync(file)) return kept.parse(JSON.parse(readFileSync(file, "utf8")));
  const figures = compute();
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${file}.part`, JSON.stringify(figures));
  renameSync(`${file}.part`, file);
  return figures;
}
