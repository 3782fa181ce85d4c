import { normaliseText } from "../../data/normaliseText.ts";
import type { PairExample } from "../../data/written/written.ts";
import type { Registered } from "../indexedDatanets.ts";

type Where = Registered<PairExample>["contribution"];

/**
 * Whether a contribution's question is one that validators ask: those of the own Datanet, however late, or those of another before it was
 * registered. Or curators could keep competitors' questions from being learned by copying them.
 */
export function curatedQuestions(
  quality: readonly Registered<PairExample>[],
): (question: string, contribution: Pick<Where, "contributionId" | "datanetId">) => boolean {
  const asked = new Map<string, Where[]>();
  for (const { contribution, examples } of quality) {
    for (const example of examples) {
      const question = normaliseText(example.question);
      asked.set(question, [...(asked.get(question) ?? []), contribution]);
    }
  }
  return (question, { contributionId, datanetId }) =>
    (asked.get(normaliseText(question)) ?? []).some(
      (curated) => curated.datanetId === datanetId || curated.contributionId < contributionId,
    );
}
