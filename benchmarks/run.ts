// `npm run bench -- NAME [options]`: runs one benchmark, prints its table, writes benchmarks/results/NAME.json.
import { readdirSync } from "node:fs";
import process from "node:process";
import { isMet, tableOf, writeResults, type Benchmark, type Row } from "./report.ts";

const SHARED = new Set(["run", "report"]);
const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
  .map((file) => file.slice(0, -3))
  .filter((name) => !SHARED.has(name));

const [name = "", ...options] = process.argv.slice(2);
if (!names.includes(name)) {
  process.stderr.write(`There is no benchmark "${name}". Give one of: ${names.join(", ")}\n`);
  process.exit(64);
}

const { benchmark } = (await import(`./${name}.ts`)) as { benchmark?: Benchmark };
if (benchmark === undefined) throw new TypeError(`benchmarks/${name}.ts exports no benchmark.`);
const rows: Row[] = [];
for await (const row of benchmark.measure(options)) {
  rows.push(row);
  process.stderr.write(`${row.name}: ${row.value} ${row.unit}\n`);
}
process.stdout.write(`\n${tableOf(rows)}\n\n${writeResults(benchmark, rows)}\n`);
process.exitCode = rows.every(isMet) ? 0 : 1;
