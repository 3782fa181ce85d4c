import { setImmediate } from "node:timers/promises";
import { type Continuation, continuePrompts, type Written } from "../model/decoder/continuePrompt.ts";
import type { Decoder } from "../model/decoder/decoder.ts";

/** Answers that are written at the same time; others wait. */
export const SEQUENCES = 8;

interface Waiting {
  readonly asked: Continuation;
  readonly resolve: (written: Written) => void;
  readonly reject: (error: unknown) => void;
}

/** Questions that arrive while others are answered are answered together next; between two tokens the process does its other work. */
export function inTurns(decoder: Decoder): (asked: Continuation) => Promise<Written> {
  const waiting: Waiting[] = [];
  let busy = false;

  async function work(): Promise<void> {
    busy = true;
    while (waiting.length > 0) {
      const batch = waiting.splice(0, SEQUENCES);
      try {
        const writing = continuePrompts(
          decoder,
          batch.map(({ asked }) => asked),
        );
        let step = writing.next();
        while (step.done !== true) {
          await setImmediate();
          step = writing.next();
        }
        for (const [i, written] of step.value.entries()) batch[i]!.resolve(written);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    busy = false;
  }

  return (asked) =>
    new Promise((resolve, reject) => {
      waiting.push({ asked, resolve, reject });
      if (!busy) void work();
    });
}
