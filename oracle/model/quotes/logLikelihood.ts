import { exp, log } from "../../numerics/elementary.ts";
import type { Decoder } from "../decoder/decoder.ts";

/**
 * Σ log p of tokens after a prompt, from a place on, float64 in ascending order.
 *
 * @param from place among the tokens, below their count
 */
export function logLikelihood(
  decoder: Decoder,
  prompt: readonly number[],
  tokens: readonly number[],
  from: number,
): number {
  let sum = 0;
  decoder.rewind(0, 0);
  const read = [...prompt, ...tokens.slice(0, -1)];
  decoder.advance([{ sequence: 0, tokens: read, seen: tokens.length - from }], (_, place, state) => {
    sum += logProbability(decoder.logits(state), tokens[place - prompt.length + 1]!);
  });
  return sum;
}

function logProbability(logits: Float32Array, token: number): number {
  let top = -Infinity;
  for (const logit of logits) top = Math.max(top, logit);
  let total = 0;
  for (const logit of logits) total += exp(logit - top);
  return logits[token]! - top - log(total);
}
