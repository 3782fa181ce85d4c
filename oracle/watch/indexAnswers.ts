import type { AttestedIndex } from "../settlement/inputs.ts";
import { indexTreeOf } from "../settlement/settle.ts";
import { answer, type RemedyCall } from "./calls.ts";
import { featureBytes, functionalBytes, indexLeafEvidence } from "./indexEvidence.ts";
import type { Question } from "./questions.ts";

/** Answers demands about an index; undefined for a question that it does not owe. */
export function createIndexAnswers(index: AttestedIndex) {
  const tree = indexTreeOf(index);
  return (question: Question): RemedyCall | undefined => {
    if (question.asks === "quality") {
      return answer("answerQuality", index.versionId, functionalBytes(index.quality));
    }
    if (question.asks !== "indexRow" || question.i >= index.rows.length) return undefined;
    const { i } = question;
    return answer("answerIndexRow", index.versionId, indexLeafEvidence(index, tree, i), featureBytes(index, i));
  };
}
