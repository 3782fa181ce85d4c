// The direction of the house: chain → store → data → model → attribution → settlement → quorum → chain → claims.
const oracle = (folders) => `^oracle/(${folders.join("|")})/`;

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true, dependencyTypesNot: ["type-only"] } },
    {
      name: "nothing-imports-tests",
      comment: "Benchmarks measure the fixtures that the tests check.",
      severity: "error",
      from: { pathNot: "(\\.test\\.ts$|\\.spec\\.ts$|^test/|^benchmarks/)" },
      to: { path: "(\\.test\\.ts$|\\.spec\\.ts$|^test/)", pathNot: "^test/vectors/" },
    },
    {
      name: "protocol-is-pure",
      comment: "The constitution knows hashes and arithmetic, not the worker, the disk, the network or the engine.",
      severity: "error",
      from: { path: "^protocol/", pathNot: "\\.test\\.ts$" },
      to: { path: ["^oracle/", "^(node:)?(fs|http|https|net|child_process|worker_threads)(/|$)", "tensorflow"] },
    },
    {
      name: "attribution-and-settlement-are-pure",
      comment: "No env, clock, network or database where scores are computed.",
      severity: "error",
      from: { path: oracle(["attribution", "settlement", "model", "numerics"]), pathNot: "\\.test\\.ts$" },
      to: {
        path: [
          oracle([
            "chain",
            "store",
            "content",
            "quorum",
            "jobs",
            "api",
            "gateway",
            "watch",
            "cli",
            "config",
            "economy",
          ]),
          "^(node:)?(http|https|net)(/|$)",
        ],
      },
    },
    {
      name: "adapters-do-not-know-each-other",
      severity: "error",
      from: { path: "^oracle/(chain|store|content)/", pathNot: "\\.test\\.ts$" },
      to: { path: "^oracle/(chain|store|content|quorum)/", pathNot: "^oracle/$1/" },
    },
    {
      name: "readers-do-not-score",
      comment: "The read API serves what a stage stored.",
      severity: "error",
      from: { path: "^oracle/api/", pathNot: "\\.test\\.ts$" },
      to: { path: oracle(["attribution", "model", "numerics"]) },
    },
    {
      name: "nothing-knows-the-scenario",
      comment: "The economy of npm start plays with the product; only the command that plays it knows it.",
      severity: "error",
      from: {
        path: "^(oracle|deploy|tasks)/",
        pathNot: ["^oracle/economy/", "^oracle/cli/(up/|devnet\\.ts$)", "\\.(test|spec)\\.ts$"],
      },
      to: { path: oracle(["economy"]) },
    },
    {
      name: "the-scenario-does-not-print",
      severity: "error",
      from: { path: oracle(["economy"]) },
      to: { path: oracle(["cli"]) },
    },
    {
      name: "native-is-never-signed",
      comment:
        "The low bits of native TensorFlow depend on the processor: only studies and previews of the command line may use it.",
      severity: "error",
      from: {
        path: "^(oracle|protocol)/",
        pathNot: ["^oracle/native/", "^oracle/cli/backend\\.ts$", "\\.test\\.ts$"],
      },
      to: { path: "^oracle/native/" },
    },
    {
      name: "no-orphans",
      severity: "error",
      from: { orphan: true, pathNot: "(\\.test\\.ts$|\\.d\\.ts$|^oracle/main\\.ts$|/assembly/|/testing/)" },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(typechain-types|artifacts|/build/)" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default"],
      extensions: [".ts", ".js", ".mjs"],
    },
  },
};
