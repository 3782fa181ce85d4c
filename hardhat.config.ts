import { createRequire } from "node:module";
import hardhatToolboxMochaEthers from "@nomicfoundation/hardhat-toolbox-mocha-ethers";
import { configVariable, defineConfig, task } from "hardhat/config";
import { ArgumentType } from "hardhat/types/arguments";

// The compiler is an npm package: nothing is downloaded at build time.
const soljson = createRequire(import.meta.url).resolve("solc/soljson.js");

/** `npm test -- --deep`: hours instead of minutes. */
const deep = process.env["OPENLEDGER_DEEP"] === "1";

const compiler = (production: boolean, runs = production ? 1_000_000 : 200) => ({
  version: "0.8.30",
  path: soljson,
  settings: {
    evmVersion: "prague",
    viaIR: production,
    optimizer: { enabled: true, runs },
    outputSelection: { "*": { "*": ["storageLayout"] } },
  },
});

const deploymentId = {
  name: "deploymentId",
  description: "Folder under deploy/deployments/ (default: <network>-<chain id>)",
  type: ArgumentType.STRING,
  defaultValue: "",
} as const;
const parameters = {
  name: "parameters",
  description: "Deployment file (default: deploy/parameters/<network>.json5)",
  type: ArgumentType.STRING,
  defaultValue: "",
} as const;

const deploy = task("deploy", "Deploys and wires the protocol; run again, it resumes or confirms")
  .addOption(deploymentId)
  .addOption(parameters)
  .setAction(() => import("./tasks/deploy.ts"))
  .build();

const doctor = task("doctor", "Compares every role and parameter on-chain with the deployment file")
  .addOption(deploymentId)
  .addOption(parameters)
  .setAction(() => import("./tasks/doctor.ts"))
  .build();

export default defineConfig({
  plugins: [hardhatToolboxMochaEthers],
  tasks: [deploy, doctor],
  solidity: {
    npmFilesToBuild: [
      "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol",
      "@openzeppelin/contracts/governance/TimelockController.sol",
      "@openzeppelin/contracts/interfaces/IERC4337.sol",
    ],
    profiles: {
      default: { compilers: [compiler(false)] },
      production: {
        compilers: [compiler(true)],
        // Called rarely and large: their size, not their gas, meets a limit first.
        overrides: {
          "contracts/staking/StakeManager.sol": compiler(true, 1_000),
          "contracts/attribution/AttributionDisputes.sol": compiler(true, 200),
          "contracts/datanet/ContributionRegistry.sol": compiler(true, 200),
          "contracts/model/ModelRegistry.sol": compiler(true, 1_000),
          "contracts/governance/OpenLedgerGovernor.sol": compiler(true, 200),
          "contracts/liquidity/ModelShares.sol": compiler(true, 200),
        },
      },
    },
  },
  paths: {
    sources: "./contracts",
    tests: { mocha: "./test", solidity: "./test" },
    ignition: "./deploy",
  },
  typechain: { outDir: "./typechain-types", tsNocheck: true },
  test: {
    mocha: { timeout: 120_000 },
    // A handler that reverts fails the run: no invariant holds only because nothing happened.
    solidity: {
      // The pairs that shares trade in are deployed from their package.
      fsPermissions: { readFile: ["node_modules/@uniswap/v2-core/build/UniswapV2Factory.json"] },
      ...(deep
        ? { fuzz: { runs: 10_000 }, invariant: { runs: 1_000, depth: 500, failOnRevert: true } }
        : { fuzz: { runs: 256 }, invariant: { runs: 64, depth: 50, failOnRevert: true } }),
    },
  },
  networks: {
    default: { type: "edr-simulated", chainType: "op", chainId: 31337 },
    localhost: { type: "http", chainType: "op", url: process.env["LOCALHOST_RPC_URL"] ?? "http://127.0.0.1:8545" },
    opSepolia: {
      type: "http",
      chainType: "op",
      url: configVariable("OP_SEPOLIA_RPC_URL"),
      accounts: [configVariable("DEPLOYER_KEY")],
    },
  },
});
