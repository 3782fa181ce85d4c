// Runs slither over a fresh build and prints every finding of high or medium impact, and how many there are of every kind. Fails on code
// that slither could not analyse.
//
// slither is a Python program: `python3 -m venv .venv && .venv/bin/pip install slither-analyzer==0.11.6`, then put
// .venv/bin on the PATH or name the program in SLITHER.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

const slither = process.env.SLITHER ?? "slither";
const version = spawnSync(slither, ["--version"], { encoding: "utf8" });
if (version.error !== undefined) {
  process.stderr.write(
    `slither: "${slither}" cannot be run. Install it with\n` +
      "  python3 -m venv .venv && .venv/bin/pip install slither-analyzer==0.11.6\n" +
      "and run SLITHER=.venv/bin/slither npm run slither\n",
  );
  process.exit(1);
}

const findings = analyse();
const blocking = findings.filter(({ impact }) => impact === "High" || impact === "Medium");
for (const { impact, detector, text } of blocking) process.stdout.write(`${impact} ${detector}: ${text}\n`);
const counts = Map.groupBy(findings, ({ impact, detector }) => `${impact} ${detector}`);
for (const [kind, found] of counts) process.stdout.write(`${found.length} ${kind}\n`);
process.stdout.write(
  `slither ${version.stdout.trim()}: ${findings.length} findings, ${blocking.length} of high or medium impact\n`,
);

/** What slither finds, without the line numbers, so that moving code changes nothing. */
function analyse() {
  // Build info of earlier builds would be read as well.
  must("hardhat", ["clean"]);
  must("hardhat", ["build", "--quiet", "--no-tests"]);
  const folder = mkdtempSync(join(tmpdir(), "slither-"));
  const report = join(folder, "report.json");
  const run = spawnSync(slither, [".", "--ignore-compile", "--filter-paths", "node_modules", "--json", report], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  const skipped = [...`${run.stdout}${run.stderr}`.matchAll(/^.*Impossible to generate IR for .*$/gmu)];
  for (const [line] of skipped) process.stdout.write(`${line}\n`);
  if (skipped.length > 0) fail(`${skipped.length} functions were not analysed`);
  let results;
  try {
    results = JSON.parse(readFileSync(report, "utf8")).results;
  } catch (error) {
    fail(`no report (${error.message}):\n${run.stderr.slice(-2000)}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
  return results.detectors.map(({ impact, check, description }) => ({
    impact,
    detector: check,
    text: description
      .replace(/ \([^()\s]+\.sol#[\d-]+\)/gu, "")
      .replace(/\s+/gu, " ")
      .trim(),
  }));
}

function must(file, argv) {
  const { status, error } = spawnSync(file, argv, { stdio: ["ignore", 2, 2] });
  if (error !== undefined || status !== 0)
    fail(`${file} ${argv.join(" ")} failed (${error?.message ?? `exit ${status}`})`);
}

function fail(message) {
  process.stderr.write(`slither: ${message}\n`);
  process.exit(1);
}
