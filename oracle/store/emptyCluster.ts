import { execFile } from "node:child_process";
import { openAsBlob } from "node:fs";
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { migrationsHash } from "./migrate.ts";
import { packCluster } from "./packCluster.ts";

const MAKER = new URL("./makeCluster.ts", import.meta.url);
const KEPT = new URL("../../node_modules/.cache/openledger/", import.meta.url);
const DATABASE = new URL("../package.json", import.meta.resolve("@electric-sql/pglite"));
const QUEUE = new URL("../../package.json", import.meta.resolve("bullmq"));

/** An empty database with the tables of the store and of the queue. */
export interface EmptyCluster {
  readonly tar: Blob;
  /** The same as files; absent where nothing can be kept. */
  readonly directory?: string;
}

/**
 * What every new store begins from: to make it takes the embedded database six seconds of processor time and 200 MiB that it does
 * not give back. It is made once for each version of the database and of the tables, by a process of its own.
 */
export async function emptyCluster(): Promise<EmptyCluster> {
  const name = `cluster-${await versionOf(DATABASE)}-${await versionOf(QUEUE)}-${migrationsHash()}`;
  const files = new URL(name, KEPT);
  const tar = new URL(`${name}.tar`, KEPT);
  try {
    // it is written last
    return { tar: await openAsBlob(tar), directory: fileURLToPath(files) };
  } catch {
    return (await make(files, tar).catch(() => undefined)) ?? { tar: await packCluster() };
  }
}

async function versionOf(manifest: URL): Promise<string> {
  return (JSON.parse(await readFile(manifest, "utf8")) as { version: string }).version;
}

/** In one step each, whoever else makes them at the same time. @throws where nothing can be written */
async function make(files: URL, tar: URL): Promise<EmptyCluster> {
  await mkdir(KEPT, { recursive: true });
  const [half, halfTar] = [new URL(`${files.href}.${process.pid}`), new URL(`${tar.href}.${process.pid}`)];
  try {
    await promisify(execFile)(
      process.execPath,
      [MAKER, half, halfTar].map((url) => fileURLToPath(url)),
    );
    // one that is there already is the same
    await rename(half, files).catch(() => {});
    await rename(halfTar, tar);
    return { tar: await openAsBlob(tar), directory: fileURLToPath(files) };
  } finally {
    for (const left of [half, halfTar]) await rm(left, { recursive: true, force: true });
  }
}
