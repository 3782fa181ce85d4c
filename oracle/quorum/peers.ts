import { z } from "zod";
import { messageOf } from "../common/errors.ts";
import type { Logger } from "../common/logger.ts";

const signatureAnswer = z.object({ signature: z.string().regex(/^0x([0-9a-fA-F]{128}|[0-9a-fA-F]{130})$/u) });

export interface Peers {
  /** What each peer answers for this digest; peers that are silent or not that far are left out. */
  signaturesOf(digest: string): Promise<string[]>;
}

/** The other operators, over HTTP. What they send is a claim: the caller recovers the signer of every signature. */
export function createPeers(urls: readonly string[], log: Logger): Peers {
  async function ask(url: string, digest: string): Promise<string[]> {
    try {
      const response = await fetch(new URL(`/v1/signatures/${digest}`, url), { signal: AbortSignal.timeout(5_000) });
      if (!response.ok) return [];
      return [signatureAnswer.parse(await response.json()).signature];
    } catch (error) {
      log.debug({ peer: url, reason: messageOf(error) }, "peer did not answer");
      return [];
    }
  }
  return { signaturesOf: async (digest) => (await Promise.all(urls.map((url) => ask(url, digest)))).flat() };
}
