// Compares the storage layout of every upgradeable contract with the committed one (deploy/layouts/<Contract>.json), by
// OpenZeppelin's own upgrade rules: what is stored may only be appended to. `--check` compares; without it the
// current layouts are written, which is right only for layouts that no deployed proxy uses yet, or after a passing check.
import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { checkLayout, readArtifact } from "../oracle/governance/builtLayout.ts";

const folder = "deploy/layouts";
const check = process.argv.includes("--check");
const upgradeable = /\b(?:UUPSUpgradeable|UpgradeableAfterExit)\b/u;
const sources = globSync("contracts/**/*.sol").filter((file) => {
  const text = readFileSync(file, "utf8");
  return upgradeable.test(text) && !/\babstract contract\b/u.test(text);
});

let failed = sources.length === 0;
if (failed) process.stdout.write("FAIL no upgradeable contract found below contracts/\n");
mkdirSync(folder, { recursive: true });
for (const source of sources) {
  const artifact = readArtifact(source);
  const before = await checkLayout(artifact);
  if (!check) writeFileSync(`${folder}/${artifact.contractName}.json`, before.layout);
  const { problems } = check ? before : await checkLayout(artifact);
  process.stdout.write(`${problems.length === 0 ? "ok  " : "FAIL"} ${artifact.contractName}\n`);
  for (const problem of problems) process.stdout.write(`     ${problem}\n`);
  failed ||= problems.length > 0;
}
process.exitCode = failed ? 1 : 0;
