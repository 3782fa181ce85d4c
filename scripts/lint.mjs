// Every static check: format, lint (TypeScript and Solidity), module boundaries, types, storage layouts, generated files.
import { spawnSync } from "node:child_process";
import process from "node:process";

const checks = [
  ["format", "prettier", ["--check", "--log-level", "warn", "."]],
  ["eslint", "eslint", ["--cache", "--cache-location", "cache/eslint.json", "--cache-strategy", "content", "."]],
  ["solhint", "solhint", ["--max-warnings", "0", "contracts/**/*.sol"]],
  [
    "module boundaries",
    "depcruise",
    ["--config", ".dependency-cruiser.mjs", "protocol", "oracle", "deploy", "tasks", "benchmarks"],
  ],
  ["types", "tsc", ["--noEmit"]],
  ["storage layouts", "node", ["scripts/storageLayout.mjs", "--check"]],
];

let failed = 0;
for (const [name, file, args] of checks) {
  const started = performance.now();
  const { status, stdout, stderr } = spawnSync(file, args, { encoding: "utf8", maxBuffer: 1 << 26 });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(`${status === 0 ? "ok  " : "FAIL"} ${name} (${seconds} s)\n`);
  if (status !== 0) {
    failed++;
    process.stdout.write(`${stdout}${stderr}\n`);
  }
}
process.stdout.write(`${checks.length - failed} passing\n${failed} failing\n`);
process.exitCode = failed === 0 ? 0 : 1;
