import type { ScoreRoot } from "@openledger/protocol/eip712/scoreRoot.ts";
import type { Hash } from "@openledger/protocol/hex.ts";
import { z } from "zod";
import { askPeer, firstAnswer } from "../jobs/askPeers.ts";
import { getBundle } from "../jobs/bundleFiles.ts";
import type { Context } from "../jobs/context.ts";
import { getIndex } from "../jobs/indexFiles.ts";
import { openBundle } from "../settlement/bundle.ts";
import type { AttestedIndex } from "../settlement/inputs.ts";
import { publishedRoot, type PublishedRoot } from "./publishedRoot.ts";

const rootAnswer = z.object({ bundle: z.string().optional() });
const versionAnswer = z.object({ index: z.object({ manifest: z.string().optional() }).optional() });

type Asking = Pick<Context, "config" | "content" | "log">;

/** What the operators show of a root; undefined when none of them shows anything that can be read. */
export async function fetchRoot(asking: Asking, rootHash: Hash, root: ScoreRoot): Promise<PublishedRoot | undefined> {
  return firstAnswer(asking, async (peer) => {
    const { bundle } = await askPeer(peer, `/v1/roots/${rootHash}`, rootAnswer);
    if (bundle === undefined) return undefined;
    const { claims, inputs } = openBundle(await getBundle(asking.content, bundle, root.bundleHash));
    return publishedRoot(
      root,
      claims,
      inputs.pools.map(({ functional }) => functional),
    );
  });
}

/** What the operators show of an index; undefined when none of them shows anything that can be read. */
export async function fetchIndex(
  asking: Asking,
  versionId: bigint,
  certificateBps: number,
): Promise<AttestedIndex | undefined> {
  return firstAnswer(asking, async (peer) => {
    const { index } = await askPeer(peer, `/v1/versions/${versionId}`, versionAnswer);
    if (index?.manifest === undefined) return undefined;
    return { ...(await getIndex(asking.content, index.manifest)), versionId, certificateBps };
  });
}
