#!/usr/bin/env node
// Brings a fresh clone to the point where a command can run: the pinned Node, the locked packages, the build. It has no
// dependencies of its own, runs under Node 20 or newer, and starts everything else under the pinned Node; never itself.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { isBuilt, recordBuild, sourceDigest } from "./built.mjs";
import { missingPackages } from "./installed.mjs";

/** Who started this script: npm, which is gone when it was killed and this is another. */
const parent = process.ppid;
/** How often npm is looked for, in milliseconds. */
const LOOK_MS = 500;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = join(root, "node_modules", ".bin");
const pinned = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).devDependencies.node;

const REMEDY = "remove node_modules and run the same command again";

const entryPoints = {
  up: ["oracle/main.ts", "up"],
  devnet: ["oracle/main.ts", "devnet"],
  test: ["scripts/test.mjs"],
  "test:long": ["node_modules/vitest/vitest.mjs", "run", "--config", "vitest.integration.config.ts"],
  "test:unit": ["node_modules/vitest/vitest.mjs", "run"],
  dev: ["node_modules/vitest/vitest.mjs", "watch", "--changed"],
  typecheck: ["node_modules/typescript/bin/tsc", "--noEmit"],
  lint: ["scripts/lint.mjs"],
  bench: ["benchmarks/run.ts"],
  native: ["scripts/native.mjs"],
  base: ["oracle/main.ts", "base", "add"],
  prove: ["benchmarks/determinism/prove.ts"],
  coverage: ["scripts/branches/report.mjs"],
  sizes: ["scripts/sizes.mjs"],
  slither: ["scripts/slither.mjs"],
  halmos: ["scripts/halmos.mjs"],
  mutate: ["scripts/mutation/run.mjs"],
  "mutate:faults": ["scripts/mutation/reinstate.mjs"],
  build: null,
};

/** The process in the foreground. */
let child;
/** The exit status to end with, once this process was asked to end. */
let stopped;

if (Number(process.versions.node.split(".")[0]) < 20) {
  fail(`Node ${process.versions.node} is too old: install Node 20 or newer`);
}
const [command, ...args] = process.argv.slice(2);
if (!Object.hasOwn(entryPoints, command ?? "")) {
  fail(`unknown command "${command ?? ""}": one of ${Object.keys(entryPoints).join(", ")}`);
}
handOnSignals();
await install();
await build();
if (entryPoints[command] !== null) process.exitCode = await runEntry(entryPoints[command]);

/** Brings what is missing. npm leaves packages out whose engines exclude its own Node, so it runs under the pinned one. */
async function install() {
  const incomplete = missingPackages(root).length > 0;
  if (!incomplete && isPinned(join(bin, "node"))) return;
  say(`bringing Node ${pinned} (this is ${process.versions.node})`);
  const node = await bringNode();
  if (incomplete) {
    say("bringing the packages of package-lock.json: a minute or two");
    await npm(node, ["ci"]);
  }
  // the only install script that is run: the others stay off (.npmrc)
  if (!isPinned(join(bin, "node"))) await npm(node, ["rebuild", "node", "--ignore-scripts=false"]);

  const [missing, ...others] = missingPackages(root);
  if (missing !== undefined) fail(`npm ci left out ${[missing, ...others.slice(0, 4)].join(", ")}: ${REMEDY}`);
  if (!isPinned(join(bin, "node"))) fail(`npm rebuild did not place Node ${pinned} at ${join(bin, "node")}: ${REMEDY}`);
}

/**
 * The pinned Node for the time of the installation. It lies outside of node_modules, which `npm ci` empties and where npm and
 * npx would take a package without its binary for an installed Node.
 */
async function bringNode() {
  const folder = mkdtempSync(join(tmpdir(), "openledger-node-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  await npm(process.execPath, ["install", "--prefix", folder, "--ignore-scripts=false", `node@${pinned}`], folder);
  const node = join(folder, "node_modules", ".bin", "node");
  if (!isPinned(node))
    fail(`npm brought no Node ${pinned} that runs here: install it yourself, and try again under it`);
  return node;
}

/** Contracts and typechain types, then the float64 algebra. Both skip what has not changed; `npm run build` asks Hardhat in any case. */
async function build() {
  const sources = sourceDigest(root);
  if (command === "build" || !isBuilt(root, sources)) {
    say("compiling contracts that have changed");
    await must(join(bin, "hardhat"), ["build", "--quiet", "--no-tests"]);
    recordBuild(root, sources);
  }
  await must(join(bin, "node"), ["scripts/buildAlgebra.mjs"]);
}

/** The channel carries nothing: the command sees by its end that this process was killed, which hands on no signal. */
function runEntry(entry) {
  const endWithParent = pathToFileURL(join(root, "oracle", "common", "endWithParent.ts")).href;
  return run(join(bin, "node"), ["--import", endWithParent, ...entry, ...args], {
    stdio: ["inherit", "inherit", "inherit", "ipc"],
  });
}

/** npm under that Node: the npm that started this script, or else the one on the PATH. */
async function npm(node, argv, cwd = root) {
  const program = process.env.npm_execpath ?? "";
  const [file, first] = program.endsWith("npm-cli.js") ? [node, [program]] : ["npm", []];
  await must(file, [...first, ...argv, "--no-audit", "--no-fund"], { cwd, path: dirname(node) });
}

async function must(file, argv, options) {
  const status = await run(file, argv, options);
  if (stopped !== undefined) process.exit(stopped);
  if (status !== 0) fail(`${[file, ...argv].join(" ")} failed with exit status ${status}`);
}

/** Runs a program in the foreground; its exit status, in the shell's form where a signal ended it. */
function run(file, argv, { cwd = root, path = bin, stdio = ["ignore", 2, 2] } = {}) {
  const env = {
    // what V8 has compiled once, for the many processes of one command
    NODE_COMPILE_CACHE: join(root, "cache", "v8"),
    ...process.env,
    PATH: [path, process.env.PATH ?? ""].join(delimiter),
  };
  child = spawn(file, argv, { cwd, env, stdio });
  return new Promise((resolve) => {
    child.on("error", (error) => fail(`${file} cannot be run: ${error.message}`));
    child.on("exit", (status, signal) => resolve(status ?? 128 + constants.signals[signal]));
  });
}

/** Forwards termination signals to the program in the foreground. SIGKILL of npm cannot be forwarded, so npm's process id is polled. */
function handOnSignals() {
  const stop = (signal) => {
    stopped = 128 + constants.signals[signal];
    if (!child?.kill(signal)) process.exit(stopped);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => stop(signal));
  if (process.env.npm_lifecycle_event === undefined) return;
  const looking = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(looking);
    stop("SIGTERM");
  }, LOOK_MS);
  looking.unref();
}

function isPinned(node) {
  const { stdout } = spawnSync(node, ["--version"], { encoding: "utf8" });
  return stdout?.trim() === `v${pinned}`;
}

function say(message) {
  process.stderr.write(`openledger: ${message}\n`);
}

function fail(message) {
  say(message);
  process.exit(1);
}
