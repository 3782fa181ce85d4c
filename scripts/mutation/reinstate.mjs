// Puts faults back that the contracts once had, one at a time, and runs the invariant or test that must find each: a suite that
// finds none of them proves nothing. The same test has to pass without the fault. Exits with 1 if one is missed; a run of all
// prints the table of docs/audit.
//
// node scripts/mutation/reinstate.mjs [part of a fault's name]
//
// Solidity tests run on a copy of the contracts in cache/mutation/project, and compile what they need there; mocha tests run on the
// contract of the last build (`npx hardhat build`) with the fault in it. Which Solidity tests pass without a fault is kept in
// cache/mutation/faults.json until a source changes.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { compilerOf } from "./compiler.mjs";
import { faults, rowOf } from "./faults.ts";
import { loadSuite } from "./suite.mjs";

const PROJECT = "cache/mutation/project";
const PASSED = "cache/mutation/faults.json";
const HARDHAT = resolve("node_modules/hardhat/dist/src/cli.js");

const [part = ""] = process.argv.slice(2);
const all = Object.keys(faults);
const names = all.includes(part) ? [part] : all.filter((name) => name.includes(part));
if (names.length === 0) end(`no fault has "${part}" in its name`);
if (names.length === 1) {
  const [name] = names;
  const found = await isFound(faults[name]);
  process.stdout.write(`${found ? "found" : "MISSED"}: ${name} (${faults[name].test}: ${faults[name].finds})\n`);
  process.exit(found ? 0 : 1);
}
// hardhat loads a mocha test once in a process
const missed = names.filter(
  (name) => spawnSync(process.execPath, [fileURLToPath(import.meta.url), name], { stdio: "inherit" }).status !== 0,
);
if (names.length === all.length && missed.length === 0) {
  process.stdout.write(
    ["", "| fault | contract | found by |", "| - | - | - |", ...names.map(rowOf), "", ""].join("\n"),
  );
}
process.stdout.write(`${names.length - missed.length} of ${names.length} faults found\n`);
if (missed.length > 0) end(`missed: ${missed.join("; ")}`);

async function isFound({ file, edit, contract, test, finds }) {
  const text = readFileSync(file, "utf8");
  const [now, before] = edit;
  if (text.split(now).length !== 2) end(`${file} does not have "${now}" once: adapt scripts/mutation/faults.ts`);
  const faulty = text.replace(now, () => before);
  if (contract !== undefined) return failsInMocha(file, faulty, contract, test, finds);
  if (!passedWithoutFault(test).includes(finds)) end(`${finds} of ${test} does not pass on the contracts as they are`);
  return runSolidity([test, "--grep", finds], { [file]: faulty }).failed.includes(finds);
}

/** The tests of a Solidity file that pass on the contracts as they are. */
function passedWithoutFault(test) {
  const hash = createHash("sha256");
  for (const source of globSync("{contracts,test}/**/*.sol").sort()) hash.update(`${source}\n${readFileSync(source)}`);
  const sources = hash.update(readFileSync("hardhat.config.ts")).digest("hex");
  const stored = existsSync(PASSED) ? JSON.parse(readFileSync(PASSED, "utf8")) : {};
  const tests = stored.sources === sources ? stored.tests : {};
  tests[test] ??= runSolidity([test], {}).passed;
  writeFileSync(PASSED, JSON.stringify({ sources, tests }));
  return tests[test];
}

/** Runs invariants and fuzz tests on a copy of the project in which the sources of `replaced` are others. */
function runSolidity(tests, replaced) {
  rmSync(PROJECT, { recursive: true, force: true });
  mkdirSync(PROJECT, { recursive: true });
  const isSource = (path) => !/\.(?:ts|json|py|txt)$/u.test(path);
  cpSync("contracts", `${PROJECT}/contracts`, { recursive: true });
  cpSync("test", `${PROJECT}/test`, { recursive: true, filter: isSource });
  for (const config of ["hardhat.config.ts", "package.json", "tsconfig.json"]) cpSync(config, `${PROJECT}/${config}`);
  for (const [file, text] of Object.entries(replaced)) writeFileSync(`${PROJECT}/${file}`, text);
  const { status, stdout, stderr } = spawnSync(process.execPath, [HARDHAT, "test", "solidity", ...tests], {
    cwd: PROJECT,
    encoding: "utf8",
  });
  const titles = (pattern) => [...stdout.matchAll(pattern)].map(([, title]) => title);
  const passed = titles(/^\s+✔ (?:.*#)?(\w+)/gmu);
  const failed = titles(/^\s+\d+\) (?:.*#)?(\w+)/gmu);
  if (passed.length + failed.length === 0 || (status !== 0 && failed.length === 0)) {
    end(`${tests[0]} did not run: ${stderr}${stdout}`);
  }
  return { passed, failed };
}

/** Whether the test passes on the contract as it is, and fails on the one with the fault. */
async function failsInMocha(file, faulty, contract, test, finds) {
  const { compile } = compilerOf(contract, [file]);
  const codes = compile([{}, { [file]: faulty }], false);
  const suite = await loadSuite([test], basename(contract, ".sol"));
  const ids = suite.tests.filter((id) => id.includes(finds));
  if (ids.length !== 1) end(`${test} has ${ids.length} tests with "${finds}" in their title`);
  const failures = [];
  for (const code of codes) {
    if (code.error !== undefined) end(`${file} with the fault: ${code.error}`);
    failures.push((await suite.run(ids, code)).failed);
  }
  if (failures[0] !== undefined) end(`"${finds}" fails on the contract as it is`);
  return failures[1] !== undefined;
}

function end(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
