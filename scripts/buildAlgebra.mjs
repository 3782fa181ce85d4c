#!/usr/bin/env node
// Compiles oracle/numerics/assembly to oracle/numerics/build/algebra.wasm: SIMD, no runtime, memory given by the caller.
// A build whose sources, compiler and options have not changed is kept.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const sources = join(root, "oracle/numerics/assembly");
const output = join(root, "oracle/numerics/build/algebra.wasm");
const stamp = `${output}.sources`;
const compiler = createRequire(import.meta.url).resolve("assemblyscript/package.json");
const options = ["--optimizeLevel", "3", "--shrinkLevel", "0", "--enable", "simd"].concat([
  "--runtime",
  "stub",
  "--importMemory",
  "--noAssert",
  "--use",
  "abort=",
]);

const entries = readdirSync(sources)
  .filter((name) => name.endsWith(".ts"))
  .sort()
  .map((name) => join(sources, name));
const hash = createHash("sha256")
  .update(JSON.parse(readFileSync(compiler, "utf8")).version)
  .update(options.join(" "));
for (const entry of entries) hash.update(entry.slice(root.length)).update(readFileSync(entry));
const digest = hash.digest("hex");

if (!existsSync(output) || !existsSync(stamp) || readFileSync(stamp, "utf8") !== digest) {
  mkdirSync(dirname(output), { recursive: true });
  const argv = [join(dirname(compiler), "bin/asc.js"), ...entries, ...options, "--outFile", output];
  const { status } = spawnSync(process.execPath, argv, { cwd: root, stdio: ["ignore", 2, 2] });
  if (status !== 0) process.exit(status ?? 1);
  writeFileSync(stamp, digest);
}
