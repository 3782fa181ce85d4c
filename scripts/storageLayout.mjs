// Compares the storage layout of every upgradeable contract with the committed one (deploy/layouts/<Contract>.json), by
// OpenZeppelin's own upgrade rules: what is stored may only be appended to. `--check` compares; without it the
// current layouts are written, which is right only for layouts that no deployed proxy uses yet, or after a passing check.
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import {
  getContractVersion,
  getStorageLayout,
  getStorageUpgradeErrors,
  isUpgradeSafe,
  getErrors,
  solcInputOutputDecoder,
  validate,
} from "@openzeppelin/upgrades-core";

const folder = "deploy/layouts";
const check = process.argv.includes("--check");
const upgradeable = /\b(?:UUPSUpgradeable|UpgradeableAfterExit)\b/u;
const sources = globSync("contracts/**/*.sol").filter((file) => {
  const text = readFileSync(file, "utf8");
  return upgradeable.test(text) && !/\babstract contract\b/u.test(text);
});

let problems = 0;
const report = (contract, lines) => {
  if (lines.length === 0) {
    process.stdout.write(`ok   ${contract}\n`);
    return;
  }
  problems++;
  process.stdout.write(`FAIL ${contract}\n${lines.map((line) => `     ${line}\n`).join("")}`);
};

mkdirSync(folder, { recursive: true });
for (const source of sources) {
  const contract = source.split("/").at(-1).replace(".sol", "");
  const artifact = JSON.parse(readFileSync(`artifacts/${source}/${contract}.json`, "utf8"));
  const input = JSON.parse(readFileSync(`artifacts/build-info/${artifact.buildInfoId}.json`, "utf8"));
  const { output } = JSON.parse(readFileSync(`artifacts/build-info/${artifact.buildInfoId}.output.json`, "utf8"));
  const run = validate(output, solcInputOutputDecoder(input.input, output), input.solcVersion, input.input);
  const name = `${artifact.inputSourceName}:${contract}`;
  const version = getContractVersion(run, name);
  const unsafe = isUpgradeSafe(run, version, { kind: "uups" })
    ? []
    : getErrors(run, version, { kind: "uups" }).map((error) => `${error.kind} at ${error.src}`);
  const layout = getStorageLayout(run, version);
  const file = `${folder}/${contract}.json`;
  // Only what the comparison reads, without positions in source files: a comment does not change a layout.
  const stored =
    JSON.stringify(layout, (key, value) => (key === "src" || key === "astId" ? undefined : value), 1) + "\n";
  if (!check) writeFileSync(file, stored);
  if (!existsSync(file)) {
    report(contract, [...unsafe, `no committed layout: run "node scripts/storageLayout.mjs" and commit ${file}`]);
    continue;
  }
  const committed = JSON.parse(readFileSync(file, "utf8"));
  const changes = getStorageUpgradeErrors(committed, layout).map(
    (change) => `${change.kind}: ${JSON.stringify(change.updated ?? change.original)?.slice(0, 200)}`,
  );
  report(contract, [...unsafe, ...changes]);
}
if (sources.length === 0) {
  process.stdout.write("FAIL no upgradeable contract found below contracts/\n");
  problems++;
}
process.exitCode = problems === 0 ? 0 : 1;
