// Mutation testing: makes small mistakes in a contract, one at a time, and runs its tests on each. A mutant that no test kills
// is a gap in the tests, or differs in nothing that counts; docs/audit/mutation.json says why for each of those.
//
// node scripts/mutation/run.mjs [target] [--sample N] [--seed S] [--minutes M]
//
// The mutated contract alone is compiled, without the optimizer, from the input of the last build (`npx hardhat build`). Of
// the tests, those run that reach the statement with the mistake, first those that killed its neighbours. What does not
// change a byte of the program, optimised or not, is equivalent. With --sample, N mutants are drawn; with --minutes, no
// further mutant is begun after that time. Results are kept in cache/mutation: run again, it goes on. A kill counts
// as long as the test that killed reads the same, a survivor as long as all tests do.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { parseArgs } from "node:util";
import { instrument, probeLibrary } from "../branches/instrument.mjs";
import { compilerOf } from "./compiler.mjs";
import { mutantsOf } from "./mutants.mjs";
import { loadSuite } from "./suite.mjs";
import { targets } from "./targets.mjs";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { sample: { type: "string" }, seed: { type: "string", default: "1" }, minutes: { type: "string" } },
});
const [name] = positionals;
if (name === undefined) everyTarget();
const target = targets[name];
if (target === undefined) fail(`name one of ${Object.keys(targets).join(", ")}`);

/** Mutants that are compiled together. */
const BATCH = 12;
const cacheFile = `cache/mutation/${name}.json`;
mkdirSync("cache/mutation", { recursive: true });
const deadline = values.minutes === undefined ? Infinity : performance.now() + 60_000 * Number(values.minutes);
const { sources, compile } = compilerOf(target.contract, target.mutated);
const program = digest(JSON.stringify(sources));
const suite = await loadSuite(target.tests, name);
const bodies = new Set(suite.tests.map(suite.digestOf));
const everyBody = digest([...bodies].sort().join());
const cache = readCache();
const [original] = compile([{}], false);

const textOf = new Map(target.mutated.map((file) => [file, readFileSync(file, "utf8")]));
for (const [file, text] of textOf) {
  if (!Object.values(sources).includes(text)) fail(`${file} has changed since the last build: npx hardhat build`);
}
const all = [...textOf].flatMap(([file, text]) => mutantsOf(file, text));
const drawn = draw(all, Number(values.sample ?? all.length));
await learnReach();
const killers = new Map();
let tried = 0;
const started = performance.now();
const waiting = drawn.filter((mutant) => !isCurrent(cache.results[keyOf(mutant)]));
while (waiting.length > 0 && performance.now() < deadline) {
  const batch = waiting.splice(0, BATCH);
  const codes = compile(batch.map(replacementOf), false);
  for (const [i, mutant] of batch.entries()) {
    cache.results[keyOf(mutant)] = await judge(mutant, codes[i]);
    tried++;
  }
  writeFileSync(cacheFile, JSON.stringify(cache));
}
const seconds = (performance.now() - started) / 1000;
const outcomeOf = (mutant) => {
  const result = cache.results[keyOf(mutant)];
  return isCurrent(result) ? result.outcome : "waiting";
};
const having = (outcome) => drawn.filter((mutant) => outcomeOf(mutant) === outcome);
compareOptimised(having("survived"));
report();

/** @returns {Promise<{ outcome: string, test?: string, body?: string, tests?: string }>} */
async function judge(mutant, code) {
  if (code.error !== undefined) return { outcome: "rejected" };
  if (code.bytecode === original.bytecode) return { outcome: "equivalent" };
  const { failed } = await suite.run(testsFor(mutant), code);
  if (failed !== undefined) {
    killers.set(mutant.file, [failed, ...(killers.get(mutant.file) ?? []).filter((id) => id !== failed)].slice(0, 3));
    return { outcome: "killed", test: failed, body: suite.digestOf(failed) };
  }
  return { outcome: "survived", tests: everyBody, compared: cache.results[keyOf(mutant)]?.compared };
}

/** Survivors that the optimizer turns into the original, which takes it seconds for each to find out. */
function compareOptimised(survivors) {
  const unknown = survivors.filter((mutant) => !cache.results[keyOf(mutant)].compared);
  const original = unknown.length === 0 ? undefined : compile([{}], true)[0].bytecode;
  while (unknown.length > 0 && performance.now() < deadline) {
    const batch = unknown.splice(0, BATCH);
    for (const [i, { bytecode }] of compile(batch.map(replacementOf), true).entries()) {
      const result = cache.results[keyOf(batch[i])];
      result.compared = true;
      if (bytecode === original) result.outcome = "equivalent";
    }
    writeFileSync(cacheFile, JSON.stringify(cache));
  }
}

function keyOf(mutant) {
  return digest(mutant.file + mutant.source);
}

function replacementOf({ file, source }) {
  return { [file]: source };
}

/** The tests that reach the mutant: the last that killed in its file, then the others in their order. */
function testsFor({ file, statement }) {
  const reaching =
    statement === undefined
      ? suite.tests
      : suite.tests.filter((id) => cache.reach[id].lines.includes(`${file}:${statement}`));
  const first = (killers.get(file) ?? []).filter((id) => reaching.includes(id));
  return [...first, ...reaching.filter((id) => !first.includes(id))];
}

/** Runs tests on the contract with probes, unless it is known which lines they reach. */
async function learnReach() {
  const unknown = suite.tests.filter((id) => cache.reach[id]?.body !== suite.digestOf(id));
  if (unknown.length === 0) return;
  const lines = new Map();
  const probed = { [probeLibrary.name]: probeLibrary.content };
  for (const [file, text] of textOf) {
    const { source, statements } = instrument(file, text);
    probed[file] = source;
    for (const { id, line } of statements) lines.set(id, `${file}:${line}`);
  }
  const [code] = compile([probed], false);
  if (code.error !== undefined) fail(`${name} with probes: ${code.error}`);
  const { failed, error, probesOf } = await suite.run(unknown, code);
  if (failed !== undefined) fail(`"${failed}" fails on the contract as it is: ${error.stack}`);
  for (const id of unknown) {
    const reached = [...(probesOf.get(id) ?? [])].map((probe) => lines.get(probe));
    cache.reach[id] = { body: suite.digestOf(id), lines: [...new Set(reached.filter(Boolean))] };
  }
  writeFileSync(cacheFile, JSON.stringify(cache));
}

function readCache() {
  try {
    const stored = JSON.parse(readFileSync(cacheFile, "utf8"));
    if (stored.program === program) return stored;
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
  }
  return { program, reach: {}, results: {} };
}

function isCurrent(result) {
  if (result === undefined) return false;
  if (result.outcome === "survived") return result.tests === everyBody;
  return result.outcome !== "killed" || bodies.has(result.body);
}

function report() {
  const explained = JSON.parse(readFileSync("docs/audit/mutation.json", "utf8"));
  const explains = (entry) => (mutant) =>
    ["file", "function", "before", "after"].every((field) => entry[field] === mutant[field]);
  const [survivors, left] = [having("survived"), having("waiting").length];
  let problems = 0;
  for (const mutant of survivors) {
    const entry = explained.find((candidate) => explains(candidate)(mutant));
    if (entry === undefined) problems++;
    const reason = entry?.reason ?? `NOT EXPLAINED ${JSON.stringify(identityOf(mutant))}`;
    process.stdout.write(`survived ${mutant.file}:${mutant.line} ${mutant.before} -> ${mutant.after}: ${reason}\n`);
  }
  if (drawn === all && left === 0) {
    const own = explained.filter((entry) => target.mutated.includes(entry.file));
    const needless = own.filter((entry) => !survivors.some(explains(entry)));
    for (const entry of needless) process.stdout.write(`killed by now, remove its reason: ${JSON.stringify(entry)}\n`);
    problems += needless.length;
  }
  process.stdout.write(
    `${name}: ${all.length} mutants, ${drawn.length} drawn (seed ${values.seed}), ${having("killed").length} killed, ` +
      `${having("rejected").length} rejected by the compiler, ${having("equivalent").length} equivalent, ` +
      `${survivors.length} survived, ${left} left; ` +
      `${tried === 0 ? "nothing to try" : `${(seconds / tried).toFixed(2)} s for each of ${tried} tried`}\n`,
  );
  if (problems > 0) fail(`${problems} survivors to explain in, or reasons to remove from, docs/audit/mutation.json`);
  if (left > 0) fail("run it again for those that are left");
  process.exit();
}

function identityOf({ file, function: definition, before, after }) {
  return { file, function: definition, before, after };
}

/** `count` mutants in the order of a hash, so that a larger sample holds the smaller one; all of them in their order. */
function draw(mutants, count) {
  if (count >= mutants.length) return mutants;
  return mutants
    .map((mutant) => ({ mutant, at: digest(`${values.seed} ${mutant.file} ${mutant.source}`) }))
    .sort((a, b) => (a.at < b.at ? -1 : 1))
    .slice(0, count)
    .map(({ mutant }) => mutant);
}

function everyTarget() {
  const codes = Object.keys(targets).map(
    (each) => spawnSync(process.execPath, [...process.argv.slice(1), each], { stdio: "inherit" }).status,
  );
  process.exit(codes.every((code) => code === 0) ? 0 : 1);
}

function digest(text) {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

function fail(message) {
  process.stderr.write(`mutation: ${message}\n`);
  process.exit(1);
}
