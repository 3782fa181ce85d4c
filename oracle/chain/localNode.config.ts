import { fileURLToPath } from "node:url";
import { defineConfig } from "hardhat/config";

/**
 * The local chain alone: no plugins, and artifacts in a folder that stays empty. From the project's own the engine would read the
 * compiler's whole output, hundreds of megabytes, to explain reverts, which clients decode from their data.
 */
export default defineConfig({
  paths: { artifacts: fileURLToPath(new URL("../../cache/withoutArtifacts", import.meta.url)) },
  networks: {
    node: {
      type: "edr-simulated",
      chainType: "op",
      chainId: 31_337,
      initialDate: process.env["LOCAL_GENESIS_TIME"] ?? new Date(),
    },
  },
});
