// The mocha tests of contracts, loaded once into this process and run any number of times, on a contract whose bytecode
// changes from run to run. Hardhat can run them once per process only, and takes seconds to load them.
import { createHash } from "node:crypto";
import { resolve } from "node:path";
import hre from "hardhat";
import Mocha from "mocha";

/** What a call may use: enough for every test without the optimizer, and an endless loop ends within a second. */
const GAS_LIMIT = 100_000_000n;
const TEST_TIMEOUT_MS = 60_000;

/**
 * @param {string[]} files Tests, without hooks such as `before`.
 * @param {string} contract Name of the contract whose bytecode is given to every run.
 */
export async function loadSuite(files, contract) {
  let bytecode;
  const readArtifact = hre.artifacts.readArtifact.bind(hre.artifacts);
  hre.artifacts.readArtifact = async (name) => {
    const artifact = await readArtifact(name);
    return name === contract ? { ...artifact, ...bytecode } : artifact;
  };

  const chains = [];
  let reached = new Set();
  /** Runs `load` and returns what it returns, with all probes that it reached. */
  const observe = async (load) => {
    const outer = reached;
    reached = new Set();
    try {
      const result = await load();
      return { result, probes: reached };
    } finally {
      for (const probe of reached) outer.add(probe);
      reached = outer;
    }
  };
  Object.assign(hre.config.networks.default, { allowUnlimitedContractSize: true, blockGasLimit: GAS_LIMIT });
  hre.hooks.registerHandlers("network", {
    newConnection: async (context, next) => {
      const connection = await next(context);
      chains.push(resettable(connection, observe, (probe) => reached.add(probe)));
      return connection;
    },
    onCoverageData: async (_context, probes) => probes.forEach((probe) => reached.add(probe)),
  });

  const mocha = new Mocha({ timeout: TEST_TIMEOUT_MS });
  for (const file of files) mocha.addFile(resolve(file));
  await mocha.loadFilesAsync();
  const tests = new Map();
  collect(mocha.suite, tests);

  /**
   * Runs tests until one fails, each from fixtures that this run has loaded.
   * @returns the test that failed and why, if any did, and the probes that each of the others reached.
   */
  async function run(ids, code) {
    bytecode = code;
    for (const chain of chains) await chain.reset();
    const root = new Mocha.Suite("", new Mocha.Context(), true);
    root.timeout(TEST_TIMEOUT_MS);
    root.bail(true);
    const probesOf = new Map();
    for (const id of ids) {
      const test = tests.get(id).clone();
      const { fn } = test;
      test.fn = async function () {
        const { probes } = await observe(() => fn.call(this));
        probesOf.set(id, probes);
      };
      root.addTest(test);
    }
    const runner = new Mocha.Runner(root);
    let failed;
    let error;
    runner.on("fail", (test, reason) => {
      failed = ids[root.tests.indexOf(test)];
      error = reason;
    });
    await new Promise((done) => runner.run(done));
    runner.dispose();
    return { failed, error, probesOf };
  }
  return { tests: [...tests.keys()], digestOf: (id) => digest(tests.get(id).body), run };
}

/** Gives a connection fixtures of its own, which are forgotten by `reset`, and tell which probes stand behind them. */
function resettable(connection, observe, reach) {
  const { networkHelpers } = connection;
  let start;
  let loaded = [];
  networkHelpers.loadFixture = async (fixture) => {
    const at = loaded.findIndex((entry) => entry.fixture === fixture);
    if (at >= 0) {
      const { data, snapshot, probes } = loaded[at];
      // Going back to a snapshot ends those taken after it.
      loaded = loaded.slice(0, at + 1);
      await snapshot.restore();
      probes.forEach(reach);
      return data;
    }
    const { result: data, probes } = await observe(() => fixture(connection));
    loaded.push({ fixture, data, probes, snapshot: await networkHelpers.takeSnapshot() });
    return data;
  };
  return {
    reset: async () => {
      loaded = [];
      if (start === undefined) start = await networkHelpers.takeSnapshot();
      else await start.restore();
    },
  };
}

function collect(suite, tests) {
  const hooks = [suite._beforeAll, suite._beforeEach, suite._afterAll, suite._afterEach];
  if (hooks.some((list) => list.length > 0)) throw new Error(`${suite.fullTitle()}: hooks are not run`);
  for (const test of suite.tests) {
    if (test.isPending()) continue;
    if (tests.has(test.fullTitle())) throw new Error(`two tests are called "${test.fullTitle()}"`);
    tests.set(test.fullTitle(), test);
  }
  for (const child of suite.suites) collect(child, tests);
}

export function digest(text) {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
