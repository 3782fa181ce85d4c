#!/usr/bin/env node
// The compiler of package.json as the command line that forge expects of `solc`: --version and --standard-json.
"use strict";
const { readFileSync, existsSync, writeSync } = require("node:fs");
const { resolve } = require("node:path");
const solc = require("solc");

const args = process.argv.slice(2);
if (args.includes("--version")) {
  // forge knows the names of native builds only.
  writeSync(1, `solc\nVersion: ${solc.version().replace("Emscripten.clang", "Linux.g++")}\n`);
} else if (args.includes("--standard-json")) {
  const basePath = args[args.indexOf("--base-path") + 1];
  const find = (name) => {
    const file = resolve(basePath, name);
    return existsSync(file)
      ? { contents: readFileSync(file, "utf8") }
      : { error: `${name} not found below ${basePath}` };
  };
  writeSync(1, solc.compile(readFileSync(0, "utf8"), { import: find }));
} else {
  process.stderr.write("solc.cjs understands --version and --standard-json\n");
  process.exitCode = 1;
}
