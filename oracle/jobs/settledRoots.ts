import type { Hash } from "@openledger/protocol/hex.ts";
import { LRUCache } from "lru-cache";
import { DisagreementError, NotYetError } from "../common/errors.ts";
import { openBundle, type OpenedBundle, rebuild } from "../settlement/bundle.ts";
import type { Settlement } from "../settlement/settle.ts";
import { getBundle } from "./bundleFiles.ts";
import type { Context } from "./context.ts";
import { findResult } from "./results.ts";
import { createRootReceipts, type RootReceipts } from "./rootReceipts.ts";
import { findRoot, type PostedRoot, postedRoots, rangeSubject } from "./rootEvents.ts";

/** A posted root that this process has computed itself, with everything behind it. */
export interface SettledRoot {
  readonly posted: PostedRoot;
  readonly bundle: OpenedBundle;
  readonly settlement: Settlement;
  readonly receipts: RootReceipts;
}

export interface SettledRoots {
  /**
   * @param which a rootHash, or `latest` for the last finalized root, the one that claims read.
   * @throws NotFoundError when there is none; NotYetError until this process has computed it; DisagreementError when it
   * has computed another one.
   */
  open(which: Hash | "latest"): Promise<SettledRoot>;
}

/** Roots that are kept open: the one that claims read and the one that is pending. */
const KEPT = 2;

export function createSettledRoots(context: Pick<Context, "events" | "results" | "content">): SettledRoots {
  const opened = new LRUCache<Hash, Promise<SettledRoot>>({ max: KEPT });

  async function open(posted: PostedRoot): Promise<SettledRoot> {
    const subject = rangeSubject(posted.root);
    const own = await findResult(context, "settle", subject);
    if (own === undefined) {
      throw new NotYetError("the root is not computed here yet", {
        value: posted.rootHash,
        limit: `epochs ${subject}`,
        remedy: "Ask again when GET /v1/status names its epochs, or ask another operator.",
      });
    }
    if (own.rootHash !== posted.rootHash) {
      throw new DisagreementError("another root was computed here for these epochs", {
        value: posted.rootHash,
        limit: own.rootHash,
        remedy: "Ask another operator, and compare: npx openledger verify.",
      });
    }
    const bundle = openBundle(await getBundle(context.content, own.bundle, posted.root.bundleHash));
    const receipts = createRootReceipts(context.content, bundle.manifest);
    return { posted, bundle, settlement: rebuild(bundle), receipts };
  }

  function remembered(posted: PostedRoot): Promise<SettledRoot> {
    const { rootHash } = posted;
    const known = opened.get(rootHash) ?? open(posted);
    opened.set(rootHash, known);
    known.catch(() => opened.delete(rootHash));
    return known;
  }

  return {
    open: async (which) => {
      const posted = findRoot(await postedRoots(context.events), which);
      // the status is read anew each time, the rest of a root never changes
      return { ...(await remembered(posted)), posted };
    },
  };
}
