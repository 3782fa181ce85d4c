import { formatOpen } from "@openledger/protocol/units.ts";

/** What an answer took and cost. Answers have one price whatever their length: tokens are words, to compare by. */
export interface Usage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
  /** OPEN. */
  readonly cost: string;
}

export function usageOf(question: string, answer: string, fee: bigint): Usage {
  const [prompt, completion] = [wordsIn(question), wordsIn(answer)];
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    cost: formatOpen(fee),
  };
}

function wordsIn(text: string): number {
  return text.split(/\s+/u).filter((word) => word !== "").length;
}
