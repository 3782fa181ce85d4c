import { randomUUID } from "node:crypto";
import { access, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cidOf, isCid } from "@openledger/protocol/cid.ts";
import { ContentError, NotYetError } from "../common/errors.ts";

/** Files by the hash of their bytes, wherever they come from. */
export interface ContentFiles {
  /** Stores bytes and returns their CID. */
  put(bytes: Uint8Array): Promise<string>;
  /**
   * The bytes behind a CID: from here, or from a peer, re-hashed and then kept.
   *
   * @throws ContentError for what is no CID; NotYetError when nobody has the file now.
   */
  get(cid: string): Promise<Uint8Array>;
  /** The bytes behind a CID if they are here. */
  find(cid: string): Promise<Uint8Array | undefined>;
}

export interface ContentOptions {
  readonly directory: string;
  /** Base URLs that serve `/v1/content/<cid>`, asked in order. */
  readonly peers: readonly string[];
}

const FETCH_TIMEOUT_MS = 60_000;

/** A directory of files named by their CID. A file appears under its name only when it is complete. */
export async function openContentFiles({ directory, peers }: ContentOptions): Promise<ContentFiles> {
  await mkdir(directory, { recursive: true });
  const pathOf = (cid: string) => join(directory, cid);

  async function put(bytes: Uint8Array): Promise<string> {
    const cid = cidOf(bytes);
    if (await exists(pathOf(cid))) return cid;
    const partial = `${pathOf(cid)}.${randomUUID()}.part`;
    await writeFile(partial, bytes);
    await rename(partial, pathOf(cid));
    return cid;
  }

  async function find(cid: string): Promise<Uint8Array | undefined> {
    requireCid(cid);
    return (await exists(pathOf(cid))) ? readFile(pathOf(cid)) : undefined;
  }

  async function get(cid: string): Promise<Uint8Array> {
    const here = await find(cid);
    if (here !== undefined) return here;
    for (const peer of peers) {
      const bytes = await download(new URL(`/v1/content/${cid}`, peer));
      // a peer that sends something else is passed over like one that has nothing
      if (bytes === undefined || cidOf(bytes) !== cid) continue;
      await put(bytes);
      return bytes;
    }
    throw new NotYetError("nobody has a file now", {
      value: cid,
      limit: `this process and ${peers.length} peers`,
      remedy: "Add whoever publishes it to OPENLEDGER_PEERS.",
    });
  }

  return { put, get, find };
}

async function download(url: URL): Promise<Uint8Array | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) });
    return response.ok ? new Uint8Array(await response.arrayBuffer()) : undefined;
  } catch {
    // unreachable: the next peer may have it
    return undefined;
  }
}

function requireCid(cid: string): void {
  if (isCid(cid)) return;
  throw new ContentError("this is not a content identifier", {
    value: cid,
    limit: "CID version 1, raw, sha2-256, base32 (bafkrei…)",
  });
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
