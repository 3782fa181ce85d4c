// The project's configuration with our own probes in place of Hardhat's, which know statements but no branches. Hardhat's
// `--coverage` still collects what the network reports.
import config from "../../hardhat.config.ts";

const probes = { id: "openledger-coverage", hookHandlers: { solidity: () => import("./hooks.mjs") } };

export default {
  ...config,
  plugins: [...config.plugins, probes],
  coverage: { skipFiles: ["**/*.sol"] },
};
