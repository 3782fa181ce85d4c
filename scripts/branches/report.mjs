// Runs the contract tests on contracts with probes and prints, per file, the lines and branches that they reached. A branch is
// one outcome of an atomic condition (instrument.mjs). What is not reached must stand with its reason in
// docs/audit/coverage.json. Fails below 98 % of all branches, on an outcome that nobody explained and on a reason that
// is no longer needed. Yul in assembly blocks has no probes.
import { spawnSync } from "node:child_process";
import { globSync, readFileSync, rmSync } from "node:fs";
import process from "node:process";
import { instrument } from "./instrument.mjs";

const TARGET = 0.98;
// Measures gas, which probes change; compares libraries with TypeScript, case by case, which adds no branch.
const left = /^test\/(rewards\/gas\.test|differential\/|integration\/|attacks\/)/u;

const tests = process.argv.slice(2);
const files = tests.length > 0 ? tests : globSync("test/**/*.test.ts").filter((file) => !left.test(file));
rmSync("coverage", { recursive: true, force: true });
run("mocha", files);
// The libraries by themselves, with arguments that no contract passes on.
if (tests.length === 0) run("solidity", globSync("test/libraries/*.t.sol"));

const probes = globSync("contracts/**/*.sol")
  .sort()
  .map((file) => [file, instrument(file, readFileSync(file, "utf8"))]);
const explained = JSON.parse(readFileSync("docs/audit/coverage.json", "utf8"));
const hits = new Set();
for (const file of globSync("coverage/data/**/*.json")) {
  for (const id of Object.keys(JSON.parse(readFileSync(file, "utf8")))) hits.add(id);
}

const total = { lines: 0, linesHit: 0, branches: 0, branchesHit: 0 };
const missing = [];
row("file", "lines", "branches");
for (const [file, { statements, conditions }] of probes) {
  if (statements.length === 0) continue;
  const lines = new Map();
  for (const { id, line } of statements) lines.set(line, lines.get(line) === true || hits.has(id));
  const linesHit = [...lines.values()].filter(Boolean).length;
  const outcomes = conditions.flatMap(({ whenFalse, whenTrue, line, text }) => [
    { id: whenFalse, line, condition: text, outcome: false },
    { id: whenTrue, line, condition: text, outcome: true },
  ]);
  const unreached = outcomes.filter(({ id }) => !hits.has(id));
  missing.push(...unreached.map((branch) => ({ file, ...branch })));
  for (const [line, reached] of lines) if (!reached) process.stdout.write(`  not reached: ${file}:${line}\n`);
  row(file, ratio(linesHit, lines.size), ratio(outcomes.length - unreached.length, outcomes.length));
  total.lines += lines.size;
  total.linesHit += linesHit;
  total.branches += outcomes.length;
  total.branchesHit += outcomes.length - unreached.length;
}
row("all", ratio(total.linesHit, total.lines), ratio(total.branchesHit, total.branches));

const matches = (entry) => (branch) =>
  entry.file === branch.file && entry.condition === branch.condition && entry.outcome === branch.outcome;
let problems = 0;
process.stdout.write(`\nBranches that no test takes: ${missing.length}\n`);
for (const branch of missing) {
  const entry = explained.find((candidate) => matches(candidate)(branch));
  if (entry === undefined) problems++;
  process.stdout.write(
    `${branch.file}:${branch.line} (${branch.condition}) never ${branch.outcome}: ${entry?.reason ?? "NOT EXPLAINED"}\n`,
  );
}
for (const entry of tests.length > 0 ? [] : explained.filter((candidate) => !missing.some(matches(candidate)))) {
  problems++;
  process.stdout.write(`taken by now, remove its reason: ${entry.file} (${entry.condition}) ${entry.outcome}\n`);
}
if (total.branchesHit < TARGET * total.branches) fail(`below ${TARGET * 100} % of branches`);
if (problems > 0) fail(`${problems} branches to explain or to remove from docs/audit/coverage.json`);

function run(kind, selected) {
  const config = ["--config", "scripts/branches/hardhat.config.mjs"];
  const argv = [...config, "test", kind, "--coverage", ...selected.sort()];
  const { status, error } = spawnSync("hardhat", argv, { stdio: "inherit" });
  if (error !== undefined || status !== 0) fail(`the ${kind} tests failed (${error?.message ?? `exit ${status}`})`);
}

function ratio(hit, of) {
  return of === 0 ? "-" : `${((100 * hit) / of).toFixed(1)} % (${hit}/${of})`;
}

function row(name, lines, branches) {
  process.stdout.write(`${name.padEnd(52)} ${lines.padStart(18)} ${branches.padStart(18)}\n`);
}

function fail(message) {
  process.stderr.write(`coverage: ${message}\n`);
  process.exit(1);
}
