import type { ScoreRoot } from "@openledger/protocol/eip712/scoreRoot.ts";
import type { Hash } from "@openledger/protocol/hex.ts";
import { z } from "zod";
import { messageOf } from "../common/errors.ts";
import { getBundle } from "../jobs/bundleFiles.ts";
import type { Context } from "../jobs/context.ts";
import { getIndex } from "../jobs/indexFiles.ts";
import { openBundle } from "../settlement/bundle.ts";
import type { AttestedIndex } from "../settlement/inputs.ts";
import { publishedRoot, type PublishedRoot } from "./publishedRoot.ts";

const rootAnswer = z.object({ bundle: z.string().optional() });
const versionAnswer = z.object({ index: z.object({ manifest: z.string().optional() }).optional() });
const PATIENCE_MS = 10_000;

type Asking = Pick<Context, "config" | "content" | "log">;

/** What the operators show of a root; undefined when none of them shows anything that can be read. */
export async function fetchRoot(asking: Asking, rootHash: Hash, root: ScoreRoot): Promise<PublishedRoot | undefined> {
  return firstAnswer(asking, async (peer) => {
    const { bundle } = await ask(peer, `/v1/roots/${rootHash}`, rootAnswer);
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
    const { index } = await ask(peer, `/v1/versions/${versionId}`, versionAnswer);
    if (index?.manifest === undefined) return undefined;
    return { ...(await getIndex(asking.content, index.manifest)), versionId, certificateBps };
  });
}

/** Silence, an error and a file that is not what it should be are the same: nothing was shown. */
async function firstAnswer<T>(
  { config, log }: Asking,
  from: (peer: string) => Promise<T | undefined>,
): Promise<T | undefined> {
  for (const peer of config.OPENLEDGER_PEERS) {
    try {
      const answer = await from(peer);
      if (answer !== undefined) return answer;
    } catch (error) {
      log.warn({ peer, reason: messageOf(error) }, "this operator does not show it");
    }
  }
  return undefined;
}

async function ask<S extends z.ZodType>(peer: string, path: string, schema: S): Promise<z.output<S>> {
  const response = await fetch(new URL(path, peer), { signal: AbortSignal.timeout(PATIENCE_MS) });
  if (!response.ok) throw new Error(`status ${response.status} for ${path}`);
  return schema.parse(await response.json());
}
