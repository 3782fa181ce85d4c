import { join } from "node:path";
import { z } from "zod";
import { splitByKey } from "../dataset.ts";
import { shown } from "../errors.ts";
import { textExample } from "../example.ts";
import { readJsonlRows } from "../files/jsonl.ts";
import { malformedRow } from "../files/rows.ts";
import type { FolderFormat } from "./format.ts";

const pair = z.object({
  source: z.string(),
  focus: z.string(),
  qtype: z.string(),
  question: z.string(),
  answer: z.string(),
});

/** The opening of an answer that is the example's text, in characters. */
const OPENING_LENGTH = 512;
/** A fifth of the subjects (diseases, drugs) is for testing, in 256ths. */
export const TEST_SHARE = 51;

/** How the set is published. */
export const MEDQUAD = {
  name: "MedQuAD",
  file: "medquad.jsonl.gz",
  licence: "CC-BY-4.0",
  source: "https://github.com/abachaa/MedQuAD",
} as const;

/**
 * MedQuAD (Ben Abacha and Demner-Fushman 2019): question-answer pairs of health institutes. Task: which kind of question
 * does a passage answer? Text = the opening of the answer, label = the question type (16: treatment, symptoms, …). The
 * questions themselves are templates that name their type, so they would be no task of labels. All passages on one subject
 * (`meta.focus`) are on the same side of the split; `meta.source` is the institute.
 */
export const medquad: FolderFormat = {
  name: "medquad",
  markers: [MEDQUAD.file],
  read(dir, policy) {
    const examples = readJsonlRows(join(dir, MEDQUAD.file), policy, (value) => {
      const row = pair.safeParse(value);
      if (!row.success) {
        throw malformedRow(
          shown(value),
          "a row has the strings source, focus, qtype, question, answer",
          "correct the row",
        );
      }
      const { source, focus, qtype, answer } = row.data;
      return textExample(openingOf(answer), qtype, { source, focus });
    });
    const { train, test } = splitByKey(examples, (example) => example.meta["focus"] ?? "", TEST_SHARE);
    return {
      name: MEDQUAD.name,
      licence: MEDQUAD.licence,
      source: MEDQUAD.source,
      train,
      quality: [],
      test,
      offDomain: [],
    };
  },
};

/** At most {@link OPENING_LENGTH} characters, cut between words. */
function openingOf(answer: string): string {
  const text = answer.trim();
  if (text.length <= OPENING_LENGTH) return text;
  const space = text.lastIndexOf(" ", OPENING_LENGTH);
  return text.slice(0, space > 0 ? space : OPENING_LENGTH);
}
