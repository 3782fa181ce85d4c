// Compiles the large contracts as the production profile does, one at a time, and fails when one does not fit into a contract
// (EIP-170). Those that the default profile makes less than half as large as the limit are left out: no setting doubles them.
// Words choose contracts by name: node scripts/sizes.mjs StakeManager.
import { globSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import process from "node:process";
import solc from "solc";
import config from "../hardhat.config.ts";

const LIMIT = 24_576;

const { production } = config.solidity.profiles;
const chosen = process.argv.slice(2);

const large = globSync("artifacts/contracts/**/*.json")
  .map((file) => JSON.parse(readFileSync(file, "utf8")))
  .filter(({ deployedBytecode, contractName }) =>
    chosen.length > 0 ? chosen.includes(contractName) : sizeOf(deployedBytecode) > LIMIT / 2,
  )
  .map(({ sourceName }) => sourceName)
  .sort();

let failed = large.length === 0;
if (failed) process.stdout.write("FAIL no such contract is built: npm run build\n");
for (const source of large) {
  const began = performance.now();
  const size = compiledSize(source);
  const seconds = Math.round((performance.now() - began) / 1000);
  const left = LIMIT - size;
  process.stdout.write(
    `${left < 0 ? "FAIL" : "ok  "} ${basename(source, ".sol")} ${size} of ${LIMIT} bytes, ${left} left (${seconds} s)\n`,
  );
  failed ||= left < 0;
}
process.exitCode = failed ? 1 : 0;

/** Size of the contract that a source is named after, as production deploys it. */
function compiledSize(source) {
  const name = basename(source, ".sol");
  const { settings } = production.overrides[source] ?? production.compilers[0];
  const input = {
    language: "Solidity",
    sources: { [source]: { content: readFileSync(source, "utf8") } },
    settings: { ...settings, outputSelection: { [source]: { [name]: ["evm.deployedBytecode.object"] } } },
  };
  const find = (path) => ({
    contents: readFileSync(path.startsWith("contracts/") ? path : `node_modules/${path}`, "utf8"),
  });
  const { contracts, errors = [] } = JSON.parse(solc.compile(JSON.stringify(input), { import: find }));
  const problems = errors.filter(({ severity }) => severity === "error");
  if (problems.length > 0) throw new Error(problems.map(({ formattedMessage }) => formattedMessage).join("\n"));
  return sizeOf(contracts[source][name].evm.deployedBytecode.object);
}

function sizeOf(hex) {
  return (hex.length - (hex.startsWith("0x") ? 2 : 0)) / 2;
}
