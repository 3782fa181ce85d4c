import { createHash } from "node:crypto";
import { canonicalJson, hashCanonicalJson } from "@openledger/protocol/canonicalJson.ts";
import type { Library } from "../../data/written/library.ts";
import { outlineOf, overlaps } from "../../data/written/overlap.ts";
import type { PairExample } from "../../data/written/written.ts";
import { type AnswerModel, type Found, sharesOf } from "../../model/answers/answerModel.ts";
import type { AnswersRecipe } from "../../model/answers/answersRecipe.ts";
import type { Weights } from "../../model/weights.ts";
import { weightsHash } from "../../model/weights.ts";
import { answerFeatures, questionValues } from "../passages/passageIndex.ts";
import type { PassagesScheme } from "../passages/passagesScheme.ts";
import { schemeId } from "../scheme.ts";
import type { Contributions } from "./contributions.ts";
import { sumByContributor } from "./contributions.ts";
import type { FidelityStudy, FidelityStudyOptions } from "./fidelityStudy.ts";
import { payoutFidelity, queryMixes } from "./payoutFidelity.ts";
import { payoutShares } from "./payout.ts";
import { collectRuns } from "./runLog.ts";
import { type Coalition, drawCoalitions } from "./shapley.ts";

/** A trained version that answers with passages, whose scores are to be judged. */
export interface AnswersSubject {
  /** Part of the name of the result file. */
  readonly name: string;
  /** By the contributions' rows in the index. */
  readonly contributions: Pick<Contributions, "contributors" | "contributorOf" | "examples">;
  readonly recipe: AnswersRecipe;
  readonly library: Library;
  readonly weights: Weights;
  /** The version itself. */
  readonly model: Pick<AnswerModel, "find">;
  /** Makes a version again, of a part of the library and by a recipe of its own. */
  readonly retrain: (recipe: AnswersRecipe, library: Library) => Promise<Pick<AnswerModel, "find">>;
  /** What buyers ask, and the texts that answer it. */
  readonly test: readonly PairExample[];
  /** The validators' questions, of all Datanets. */
  readonly quality: readonly PairExample[];
}

/** Retrained versions are numbered from here, apart from the version itself. */
const FIRST_SEED = 1000;
/** Seed of the coalitions, as in a study of labels. */
const COALITION_SEED = 11;
const NOTHING_CHARGED = { estimate: 0, low: 0, high: 0 } as const;

/**
 * Retrains coalitions of a version's contributors on their passages and questions alone, searches again, and compares what the version's scores
 * foretell with the contributors' Shapley values. The utility of a coalition for a question is how much of its answer is right: the share of the
 * passages that answer it.
 */
export async function answersStudy(
  subject: AnswersSubject,
  options: Omit<FidelityStudyOptions, "scheme" | "members" | "retrainer"> & { readonly scheme: PassagesScheme },
): Promise<FidelityStudy> {
  const { contributions, library, recipe, model, test, quality } = subject;
  const { contributors, contributorOf } = contributions;
  const indexed = { passages: library.passages, contributions: contributorOf.length, quoted: recipe.quoted };
  const delivered = model.find(test.map(({ question }) => question)).map((found) => found.slice(0, recipe.quoted));
  const isRight = rightPassages(subject);
  const coalitions = drawCoalitions(contributors.length, options.coalitions, COALITION_SEED);
  const { onProgress } = options;
  const probabilities = await collectRuns({
    file: `${options.folder}/${subject.name}-answers-seed${options.seed}.f32`,
    study: studyDigest(subject),
    width: test.length,
    count: coalitions.length,
    run: (i) => coalitionUtilities(subject, coalitions[i]!, FIRST_SEED + i, isRight),
    ...(onProgress && { onProgress: (progress) => onProgress("coalitions retrained", progress) }),
  });
  const influence = new Float32Array(test.length * contributorOf.length);
  for (const [q, found] of delivered.entries()) {
    influence.set(answerFeatures(found, indexed, contributorOf.length), q * contributorOf.length);
  }
  const first = Int32Array.from(delivered, ([best]) =>
    best === undefined ? -1 : contributorOf[library.passages[best.passage]!.contribution]!,
  );
  const names = contributors.map(({ name }) => name);
  const mixes = queryMixes(first, names, options.seed);
  const truth = { coalitions, probabilities };
  const judged = qualityOf(questionValues(model, indexed, quality), contributorOf.length);
  // ψ of answers is never negative: that a contribution harms is the validators' questions to say, and it is paid nothing.
  const unpaid = [...judged.keys()].filter((contribution) => judged[contribution]! < 0);
  const measured = payoutFidelity(influence, contributions, truth, mixes, options.seed, unpaid);
  const { mixes: fidelity, oneClass, uniform } = measured;
  const shares = payoutShares(contributions, uniform.ofContributions, judged);
  const registered = sumByContributor(contributions, contributions.examples);
  const rows = new Int32Array(contributors.length);
  for (const { contribution } of [...library.passages, ...library.lessons]) rows[contributorOf[contribution]!]!++;
  return {
    dataset: subject.name,
    recipe: hashCanonicalJson(recipe),
    scheme: schemeId(options.scheme),
    models: [weightsHash(subject.weights)],
    members: 1,
    coalitions: options.coalitions,
    accuracy: delivered.filter(([best], q) => best !== undefined && isRight(best.passage, q)).length / test.length,
    fidelity,
    uniform: fidelity[0]!.corrected,
    ...(oneClass && { oneClass }),
    quality: {
      perRow: relativePerRow(sumByContributor(contributions, judged), registered),
      rightCharged: NOTHING_CHARGED,
      wrongCharged: NOTHING_CHARGED,
    },
    contributors: contributors.map(({ name, behaviour }, c) => ({
      ...{ name, behaviour, examples: registered[c]!, rows: rows[c]! },
      ...{ score: uniform.scores[c]!, value: uniform.values[c]!, share: shares[c]! },
    })),
  };
}

/** Which passages of the library answer which test question. */
function rightPassages({ library, test }: AnswersSubject): (passage: number, question: number) => boolean {
  const references = test.map(({ passage }) => outlineOf(passage));
  const outlines = new Map<number, ReturnType<typeof outlineOf>>();
  return (passage, question) => {
    const outline = outlines.get(passage) ?? outlineOf(library.passages[passage]!.text);
    outlines.set(passage, outline);
    return overlaps(outline, references[question]!);
  };
}

/** For each test question the share of right passages in the answer of a version that the coalition's members alone made. */
async function coalitionUtilities(
  { contributions: { contributorOf }, library, recipe, retrain, test }: AnswersSubject,
  { members }: Coalition,
  seed: number,
  isRight: (passage: number, question: number) => boolean,
): Promise<Float32Array> {
  const utilities = new Float32Array(test.length);
  const inside = new Set(members);
  const isTheirs = ({ contribution }: { readonly contribution: number }) => inside.has(contributorOf[contribution]!);
  const places = [...library.passages.keys()].filter((p) => isTheirs(library.passages[p]!));
  const lessons = library.lessons.filter(isTheirs);
  if (places.length === 0) return utilities;
  // As many steps as the version itself had.
  const epochs =
    lessons.length === 0 ? 0 : Math.max(1, Math.round((recipe.epochs * library.lessons.length) / lessons.length));
  const part = { ...library, passages: places.map((p) => library.passages[p]!), lessons };
  const model = await retrain({ ...recipe, epochs, seed }, part);
  for (const [q, found] of model.find(test.map(({ question }) => question)).entries()) {
    const answer = found.slice(0, recipe.quoted);
    utilities[q] = shareOf(answer, ({ passage }) => isRight(places[passage]!, q));
  }
  return utilities;
}

function shareOf(answer: readonly Found[], counts: (found: Found) => boolean): number {
  return sharesOf(answer).reduce((sum, share, i) => sum + (counts(answer[i]!) ? share : 0), 0);
}

/** What each contribution does for the validators' questions together. */
function qualityOf(values: readonly (readonly (readonly [number, number])[])[], contributions: number): Float64Array {
  const totals = new Float64Array(contributions);
  for (const [contribution, value] of values.flat()) totals[contribution]! += value;
  return totals;
}

function relativePerRow(values: Float64Array, registered: Float64Array): number[] {
  const perRow = Array.from(values, (value, c) => (registered[c] === 0 ? 0 : value / registered[c]!));
  const largest = perRow.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return perRow.map((value) => (largest === 0 ? 0 : value / largest));
}

/** What retrained results depend on, for the sidecar of their file. */
function studyDigest({ contributions, library, recipe, test }: AnswersSubject): string {
  const digest = (value: unknown) => createHash("sha256").update(JSON.stringify(value)).digest("hex");
  return JSON.stringify({
    study: "answers/1",
    recipe: canonicalJson(recipe),
    library: digest([library.passages, library.lessons, [...contributions.contributorOf]]),
    test: digest(test.map(({ question, passage }) => [question, passage])),
    seed: COALITION_SEED,
  });
}
