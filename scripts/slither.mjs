// Runs slither over a fresh build and compares what it finds with docs/audit/slither.json, where each finding that was looked
// at and accepted stands with its reason. Fails on a finding of high or medium impact that is not there, on an accepted one
// that is gone, and on code that slither could not analyse.
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

const accepted = JSON.parse(readFileSync("docs/audit/slither.json", "utf8"));
const findings = analyse();
const blocking = findings.filter(({ impact }) => impact === "High" || impact === "Medium");
const open = blocking.filter((finding) => !accepted.findings.some((entry) => entry.finding === finding.text));
const gone = accepted.findings.filter((entry) => !blocking.some((finding) => finding.text === entry.finding));
const unexplained = findings.filter(
  ({ impact, detector }) => impact !== "High" && impact !== "Medium" && accepted.detectors[detector] === undefined,
);

for (const { impact, detector, text } of [...open, ...unexplained])
  process.stdout.write(`OPEN ${impact} ${detector}: ${text}\n`);
for (const { finding } of gone) process.stdout.write(`GONE ${finding}: remove it from docs/audit/slither.json\n`);
process.stdout.write(
  `slither ${version.stdout.trim()}: ${findings.length} findings, ${blocking.length} of high or medium impact, ` +
    `${open.length} of those open; ${unexplained.length} others without a reason\n`,
);
process.exitCode = open.length + gone.length + unexplained.length === 0 ? 0 : 1;

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
