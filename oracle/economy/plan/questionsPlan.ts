import { existsSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../../common/errors.ts";
import { splitByKey, thinned } from "../../data/dataset.ts";
import { MEDQUAD, TEST_SHARE } from "../../data/folders/medquad.ts";
import { loadWritten } from "../../data/written/loadWritten.ts";
import { documentExample, type DocumentExample, type PairExample } from "../../data/written/written.ts";
import type { DataOptions, DatanetPlan, PlannedContributor } from "./loadScenario.ts";

const HALF = 128;
/** Questions that judge: each is searched for, and enough reach every contributor. */
const LARGEST_QUALITY_SET = 500;

/** Whether a folder holds questions and answers. */
export function holdsQuestions(folder: string): boolean {
  return existsSync(join(folder, MEDQUAD.file));
}

/**
 * The Datanet of a folder of questions and answers: two honest contributors for each publisher, who hand in all answers, with the questions about four
 * fifths of the diseases. What judges, and what is asked, are questions about the others, which no version is taught.
 *
 * @throws InputError for questions about too few diseases to divide; DataError for a file that cannot be read
 */
export async function questionsPlan(
  folder: string,
  { limit = Infinity, skipBad }: Omit<DataOptions, "folder">,
): Promise<DatanetPlan> {
  const { examples, badRows } = await loadWritten(join(folder, MEDQUAD.file), { language: "en", skipBad });
  const pairs = examples.filter((example) => example.kind === "pair");
  const { train, test: unseen } = splitByKey(pairs, diseaseOf, TEST_SHARE);
  const { train: asking, test: judging } = splitByKey(unseen, (pair) => `judged ${diseaseOf(pair)}`, HALF);
  const [taught, judges, asked] = [train, judging, asking].map((part) => thinned(part, limit)) as [
    readonly PairExample[],
    readonly PairExample[],
    readonly PairExample[],
  ];
  if ([taught, judges, asked].some(({ length }) => length === 0)) {
    throw new InputError("the questions are about too few diseases to divide", {
      value: `${taught.length} to teach, ${judges.length} to judge by and ${asked.length} to ask, of ${examples.length} rows in ${folder}`,
      limit: "at least one of each; a fifth of the diseases, by a hash of their names, is never taught",
      remedy: "Add rows about other diseases.",
    });
  }
  const quality = thinned(judges, LARGEST_QUALITY_SET);
  // no version learns a question that judges it; without any of these, whoever teaches would hold no answer that is judged
  const { test: told } = splitByKey(quality, (pair) => `told ${diseaseOf(pair)}`, HALF);
  const contributors = contributorsOf([...taught, ...judges, ...asked], new Set([...taught, ...told]));
  return {
    name: MEDQUAD.name,
    tags: ["document", MEDQUAD.licence],
    contributors,
    quality,
    test: asked,
    rows: contributors.reduce((sum, contributor) => sum + contributor.examples.length, 0),
    badRows,
  };
}

/** @param told those whose question is handed in with the answer */
function contributorsOf(pairs: readonly PairExample[], told: ReadonlySet<PairExample>): PlannedContributor[] {
  return [...new Set(pairs.map(({ source }) => source))].flatMap((publisher) => {
    const published = pairs.filter(({ source }) => source === publisher);
    const { train: first, test: second } = splitByKey(published, (pair) => `half ${diseaseOf(pair)}`, HALF);
    return [first, second]
      .filter(({ length }) => length > 0)
      .map((own, i) => ({
        name: `${publisher}-${i + 1}`,
        behaviour: "honest",
        examples: own.map((pair) => (told.has(pair) ? pair : answerOf(pair))),
      }));
  });
}

/** The answer alone. It has no title, as the passages of pairs have none: nothing tells which answers are asked for. */
function answerOf({ passage, language, source, meta }: PairExample): DocumentExample {
  return documentExample({ text: passage, language, source }, meta);
}

/** What a question is about; itself where its row does not say. */
function diseaseOf({ meta, question }: PairExample): string {
  return meta["focus"] ?? question;
}
