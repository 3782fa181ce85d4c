import type { ModelAnswer } from "../jobs/receiptFiles.ts";
import type { AgentManifest } from "./manifest.ts";

/** What a tool of an agent found. */
export interface Finding {
  readonly tool: string;
  readonly answer: ModelAnswer;
}

/** What stands for passages where no tool has any. */
const NOTHING = "Nothing that was contributed speaks to this; a person has to answer.";

/**
 * The agent's reply: its prompt with what the tools found in the place of the words in braces. A text is put in as it is: braces
 * in it are no words.
 */
export function replyOf(
  { prompt, quotes }: Pick<AgentManifest, "prompt" | "quotes">,
  findings: readonly Finding[],
): string {
  const words = wordsOf(findings, quotes);
  return prompt.replaceAll(/\{(\w+)\}/gu, (written, word: string) => words.get(word) ?? written);
}

function wordsOf(findings: readonly Finding[], quotes: number): ReadonlyMap<string, string> {
  const labels = findings.flatMap(({ tool, answer }) =>
    "label" in answer ? [{ tool, label: answer.label, confidence: answer.confidence }] : [],
  );
  // the first of equals, in the order of the tools
  const [surest] = labels.toSorted((a, b) => b.confidence - a.confidence);
  const passages = findings
    .flatMap(({ tool, answer }) =>
      "passages" in answer && !("text" in answer) ? answer.passages.map((passage) => ({ tool, ...passage })) : [],
    )
    .toSorted((a, b) => b.share - a.share)
    .slice(0, quotes)
    .map(({ text, title, contributionId }, i) => {
      const cited = title === "" ? `contribution ${contributionId}` : `${title}, contribution ${contributionId}`;
      return `${text} [${i + 1}: ${cited}]`;
    });
  return new Map([
    ["desk", surest?.tool ?? "none"],
    ["label", surest?.label ?? "unknown"],
    ["confidence", percent(surest?.confidence ?? 0)],
    ["labels", labels.map(({ tool, label, confidence }) => `${tool}: ${label} (${percent(confidence)})`).join("\n")],
    ["passages", passages.length === 0 ? NOTHING : passages.join("\n")],
  ]);
}

function percent(millionths: number): string {
  return `${(millionths / 10_000).toFixed(1)} %`;
}
