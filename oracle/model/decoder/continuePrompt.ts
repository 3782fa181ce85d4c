import { InputError } from "../../common/errors.ts";
import { randomStream } from "../../numerics/random.ts";
import { drawToken } from "../drawToken.ts";
import type { Decoder } from "./decoder.ts";

/** How tokens are chosen. */
export interface TokenChoice {
  /** Four numbers of 32 bits, the start of the draws: out of what was asked, never of who answers. */
  readonly seed: readonly [number, number, number, number];
  /** Logits are divided by it; at 0 the likeliest token is always taken. */
  readonly temperature: number;
}

/** A prompt and how it is gone on with. */
export interface Continuation extends TokenChoice {
  readonly prompt: readonly number[];
  /** New tokens at most. */
  readonly most: number;
  /** Ends the answer, and is not part of it. */
  readonly end: number;
  /** What the answer begins with: at each of its first places one of these tokens. */
  readonly first?: readonly (readonly number[])[];
}

/** What was written. */
export interface Written {
  readonly tokens: readonly number[];
  /** Whether the model ended the answer itself. */
  readonly ended: boolean;
}

/** @throws InputError for a prompt that is empty or leaves no room for the answer */
export function checkContinuation({ length }: Pick<Decoder, "length">, { prompt, most }: Continuation): void {
  if (prompt.length > 0 && most >= 1 && prompt.length + most <= length) return;
  throw new InputError("the question and its answer do not fit into the model's context", {
    value: `${prompt.length} tokens of the question, at most ${most} of the answer`,
    limit: `at least one of each, ${length} together`,
    remedy: "Shorten the question, or ask for a shorter answer.",
  });
}

/**
 * Goes on with up to as many prompts as the decoder has sequences, a token of each at a time; yields after each token, so that other work can be done in
 * between. What is written for a prompt depends on that prompt and its choice alone.
 *
 * @throws InputError as `checkContinuation`
 */
export function* continuePrompts(decoder: Decoder, asked: readonly Continuation[]): Generator<void, Written[]> {
  for (const one of asked) checkContinuation(decoder, one);
  const streams = asked.map(({ seed }) => randomStream(...seed));
  const written = asked.map(() => ({ tokens: [] as number[], ended: false }));
  let steps = asked.map(({ prompt }, i) => {
    decoder.rewind(i, 0);
    return { sequence: i, tokens: prompt, seen: 1 };
  });
  while (steps.length > 0) {
    const following: typeof steps = [];
    decoder.advance(steps, (step, _, state) => {
      const { sequence } = steps[step]!;
      const { most, end } = asked[sequence]!;
      const answer = written[sequence]!;
      const logits = decoder.logits(state);
      const token = chosenToken(logits, asked[sequence]!, answer.tokens.length, streams[sequence]!.uniform());
      if (token === end) answer.ended = true;
      else answer.tokens.push(token);
      if (!answer.ended && answer.tokens.length < most) following.push({ sequence, tokens: [token], seen: 1 });
    });
    steps = following;
    yield;
  }
  return written;
}

/**
 * Whether tokens are what the model writes for a prompt, by reading them all at once: a fraction of the work of writing them.
 *
 * @returns the first place at which the model writes something else, or undefined
 * @throws InputError as `checkContinuation`
 */
export function firstDifference(decoder: Decoder, asked: Continuation, { tokens, ended }: Written): number | undefined {
  checkContinuation(decoder, asked);
  if (tokens.length > asked.most) return asked.most;
  const stream = randomStream(...asked.seed);
  const expected = ended ? [...tokens, asked.end] : tokens;
  let different: number | undefined = !ended && tokens.length < asked.most ? tokens.length : undefined;
  decoder.rewind(0, 0);
  const read = [...asked.prompt, ...expected.slice(0, -1)];
  decoder.advance([{ sequence: 0, tokens: read, seen: expected.length }], (_, place, state) => {
    const at = place - asked.prompt.length + 1;
    const token = chosenToken(decoder.logits(state), asked, at, stream.uniform());
    if (token !== expected[at]) different = Math.min(different ?? Infinity, at);
  });
  return different;
}

function chosenToken(
  logits: Float32Array,
  { first = [], temperature }: Continuation,
  at: number,
  uniform: number,
): number {
  const allowed = first[at];
  if (allowed === undefined) return drawToken(logits, temperature, uniform);
  return allowed[
    drawToken(
      Float32Array.from(allowed, (token) => logits[token]!),
      temperature,
      uniform,
    )
  ]!;
}
