import type { z } from "zod";
import { messageOf } from "../common/errors.ts";
import type { Context } from "./context.ts";

const PATIENCE_MS = 10_000;

/** What the first of the peers gives. Silence, an error and a file that is not what it should be are the same: nothing was shown. */
export async function firstAnswer<T>(
  { config, log }: Pick<Context, "config" | "log">,
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

/** What a peer's read API answers. @throws for another status and another form */
export async function askPeer<S extends z.ZodType>(peer: string, path: string, schema: S): Promise<z.output<S>> {
  const response = await fetch(new URL(path, peer), { signal: AbortSignal.timeout(PATIENCE_MS) });
  if (!response.ok) throw new Error(`status ${response.status} for ${path}`);
  return schema.parse(await response.json());
}
