import { spawn } from "node:child_process";
import process from "node:process";
import { z } from "zod";
import type { Benchmark, Row } from "./report.ts";

const result = z.object({
  stages: z.array(z.object({ title: z.string(), seconds: z.number() })),
  models: z.array(z.object({ name: z.string(), accuracy: z.number().optional() })),
});

/** Seconds that the whole economy may take on two cores, with the project's own data and with real data. */
const DEFAULT_TARGET = 180;
const REAL_DATA_TARGET = 600;

/** `npm run bench -- economy [options of openledger up]`: the stages' times of one run from nothing to claimed rewards. */
export const benchmark: Benchmark = {
  name: "economy",
  seed: 2_026,
  async *measure(options) {
    const { stages, models } = await runEconomy(options);
    for (const { title, seconds } of stages) yield { name: title, value: seconds, unit: "s" };
    const total = stages.reduce((sum, { seconds }) => sum + seconds, 0);
    const target = options.includes("--data") ? REAL_DATA_TARGET : DEFAULT_TARGET;
    yield { name: "total", value: total, unit: "s", comparator: "<=", target } satisfies Row;
    for (const { name, accuracy } of models) {
      if (accuracy !== undefined) yield { name: `test accuracy: ${name}`, value: accuracy, unit: "" };
    }
  },
};

async function runEconomy(options: readonly string[]): Promise<z.output<typeof result>> {
  const child = spawn(process.execPath, ["oracle/main.ts", "--json", "up", "--once", ...options], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  const status = await new Promise<number | null>((resolve) => child.on("close", resolve));
  if (status !== 0) throw new Error(`openledger up ended with status ${status}`);
  return result.parse(JSON.parse(output));
}
