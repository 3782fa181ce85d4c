// Runs every suite and closes with one line that counts all of them: "N passed, N failed". A word from the name of a suite
// selects it; `--deep` makes the Solidity fuzz and invariant tests run longer (hardhat.config.ts).
import { spawn } from "node:child_process";
import { existsSync, globSync } from "node:fs";
import process from "node:process";

// Everything under test/ but what vitest runs.
const mochaFiles = globSync("test/**/*.test.ts").filter((file) => !/^test\/(integration|attacks)\//u.test(file));

const suites = [
  ["static checks", "node", ["scripts/lint.mjs"]],
  ["Solidity fuzz and invariant tests", "hardhat", ["test", "solidity"]],
  ["contract tests", "hardhat", ["test", "mocha", ...mochaFiles.sort()]],
  ["TypeScript tests", "vitest", ["run"]],
  ["integration", "vitest", ["run", "--config", "vitest.integration.config.ts", "test/integration/up.spec.ts"]],
];

const only = process.argv.slice(2).find((argument) => argument !== "--deep");
if (process.argv.includes("--deep")) process.env.OPENLEDGER_DEEP = "1";
let passed = 0;
let failed = 0;
for (const [name, file, args] of suites) {
  if (only !== undefined && !name.includes(only)) continue;
  process.stdout.write(`\n── ${name}: ${[file, ...args.slice(0, 3)].join(" ")}${args.length > 3 ? " …" : ""}\n`);
  const { code, output } = await stream(file, args);
  const counts = count(output);
  // A suite that ends badly without naming a failed test (a crash, a compile error) is itself one failure.
  const broken = code !== 0 && counts.failed === 0 ? 1 : 0;
  const empty = code === 0 && counts.passed === 0 ? 1 : 0;
  passed += counts.passed;
  failed += counts.failed + broken + empty;
  if (broken) process.stdout.write(`${name}: exit code ${code}\n`);
  if (empty) process.stdout.write(`${name}: no test ran\n`);
}
const native = existsSync("native/node_modules/@tensorflow/tfjs-node/lib/napi-v8/tfjs_binding.node");
process.stdout.write(`\nnative TensorFlow: ${native ? "exercised" : "not exercised, npm run native sets it up"}\n`);
process.exitCode = failed === 0 ? 0 : 1;
process.stdout.write(`\n${passed} passed, ${failed} failed\n`);

/** Sums the closing lines of mocha and Hardhat ("12 passing", "1 failing") and vitest ("Tests  1 failed | 12 passed"). */
function count(output) {
  const plain = output.replace(/\u001b\[[0-9;]*m/gu, "");
  const sum = (pattern) => [...plain.matchAll(pattern)].reduce((total, match) => total + Number(match[1]), 0);
  return {
    passed: sum(/^\s*(\d+) passing\b/gmu) + sum(/^\s*Tests\s.*?(\d+) passed\b/gmu),
    failed: sum(/^\s*(\d+) failing\b/gmu) + sum(/^\s*Tests\s.*?(\d+) failed\b/gmu),
  };
}

function stream(file, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, FORCE_COLOR: "0" } });
    const chunks = [];
    for (const pipe of [child.stdout, child.stderr]) {
      pipe.on("data", (chunk) => {
        chunks.push(chunk);
        process.stdout.write(chunk);
      });
    }
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, output: Buffer.concat(chunks).toString("utf8") }));
  });
}
