// Mutation testing: makes small mistakes in a contract, one at a time, and runs its tests on each. A mutant that no test kills
// is a gap in the tests, or changes nothing that can be seen; docs/audit/mutation.md says which.
//
// node scripts/mutation/run.mjs <target> [--sample N] [--seed S] [--minutes M] [--report FILE]
//
// The mutated contract alone is compiled, from the input of the last build (`npx hardhat build`, with the tests' own contracts), and takes the place of its artifact while the
// tests run. With --sample, N mutants are drawn; with --minutes, no further mutant is begun after that time.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import process from "node:process";
import { parseArgs } from "node:util";
import { mutantsOf } from "./mutants.mjs";

const solc = createRequire(import.meta.url)("solc");

const targets = {
  RewardDistributor: {
    contract: "contracts/rewards/RewardDistributor.sol",
    mutated: ["RewardDistributor", "ScoreRoots", "PayoutProofs"].map((name) => `contracts/rewards/${name}.sol`),
    tests: ["test/rewards/RewardDistributor.test.ts"],
  },
  StakeManager: {
    contract: "contracts/staking/StakeManager.sol",
    mutated: ["StakeManager", "StakePools", "OracleQuorum", "ShareMath", "QuorumVerifier"].map(
      (name) => `contracts/staking/${name}.sol`,
    ),
    tests: ["test/staking/StakeManager.test.ts", "test/staking/quorum.test.ts"],
  },
  AttributionDisputes: {
    contract: "contracts/attribution/AttributionDisputes.sol",
    mutated: ["Judgement", "TreeProofs", "IndexProofs", "EntryProofs", "ScoreProofs", "Evidence"].map(
      (name) => `contracts/attribution/${name}.sol`,
    ),
    tests: ["refusals", "IndexDisputes", "AttributionDemands", "AttributionDisputes"].map(
      (name) => `test/attribution/${name}.test.ts`,
    ),
  },
};

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    sample: { type: "string" },
    seed: { type: "string", default: "1" },
    minutes: { type: "string" },
    report: { type: "string" },
  },
});
const target = targets[positionals[0]];
if (target === undefined) fail(`name one of ${Object.keys(targets).join(", ")}`);

const name = positionals[0];
const artifactFile = `artifacts/${target.contract}/${name}.json`;
const original = readFileSync(artifactFile, "utf8");
const artifact = JSON.parse(original);
const { input } = JSON.parse(readFileSync(`artifacts/build-info/${artifact.buildInfoId}.json`, "utf8"));
const sources = closure(artifact.inputSourceName);
const deadline = values.minutes === undefined ? Infinity : performance.now() + 60_000 * Number(values.minutes);

const all = target.mutated.flatMap((file) => mutantsOf(file, readFileSync(file, "utf8")));
const drawn = draw(all, Number(values.sample ?? all.length));
if (test() !== "survived") fail(`${name}: the tests fail on the contract as it is`);
const counts = { killed: 0, survived: 0, invalid: 0, timeout: 0 };
try {
  for (const mutant of drawn) {
    if (performance.now() > deadline) break;
    const bytecode = compile(mutant);
    let outcome = "invalid";
    if (bytecode !== undefined) {
      writeFileSync(artifactFile, JSON.stringify({ ...artifact, ...bytecode }));
      outcome = test();
    }
    counts[outcome]++;
    const line = `${outcome} ${mutant.file}:${mutant.line} ${shorten(mutant.from)} -> ${shorten(mutant.to)}\n`;
    process.stdout.write(line);
    if (values.report !== undefined) appendFileSync(values.report, line);
  }
} finally {
  writeFileSync(artifactFile, original);
}
const tried = counts.killed + counts.timeout + counts.survived;
process.stdout.write(
  `${name}: ${all.length} mutants, ${drawn.length} drawn, ${tried} tested, ${counts.killed + counts.timeout} killed ` +
    `(${counts.timeout} by endless running), ${counts.survived} survived; ${counts.invalid} did not compile or changed no byte\n`,
);

/** Runs the target's tests on the artifacts as they are. */
function test() {
  const run = spawnSync("hardhat", ["test", "mocha", "--no-compile", "--bail", ...target.tests], {
    encoding: "utf8",
    timeout: 300_000,
  });
  if (run.error?.code === "ETIMEDOUT") return "timeout";
  return run.status === 0 ? "survived" : "killed";
}

/** Bytecode of the target with the mutant in it; nothing if it does not compile or is the same. */
function compile(mutant) {
  const settings = {
    ...input.settings,
    outputSelection: { "*": { [name]: ["evm.bytecode", "evm.deployedBytecode"] } },
  };
  const mutated = { ...sources, [`project/${mutant.file}`]: { content: mutant.source } };
  const request = { language: input.language, settings, sources: mutated };
  const output = JSON.parse(solc.compile(JSON.stringify(request)));
  const evm = output.contracts?.[artifact.inputSourceName]?.[name]?.evm;
  if (evm === undefined || evm.bytecode.object === "") return undefined;
  const bytecode = `0x${evm.bytecode.object}`;
  // The last bytes are the hash of the sources, which always differs.
  if (bytecode.slice(0, -106) === artifact.bytecode.slice(0, -106)) return undefined;
  return { bytecode, deployedBytecode: `0x${evm.deployedBytecode.object}` };
}

/** The sources that the target needs, so that no others are compiled. */
function closure(from) {
  const output = JSON.parse(
    solc.compile(
      JSON.stringify({
        ...input,
        settings: { ...input.settings, stopAfter: "parsing", outputSelection: { "*": { "": ["ast"] } } },
      }),
    ),
  );
  const found = new Map();
  const visit = (source) => {
    if (found.has(source)) return;
    found.set(source, input.sources[source]);
    for (const node of output.sources[source].ast.nodes) {
      if (node.nodeType === "ImportDirective") visit(node.absolutePath);
    }
  };
  visit(from);
  return Object.fromEntries(found);
}

/** `count` mutants in the order of a hash, so that a larger sample holds the smaller one. */
function draw(mutants, count) {
  const key = ({ file, line, from, to }) =>
    createHash("sha256").update(`${values.seed} ${file} ${line} ${from} ${to}`).digest("hex");
  return mutants
    .map((mutant) => ({ mutant, at: key(mutant) }))
    .sort((a, b) => (a.at < b.at ? -1 : 1))
    .slice(0, count)
    .map(({ mutant }) => mutant);
}

function shorten(text) {
  const line = text.replace(/\s+/gu, " ").trim();
  return line === "" ? "(nothing)" : line.length > 90 ? `${line.slice(0, 90)}…` : line;
}

function fail(message) {
  process.stderr.write(`mutation: ${message}\n`);
  process.exit(1);
}
