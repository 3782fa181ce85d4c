#!/usr/bin/env node
// Sets up the native profile in native/: @tensorflow/tfjs-node, its addon built here, and libtensorflow out of the Python wheel that
// carries it (the package's own install script fetches it from a host that is not a registry). Needs a C++ compiler, make, and
// Python 3 with pip; Linux on x86-64. What is built already is kept.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const folder = join(dirname(dirname(fileURLToPath(import.meta.url))), "native");
const scope = join(folder, "node_modules/@tensorflow");
const deps = join(scope, "tfjs-node/deps");
const downloads = join(folder, "node_modules/.wheel");

if (process.platform !== "linux" || process.arch !== "x64") {
  fail(
    `the native profile is built on Linux x64, this is ${process.platform} ${process.arch}: everything else works without it`,
  );
}
if (!existsSync(join(scope, "tfjs-node/lib/napi-v8/tfjs_binding.node"))) {
  say("installing @tensorflow/tfjs-node, without its install script");
  must("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
  useTheOneTensorflow();
  say("fetching the wheel that carries libtensorflow (198 MiB)");
  const wheel = fetchWheel();
  say("unpacking it");
  unpack(wheel);
  rmSync(downloads, { recursive: true });
  say("building the addon");
  must("npm", ["run", "--silent", "addon"]);
}
say(prove());

/** TensorFlow.js must be there once: the package then registers its backend with the one that everything else computes with. */
function useTheOneTensorflow() {
  for (const name of readdirSync(scope)) if (name !== "tfjs-node") rmSync(join(scope, name), { recursive: true });
}

function fetchWheel() {
  // The hash in requirements.txt is that of one wheel; its Python version only names it.
  const target = [
    "--platform",
    "manylinux_2_17_x86_64",
    "--python-version",
    "3.11",
    "--only-binary",
    ":all:",
    "--no-deps",
  ];
  must("python3", ["-m", "pip", "download", "--quiet", "--dest", downloads, ...target, "-r", "requirements.txt"]);
  return join(downloads, readdirSync(downloads)[0]);
}

function unpack(wheel) {
  const AdmZip = createRequire(join(folder, "package.json"))("adm-zip");
  mkdirSync(join(deps, "lib"), { recursive: true });
  for (const entry of new AdmZip(wheel).getEntries()) {
    const name = entry.entryName.replace(/^tensorflow\//u, "");
    const isHeader = /^include\/(tensorflow|tsl)\//u.test(name) && !entry.isDirectory;
    const isLibrary = /^libtensorflow_(cc|framework)\.so\.2$/u.test(name);
    if (!isHeader && !isLibrary) continue;
    const file = join(deps, isLibrary ? "lib" : "", name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, entry.getData());
  }
  // Linked under the short names, loaded under those that the libraries give themselves.
  symlinkSync("libtensorflow_cc.so.2", join(deps, "lib/libtensorflow.so"));
  symlinkSync("libtensorflow_framework.so.2", join(deps, "lib/libtensorflow_framework.so"));
}

/** Loads what was built in a process of its own and multiplies two matrices. */
function prove() {
  const program = `
    import * as tf from "@tensorflow/tfjs";
    import { useNative } from "./oracle/native/loadNative.ts";
    useNative();
    const a = tf.randomNormal([1024, 1024]);
    const seconds = Array.from({ length: 5 }, () => {
      const start = performance.now();
      tf.matMul(a, a).dataSync();
      return (performance.now() - start) / 1000;
    });
    console.log("TensorFlow.js " + tf.version["tfjs-core"] + " on native TensorFlow: matrix product of 1024³ at "
      + Math.round(2 * 1024 ** 3 / Math.min(...seconds) / 1e9) + " GFLOP/s");
  `;
  return execFileSync(process.execPath, ["--input-type=module", "--eval", program], {
    cwd: dirname(folder),
    encoding: "utf8",
  }).trim();
}

function must(file, argv) {
  const { status, error } = spawnSync(file, argv, { cwd: folder, stdio: ["ignore", 2, 2] });
  if (error !== undefined || status !== 0) {
    fail(
      `${file} ${argv.slice(0, 3).join(" ")} failed (${error?.message ?? `exit ${status}`}); needed are a C++ compiler, make, Python 3 with pip, and the registries of npm and Python`,
    );
  }
}

function say(text) {
  process.stdout.write(`native: ${text}\n`);
}

function fail(text) {
  process.stderr.write(`native: ${text}\n`);
  process.exit(1);
}
