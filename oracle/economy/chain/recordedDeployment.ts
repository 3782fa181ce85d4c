import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { REPOSITORY } from "../../chain/artifacts.ts";
import { createLocalHistory, replayLocalHistory } from "../../chain/localHistory.ts";
import { connect } from "../../chain/provider.ts";
import { putCode, readPlacedCode, type PlacedCode } from "./placedCode.ts";

/** What a deployment follows from: the same bytes make the same transactions. */
const SOURCES = [
  "artifacts/{contracts,@*}/**/*.json",
  "deploy/*.ts",
  "deploy/modules/*.ts",
  "deploy/parameters/localhost.json5",
  "oracle/attribution/{scheme,*/*Scheme}.ts",
  "tasks/*.ts",
];
const KEPT = join(REPOSITORY, "cache", "deployments");

/** The deployment of the present build as it was once made: its addresses, its transactions and the code that it placed. */
interface Recording {
  readonly folder: string;
  readonly addresses: string;
}

/** Where the recording of the present build is, or will be. */
export function findRecording(): Recording {
  const hash = createHash("sha256");
  for (const file of globSync(SOURCES, { cwd: REPOSITORY }).sort())
    hash.update(`${file}\n`).update(readFileSync(join(REPOSITORY, file)));
  const folder = join(KEPT, hash.digest("hex").slice(0, 32));
  return { folder, addresses: join(folder, "addresses.json") };
}

const chainIdIn = (addresses: string) => (JSON.parse(addresses) as { readonly chainId: number }).chainId;

/**
 * Deploys to a new local chain by the transactions of the recording, at the times of this chain. The task that made them takes ten
 * seconds of processor time for what these take two.
 *
 * @returns false where there is no recording, or the chain is not new
 */
export async function replayDeployment({ folder, addresses }: Recording, rpcUrl: string, to: string): Promise<boolean> {
  if (!existsSync(addresses)) return false;
  const text = readFileSync(addresses, "utf8");
  const provider = await connect(rpcUrl, chainIdIn(text));
  try {
    if ((await provider.getBlockNumber()) > 0) return false;
    await replayLocalHistory(provider, join(folder, "blocks.jsonl"), "now");
    await putCode(provider, JSON.parse(readFileSync(join(folder, "code.json"), "utf8")) as PlacedCode);
  } finally {
    provider.destroy();
  }
  mkdirSync(dirname(to), { recursive: true });
  writeFileSync(to, text);
  return true;
}

/** Records what a deployment on a new chain has done. @param from the deployment's addresses */
export async function recordDeployment({ folder }: Recording, rpcUrl: string, from: string): Promise<void> {
  const text = readFileSync(from, "utf8");
  const chainId = chainIdIn(text);
  const provider = await connect(rpcUrl, chainId);
  const half = `${folder}.${process.pid}`;
  try {
    mkdirSync(half, { recursive: true });
    await createLocalHistory(provider, chainId, join(half, "blocks.jsonl"), 1).record();
    writeFileSync(join(half, "code.json"), JSON.stringify(await readPlacedCode(provider)));
    writeFileSync(join(half, "addresses.json"), text);
    // in one step, whoever else records it at the same time
    if (!existsSync(folder)) renameSync(half, folder);
  } finally {
    provider.destroy();
    rmSync(half, { recursive: true, force: true });
  }
}
