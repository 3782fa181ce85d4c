import { createHardhatRuntimeEnvironment, importUserConfig } from "hardhat/hre";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";

/** Builds files as they are deployed, into artefacts of its own: the default build stays as it is. */
export async function productionBuild(files: readonly string[]): Promise<HardhatRuntimeEnvironment> {
  const config = await importUserConfig(new URL("../../hardhat.config.ts", import.meta.url).pathname);
  const paths = { ...config.paths, artifacts: "./cache/production/artifacts", cache: "./cache/production/cache" };
  const typechain = { ...config.typechain, outDir: "./cache/production/typechain-types" };
  const hre = await createHardhatRuntimeEnvironment({ ...config, paths, typechain });
  await hre.tasks.getTask("build").run({ files: [...files], defaultBuildProfile: "production", quiet: true });
  return hre;
}
