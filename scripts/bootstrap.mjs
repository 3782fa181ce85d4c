#!/usr/bin/env node
// Brings a fresh clone to the point where a command can run: the right Node, the locked packages, the build. It has no
// dependencies of its own and runs under Node 20 or newer; everything after it runs under the pinned Node 22.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";

/** Who started this script: npm, which is gone when it was killed and this is another. */
const parent = process.ppid;
/** How often npm is looked for, in milliseconds. */
const LOOK_MS = 500;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = join(root, "node_modules", ".bin");
const stamp = join(root, "node_modules", ".openledger-lock");
const endWithParent = pathToFileURL(join(root, "oracle", "common", "endWithParent.ts")).href;
const nodePackage = `node@${JSON.parse(readFileSync(join(root, "package.json"), "utf8")).devDependencies.node}`;

const entryPoints = {
  up: ["oracle/main.ts", "up"],
  test: ["scripts/test.mjs"],
  lint: ["scripts/lint.mjs"],
  bench: ["benchmarks/run.ts"],
  native: ["scripts/native.mjs"],
  prove: ["benchmarks/determinism/prove.ts"],
  coverage: ["scripts/branches/report.mjs"],
  build: null,
};

const [major, minor] = process.versions.node.split(".").map(Number);
const supported = major > 22 || (major === 22 && minor >= 13);
if (major < 20) fail(`Node ${process.versions.node} is too old: install Node 20 or newer`);

const [command, ...args] = process.argv.slice(2);
if (!Object.hasOwn(entryPoints, command ?? "")) {
  fail(`unknown command "${command ?? ""}": one of ${Object.keys(entryPoints).join(", ")}`);
}

if (!supported) {
  runUnderPinnedNode();
} else {
  install();
  build();
  const entry = entryPoints[command];
  if (entry !== null) run(join(bin, "node"), ["--import", endWithParent, ...entry, ...args]);
}

/** Starts this script again under Node 22: the installed one, or one that npx brings (its install script places the binary). */
function runUnderPinnedNode() {
  const again = [fileURLToPath(import.meta.url), command, ...args];
  if (existsSync(join(bin, "node"))) run(join(bin, "node"), again);
  else run("npx", ["--yes", "--ignore-scripts=false", "--package", nodePackage, "--", "node", ...again]);
}

/** `npm ci` when the lock file differs from the one that was installed last. Only Node's own install script is run. */
function install() {
  const lock = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock && existsSync(join(bin, "node"))) return;
  must("npm", ["ci", "--no-audit", "--no-fund"]);
  must("npm", ["rebuild", "node", "--ignore-scripts=false"]);
  writeFileSync(stamp, lock);
}

/** Contracts and typechain types, then the float64 algebra. Both skip what has not changed. */
function build() {
  must(join(bin, "hardhat"), ["build", "--quiet", "--no-tests"]);
  must(join(bin, "node"), ["scripts/buildAlgebra.mjs"]);
}

function environment() {
  return { ...process.env, PATH: `${bin}:${process.env.PATH ?? ""}` };
}

function must(file, argv) {
  const { status, error } = spawnSync(file, argv, { cwd: root, env: environment(), stdio: ["ignore", 2, 2] });
  if (error !== undefined || status !== 0)
    fail(`${file} ${argv.join(" ")} failed (${error?.message ?? `exit ${status}`})`);
}

/**
 * Runs a command in the foreground, hands termination signals on, and ends with its exit code. Who is killed hands nothing on:
 * npm is missed here, and this script by the channel to the command, which carries nothing.
 */
function run(file, argv) {
  const child = spawn(file, argv, { cwd: root, env: environment(), stdio: ["inherit", "inherit", "inherit", "ipc"] });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  if (process.env.npm_lifecycle_event !== undefined) {
    const looking = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(looking);
      child.kill("SIGTERM");
    }, LOOK_MS);
    looking.unref();
  }
  child.on("error", (error) => fail(`${file}: ${error.message}`));
  child.on("exit", (code, signal) => {
    process.exitCode = code ?? (signal === "SIGINT" ? 130 : 143);
  });
}

function fail(message) {
  process.stderr.write(`openledger: ${message}\n`);
  process.exit(1);
}
