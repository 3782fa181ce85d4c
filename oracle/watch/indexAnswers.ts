import type { IndexFiles } from "../jobs/indexFiles.ts";
import { indexTreesOf } from "../settlement/indexTrees.ts";
import { answer, type RemedyCall } from "./calls.ts";
import { featureBytes, functionalBytes, rowEvidence } from "../settlement/rowEvidence.ts";
import type { Question } from "./questions.ts";

/** Answers demands about an index; undefined for a question that it does not owe. */
export function createIndexAnswers(index: IndexFiles) {
  const { versionId, parts, rows } = index;
  const trees = indexTreesOf(index);
  return (question: Question): RemedyCall | undefined => {
    if (question.asks === "quality") {
      const { part } = question;
      const judged = parts[part];
      if (judged === undefined) return undefined;
      return answer("answerQuality", versionId, trees.parts, part, functionalBytes(judged.quality));
    }
    if (question.asks !== "indexRow" || question.i >= rows.length) return undefined;
    const { i } = question;
    return answer("answerIndexRow", versionId, rowEvidence(index, trees, i), featureBytes(index, i));
  };
}
