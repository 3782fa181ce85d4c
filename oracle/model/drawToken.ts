import { exp } from "../numerics/elementary.ts";

/**
 * A token by the softmax of logits over a temperature: the first at which the cumulative distribution passes `uniform`. At temperature 0 the likeliest,
 * of equals the first.
 */
export function drawToken(logits: Float32Array, temperature: number, uniform: number): number {
  let likeliest = 0;
  for (let id = 1; id < logits.length; id++) if (logits[id]! > logits[likeliest]!) likeliest = id;
  if (temperature === 0) return likeliest;
  const top = logits[likeliest]!;
  const shares = new Float64Array(logits.length);
  let total = 0;
  for (let id = 0; id < logits.length; id++) total += shares[id] = exp((logits[id]! - top) / temperature);
  let left = uniform * total;
  for (const [id, share] of shares.entries()) {
    left -= share;
    if (left < 0) return id;
  }
  return likeliest;
}
