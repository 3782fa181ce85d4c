import { toJson } from "../../common/json.ts";
import { type InferenceAnswer, shortAnswer } from "../../jobs/receiptFiles.ts";
import type { PaidAnswer } from "../paidCall.ts";
import type { LabelProbability } from "../predictor.ts";
import { usageOf } from "./usage.ts";

/** Least logarithm that is told: of what float32 rounds to nothing. */
const LEAST = -9_999;

/** An answer as a chat's message: its label, its text, an agent's reply, or passages with who wrote them, which a text can stand above. */
export function contentOf(answer: InferenceAnswer): string {
  if ("label" in answer) return answer.label;
  if ("text" in answer && !("passages" in answer)) return answer.text;
  if ("reply" in answer) return answer.reply;
  if ("vector" in answer) return shortAnswer(answer);
  if (answer.passages.length === 0) return "The model has nothing to answer this with.";
  const sources = answer.passages.map(
    ({ title, source, contributionId }, i) =>
      `[${i + 1}] ${[title, source].filter((part) => part !== "").join(", ")} (contribution ${contributionId})`,
  );
  const written = "text" in answer ? [answer.text] : answer.passages.map(({ text }, i) => `${text} [${i + 1}]`);
  return [...written, sources.join("\n")].join("\n\n");
}

/** The labels in place of tokens, the most probable first. */
export function logprobsOf(distribution: readonly LabelProbability[], top: number) {
  const ranked = distribution
    .map(({ label, probability }) => ({
      token: label,
      logprob: probability > 0 ? Math.max(LEAST, Math.log(probability)) : LEAST,
      bytes: [...Buffer.from(label)],
    }))
    .sort((a, b) => b.logprob - a.logprob);
  return { content: [{ ...ranked[0]!, top_logprobs: ranked.slice(0, top) }], refusal: null };
}

export interface ChatAnswer {
  readonly question: string;
  readonly modelId: bigint;
  readonly paid: PaidAnswer;
  readonly logprobs: ReturnType<typeof logprobsOf> | null;
}

/** The whole answer in one document, with what the receipt is for beside it. */
export function completion({ question, modelId, paid, logprobs }: ChatAnswer): string {
  const content = contentOf(paid.answer);
  const message = { role: "assistant", content, refusal: null };
  return toJson({
    ...head(modelId, paid),
    object: "chat.completion",
    choices: [{ index: 0, message, logprobs, finish_reason: endOf(paid.answer) }],
    usage: usageOf(question, content, paid.receipt.fee),
    openledger: proofOf(paid),
  });
}

/** The same as server-sent events. The last chunk has usage and cost. */
export function completionEvents({ question, modelId, paid, logprobs }: ChatAnswer): string {
  const content = contentOf(paid.answer);
  const chunk = { ...head(modelId, paid), object: "chat.completion.chunk" };
  const choice = (delta: object, finish_reason: string | null, more: object = {}) => ({
    ...chunk,
    choices: [{ index: 0, delta, logprobs: null, finish_reason, ...more }],
  });
  const usage = usageOf(question, content, paid.receipt.fee);
  const chunks = [
    choice({ role: "assistant", content: "" }, null),
    choice({ content }, null, { logprobs }),
    choice({}, endOf(paid.answer)),
    { ...chunk, choices: [], usage, openledger: proofOf(paid) },
  ];
  return [...chunks.map((one) => toJson(one)), "[DONE]"].map((data) => `data: ${data}\n\n`).join("");
}

/** Why an answer ends: it says all, or it has as many tokens as were asked for. */
function endOf(answer: InferenceAnswer): "stop" | "length" {
  return "ended" in answer && !answer.ended ? "length" : "stop";
}

function head(modelId: bigint, { receipt }: PaidAnswer) {
  return { id: `chatcmpl-${receipt.paymentId}`, created: Number(receipt.time), model: modelId.toString() };
}

/** With it everybody can check the receipt: its outputHash is the hash of the answer. */
function proofOf({ answer, receipt, signature }: PaidAnswer) {
  return { answer, receipt, signature };
}
