import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Hash } from "@openledger/protocol/hex.ts";
import { ContentError } from "../common/errors.ts";
import type { ChainEvents } from "../store/chainEvents.ts";
import { type ClaimStates, createClaimStates } from "../store/payouts/claimStates.ts";
import { openPayouts, type PayoutsFile } from "../store/payouts/openPayouts.ts";
import { writePayouts } from "../store/payouts/writePayouts.ts";
import { findRoot, type PostedRoot, postedRoots } from "./rootEvents.ts";
import type { SettledRoots } from "./settledRoots.ts";

/** What the accounts of a root have earned and claimed. */
export interface RootPayouts {
  readonly posted: PostedRoot;
  readonly file: PayoutsFile;
  readonly claims: ClaimStates;
}

/** The payouts of the last roots in files, so that proving one costs a few reads whatever the number of accounts. */
export interface PayoutFiles {
  /**
   * To be used before anything else is waited for: a file that is not asked for any more is closed.
   *
   * @param which a rootHash, or `latest` for the last finalized root, the one that claims read.
   * @throws the errors of SettledRoots.open; StorageError when the disk does not take the file
   */
  open(which: Hash | "latest"): Promise<RootPayouts>;
  close(): Promise<void>;
}

type Opened = Omit<RootPayouts, "posted">;

/** Roots whose files are kept: the one that claims read, the one before, and the one that is pending. */
const KEPT = 3;

export function createPayoutFiles(directory: string, events: ChainEvents, roots: SettledRoots): PayoutFiles {
  const opened = new Map<Hash, Promise<Opened>>();
  let posted: { readonly changes: number; readonly roots: readonly PostedRoot[] } | undefined;

  /** Asked of the database only when the chain has brought something new. */
  async function currentRoots(): Promise<readonly PostedRoot[]> {
    const { changes } = events.revision();
    if (posted?.changes !== changes) posted = { changes, roots: await postedRoots(events) };
    return posted.roots;
  }

  async function prepare({ rootHash, root }: PostedRoot): Promise<Opened> {
    const path = join(directory, rootHash);
    let file = openPayouts(path);
    if (file === undefined || file.root !== root.payoutsRoot) {
      file?.close();
      const { settlement } = await roots.open(rootHash);
      await writePayouts(path, settlement.accounts, settlement.payoutsTree);
      file = openPayouts(path);
    }
    if (file?.root !== root.payoutsRoot) {
      throw new ContentError("the file of the root's payouts is not what was written", {
        value: path,
        limit: root.payoutsRoot,
        remedy: "Check the disk; the file is written again at the next request.",
      });
    }
    return { file, claims: createClaimStates(`${path}.claims`, file, events) };
  }

  async function forgetOldest(): Promise<void> {
    for (const [rootHash, files] of opened) {
      if (opened.size <= KEPT) break;
      opened.delete(rootHash);
      close(await files);
    }
    for (const name of await readdir(directory)) {
      // the claims beside a file, and one that is being written, begin with the root too
      const kept = [...opened.keys()].some((rootHash) => name.startsWith(rootHash));
      if (!kept) await rm(join(directory, name), { force: true });
    }
  }

  function remembered(root: PostedRoot): Promise<Opened> {
    const known = opened.get(root.rootHash);
    if (known !== undefined) {
      opened.delete(root.rootHash);
      opened.set(root.rootHash, known);
      return known;
    }
    const files = prepare(root);
    opened.set(root.rootHash, files);
    files.catch(() => opened.delete(root.rootHash));
    // what cannot be removed now is in nobody's way, and is tried again with the next root
    files.then(forgetOldest).catch(() => {});
    return files;
  }

  return {
    open: async (which) => {
      const root = findRoot(await currentRoots(), which);
      const { file, claims } = await remembered(root);
      await claims.refresh();
      return { posted: root, file, claims };
    },
    close: async () => {
      const files = await Promise.allSettled(opened.values());
      opened.clear();
      for (const outcome of files) if (outcome.status === "fulfilled") close(outcome.value);
    },
  };
}

function close({ file, claims }: Opened): void {
  file.close();
  claims.close();
}
