import { rmSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY } from "../../chain/artifacts.ts";
import { lastLines, startChild } from "../../common/childProcess.ts";
import { ChainError } from "../../common/errors.ts";
import { findRecording, recordDeployment, replayDeployment } from "./recordedDeployment.ts";

/**
 * Deploys the protocol to a new local chain: with the project's own task, which also checks what it deployed, or by the
 * transactions that the task made for the same build before. A journal of that name is of a chain that is gone.
 */
export async function deploy(
  rpcUrl: string,
  deploymentId: string,
  logFile: string,
  signal: AbortSignal,
): Promise<void> {
  const folder = join(REPOSITORY, "deploy", "deployments", deploymentId);
  const addresses = join(folder, "addresses.json");
  rmSync(folder, { recursive: true, force: true });
  const recording = findRecording();
  if (await replayDeployment(recording, rpcUrl, addresses)) return;
  await deployByTask(rpcUrl, deploymentId, logFile, signal);
  await recordDeployment(recording, rpcUrl, addresses);
}

/** Deploys with the project's own task, which examines what it deployed. */
export async function deployByTask(
  rpcUrl: string,
  deploymentId: string,
  logFile: string,
  signal: AbortSignal,
): Promise<void> {
  const child = startChild({
    name: "deployment",
    script: join(REPOSITORY, "node_modules", "hardhat", "dist", "src", "cli.js"),
    args: ["deploy", "--network", "localhost", "--deployment-id", deploymentId],
    cwd: REPOSITORY,
    environment: { LOCALHOST_RPC_URL: rpcUrl },
    logFile,
  });
  const stop = () => void child.stop();
  signal.addEventListener("abort", stop, { once: true });
  const status = await child.exited;
  signal.removeEventListener("abort", stop);
  if (status !== 0) {
    throw new ChainError(`the deployment failed with status ${status}\n${lastLines(logFile)}`, { value: rpcUrl });
  }
}
