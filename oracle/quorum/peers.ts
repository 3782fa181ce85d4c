import { asAddress, asHash } from "@openledger/protocol/hex.ts";
import type { SignedVote } from "@openledger/protocol/quorum/availability.ts";
import { z } from "zod";
import { messageOf } from "../common/errors.ts";
import type { Logger } from "../common/logger.ts";

const signature = z.string().regex(/^0x([0-9a-fA-F]{128}|[0-9a-fA-F]{130})$/u);
const uint = z
  .string()
  .regex(/^\d{1,78}$/u)
  .transform(BigInt);
const hash = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/u)
  .transform((text) => asHash(text));
const signer = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/u)
  .transform((text) => asAddress(text));
const signatureAnswer = z.object({ signature });
const votesAnswer = z.object({
  votes: z.array(z.object({ modelId: uint, epoch: uint, commitment: hash, have: z.boolean(), signer, signature })),
});
/** Longest answer of a peer: the votes of 32 operators on the files of some thousand pools. */
const LONGEST_ANSWER = 32 << 20;
const PATIENCE_MS = 5_000;

export interface Peers {
  /** What each peer answers for this digest; peers that are silent or not that far are left out. */
  signaturesOf(digest: string): Promise<string[]>;
  /** What each peer has heard of who has the files that were committed for these epochs. */
  votesOf(firstEpoch: bigint, lastEpoch: bigint): Promise<SignedVote[][]>;
}

/** The other operators, over HTTP. What they send is a claim: the caller recovers the signer of every signature. */
export function createPeers(urls: readonly string[], log: Logger): Peers {
  async function ask<S extends z.ZodType>(path: string, schema: S): Promise<z.output<S>[]> {
    const answers = urls.map(async (url) => {
      try {
        const response = await fetch(new URL(path, url), { signal: AbortSignal.timeout(PATIENCE_MS) });
        if (!response.ok) return [];
        return [schema.parse(JSON.parse(await readText(response)))];
      } catch (error) {
        log.debug({ peer: url, reason: messageOf(error) }, "peer did not answer");
        return [];
      }
    });
    return (await Promise.all(answers)).flat();
  }
  return {
    signaturesOf: async (digest) =>
      (await ask(`/v1/signatures/${digest}`, signatureAnswer)).map((answer) => answer.signature),
    votesOf: async (firstEpoch, lastEpoch) =>
      (await ask(`/v1/availability?firstEpoch=${firstEpoch}&lastEpoch=${lastEpoch}`, votesAnswer)).map(
        ({ votes }) => votes,
      ),
  };
}

/** @throws RangeError for an answer that does not end */
async function readText({ body }: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    if (text.length > LONGEST_ANSWER) throw new RangeError(`an answer of more than ${LONGEST_ANSWER} characters`);
  }
  return text + decoder.decode();
}
