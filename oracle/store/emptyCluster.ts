import { openAsBlob } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import process from "node:process";
import { PGlite } from "@electric-sql/pglite";

const KEPT = new URL("../../node_modules/.cache/openledger/", import.meta.url);
const PACKAGE = new URL("../package.json", import.meta.resolve("@electric-sql/pglite"));

/**
 * An empty database cluster as a tar, from which every new store begins: to make one takes the embedded database five seconds of
 * processor time and 200 MiB that it does not give back. It is made once for each version of the database.
 */
export async function emptyCluster(): Promise<Blob> {
  const { version } = JSON.parse(await readFile(PACKAGE, "utf8")) as { version: string };
  const file = new URL(`cluster-${version}.tar`, KEPT);
  try {
    return await openAsBlob(file);
  } catch {
    const made = await make();
    await keep(file, made).catch(() => {
      // where nothing can be written, every store makes its own
    });
    return made;
  }
}

async function make(): Promise<Blob> {
  const db = await PGlite.create();
  try {
    return await db.dumpDataDir("none");
  } finally {
    await db.close();
  }
}

/** In one step, whoever else makes it at the same time. */
async function keep(file: URL, cluster: Blob): Promise<void> {
  await mkdir(KEPT, { recursive: true });
  const half = new URL(`${file.href}.${process.pid}`);
  await writeFile(half, cluster.stream());
  await rename(half, file);
}
