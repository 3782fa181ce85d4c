// Symbolic checks of test/symbolic: halmos proves each for all arguments, or shows arguments for which it fails.
//
// halmos and cvc5 are Python programs, forge is an npm package that brings its compiler's front end:
//   python3 -m venv .venv && .venv/bin/pip install halmos==0.3.3 cvc5==1.4.2
//   npm install --prefix .forge @foundry-rs/forge@1.7.1
// Put .venv/bin and .forge/node_modules/.bin on the PATH.
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import process from "node:process";

const install =
  "  python3 -m venv .venv && .venv/bin/pip install halmos==0.3.3 cvc5==1.4.2\n" +
  "  npm install --prefix .forge @foundry-rs/forge@1.7.1\n" +
  '  PATH="$PWD/.venv/bin:$PWD/.forge/node_modules/.bin:$PATH" npm run halmos\n';
for (const program of ["halmos", "forge"]) {
  if (spawnSync(program, ["--version"]).error === undefined) continue;
  process.stderr.write(`halmos: "${program}" is not on the PATH. Install it with\n${install}`);
  process.exit(1);
}

// Hashes and equality are best decided by bits, which halmos does by itself; products of amounts as integers.
const solver = `python3 ${resolve("test/symbolic/solver.py")}`;
const contracts = [
  ["SumTreeSymbolic", []],
  ["ShareMathSymbolic", ["--solver-command", solver]],
  ["PayoutMathSymbolic", ["--solver-command", solver]],
];
const env = { ...process.env, FOUNDRY_CONFIG: resolve("test/symbolic/foundry.toml") };
let failed = 0;
for (const [contract, options] of contracts) {
  const argv = ["--forge-build-out", "cache/symbolic", "--contract", contract, "--loop", "4", ...options];
  const { status } = spawnSync("halmos", argv, { stdio: "inherit", env });
  if (status !== 0) failed++;
}
process.exitCode = failed === 0 ? 0 : 1;
