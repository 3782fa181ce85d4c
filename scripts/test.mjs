// Runs every suite, two at a time, and closes with one line that counts all of them: "N passed, N failed". A word from the name
// of a suite selects it; `--deep` makes the fuzz and invariant tests run longer.
import { spawn } from "node:child_process";
import { existsSync, globSync } from "node:fs";
import { availableParallelism } from "node:os";
import process from "node:process";

/** Suites that run side by side: most of them keep a core busy, and none much more. */
const LANES = Math.min(4, Math.max(2, availableParallelism()));

// Everything under test/ but what vitest runs.
const mochaFiles = globSync("test/**/*.test.ts")
  .filter((file) => !/^test\/(integration|attacks)\//u.test(file))
  .sort();
/** Tests that deploy contracts which are under test/ themselves: the others need no more than the build before this script. */
const OWN_CONTRACTS =
  /^test\/(access|differential|gas|watch)\/|^test\/(rewards\/claims|staking\/(possession|quorum))\.test\.ts$/u;

const integration = ["up", "byHand", "market", "bounty", "transcript", "devnet"].map(
  (name) => `test/integration/${name}.spec.ts`,
);

/**
 * In the order in which they start when a lane is free, the longest first. Suites with the same `holds` are never beside each other: a build, and
 * so every deployment, writes typechain-types anew, which the static checks read. What `needs` another suite starts after it.
 */
const suites = [
  { name: "build of the Solidity tests", command: ["hardhat", "build", "--quiet"], holds: "typechain-types" },
  {
    name: "contract tests",
    command: ["hardhat", "test", "mocha", "--no-compile", ...mochaFiles.filter((file) => !OWN_CONTRACTS.test(file))],
    counts: true,
  },
  { name: "TypeScript tests", command: ["vitest", "run"], counts: true },
  {
    name: "integration",
    command: ["vitest", "run", "--config", "vitest.integration.config.ts", ...integration],
    counts: true,
    holds: "typechain-types",
  },
  {
    name: "Solidity fuzz and invariant tests",
    command: ["hardhat", "test", "solidity", "--no-compile"],
    counts: true,
    needs: "build of the Solidity tests",
  },
  {
    name: "contract tests with contracts of their own",
    command: ["hardhat", "test", "mocha", "--no-compile", ...mochaFiles.filter((file) => OWN_CONTRACTS.test(file))],
    counts: true,
    needs: "build of the Solidity tests",
  },
  { name: "static checks", command: ["node", "scripts/lint.mjs"], counts: true, holds: "typechain-types" },
];

const only = process.argv.slice(2).find((argument) => argument !== "--deep");
if (process.argv.includes("--deep")) process.env.OPENLEDGER_DEEP = "1";
const began = performance.now();
const results = await runAll(chosen());
const native = existsSync("native/node_modules/@tensorflow/tfjs-node/lib/napi-v8/tfjs_binding.node");
process.stdout.write(`\nnative TensorFlow: ${native ? "exercised" : "not exercised, npm run native sets it up"}\n`);
for (const { name, minutes, passed, failed } of results) {
  process.stdout.write(`${minutes.padStart(6)} min  ${name}: ${passed} passed, ${failed} failed\n`);
}
process.stdout.write(`${minutesSince(began).padStart(6)} min  in all\n`);
const total = (key) => results.reduce((sum, result) => sum + result[key], 0);
process.exitCode = total("failed") === 0 ? 0 : 1;
process.stdout.write(`\n${total("passed")} passed, ${total("failed")} failed\n`);

/** The suites whose names have the word, and what these need. */
function chosen() {
  const named = suites.filter(({ name }) => only === undefined || name.includes(only));
  return suites.filter((suite) => named.includes(suite) || named.some(({ needs }) => needs === suite.name));
}

/** Starts the next suite that may run whenever a lane is free. */
async function runAll(list) {
  const waiting = [...list];
  const running = new Map();
  const ended = [];
  const mayRun = ({ holds, needs }) =>
    (holds === undefined || ![...running.keys()].some((suite) => suite.holds === holds)) &&
    (needs === undefined || ended.some(({ name }) => name === needs));
  while (waiting.length + running.size > 0) {
    const next = running.size < LANES ? waiting.findIndex(mayRun) : -1;
    if (next >= 0) {
      const [suite] = waiting.splice(next, 1);
      const lacks = ended.some(({ name, failed }) => name === suite.needs && failed > 0);
      if (lacks) ended.push({ name: `${suite.name}, not run`, minutes: "0.0", passed: 0, failed: 1 });
      else running.set(suite, runSuite(suite, list.length === 1));
      continue;
    }
    const result = await Promise.race(running.values());
    ended.push(result);
    running.delete(list.find(({ name }) => name === result.name));
  }
  return ended;
}

/** @param live whether its output appears as it comes; beside others it is shown in one piece at the end */
async function runSuite({ name, command, counts }, live) {
  const title = `── ${name}: ${command.slice(0, 4).join(" ")}${command.length > 4 ? " …" : ""}`;
  process.stdout.write(live ? `\n${title}\n` : `started ${name}\n`);
  const start = performance.now();
  const { code, output } = await run(command, live);
  if (!live) process.stdout.write(`\n${title}\n${output}`);
  const { passed, failed } = count(output);
  // A suite that ends badly without naming a failed test (a crash, a compile error) is itself one failure.
  const broken = code !== 0 && failed === 0;
  const empty = counts === true && code === 0 && passed === 0;
  if (broken) process.stdout.write(`${name}: exit code ${code}\n`);
  if (empty) process.stdout.write(`${name}: no test ran\n`);
  return { name, minutes: minutesSince(start), passed, failed: failed + (broken || empty ? 1 : 0) };
}

function minutesSince(start) {
  return ((performance.now() - start) / 60_000).toFixed(1);
}

/** Sums the closing lines of mocha and Hardhat ("12 passing", "1 failing") and vitest ("Tests  1 failed | 12 passed"). */
function count(output) {
  const plain = output.replace(/\u001b\[[0-9;]*m/gu, "");
  const sum = (pattern) => [...plain.matchAll(pattern)].reduce((all, match) => all + Number(match[1]), 0);
  return {
    passed: sum(/^\s*(\d+) passing\b/gmu) + sum(/^\s*Tests\s.*?(\d+) passed\b/gmu),
    failed: sum(/^\s*(\d+) failing\b/gmu) + sum(/^\s*Tests\s.*?(\d+) failed\b/gmu),
  };
}

function run([file, ...args], live) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, FORCE_COLOR: "0" } });
    const chunks = [];
    for (const pipe of [child.stdout, child.stderr]) {
      pipe.on("data", (chunk) => {
        chunks.push(chunk);
        if (live) process.stdout.write(chunk);
      });
    }
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, output: Buffer.concat(chunks).toString("utf8") }));
  });
}
