import { indexOfOwnColumns, requireColumns } from "../../attribution/ownColumns.ts";
import { trainAnswerModel } from "../../model/answers/answerModel.ts";
import type { Weights } from "../../model/weights.ts";
import { kernelFactory } from "../../numerics/kernelChoice.ts";
import { openAnswerLibrary } from "../answers/answerLibrary.ts";
import { answersSize } from "../answers/answersSize.ts";
import { openGenerator } from "../chat/openWriter.ts";
import { unlessRefused } from "../chat/writtenAnswer.ts";
import type { Context } from "../context.ts";
import type { QuotesManifest } from "../versionFiles.ts";
import type { Contributed, VersionTask } from "../versionTask.ts";
import { valuesOf, wouldQuote } from "./quotedAnswer.ts";
import { openQuoter, prompted, quotationOf } from "./quoter.ts";

/** A version that writes from passages: a frozen generator, a trained search, indexed by who contributed the passages. */
export async function quotesTask(
  { bases, content }: Pick<Context, "bases" | "content">,
  { plan, scheme }: Pick<QuotesManifest, "plan" | "scheme">,
  contributed: Contributed,
): Promise<VersionTask> {
  const { recipe } = plan;
  const opened = await openAnswerLibrary(recipe.search, contributed, bases);
  const generator = await openGenerator(content, recipe);
  const contributions = opened.contributions.length;
  const open = (models: readonly Weights[]) => openQuoter(recipe, generator, opened, models);
  return {
    size: answersSize(recipe.search, opened.library),
    datanets: opened.datanets,
    train: async () => [trainAnswerModel(kernelFactory("wasm"), opened.parts, opened.library)],
    async buildIndex(models) {
      requireColumns(scheme.rank, contributions, opened.quality);
      const quoter = open(models);
      const judged = opened.quality.map((questions) =>
        questions.map(({ question, passage }) => valuesOfRight(quoter, question, passage)),
      );
      return indexOfOwnColumns(scheme.rank, contributions, judged);
    },
    harmful: () => [],
    /** An answer is made again from its question. One that is not what the version writes is owed to nobody: its ψ is zero. */
    async queryFeatures(models, { k }, records) {
      const quoter = open(models);
      const psi = new Float64Array(records.length * k);
      for (const [q, { request, answer }] of records.entries()) {
        const quotation = unlessRefused(() => quotationOf(quoter, request));
        if (quotation === undefined || !wouldQuote(quoter, quotation, answer)) continue;
        const { end, first = [] } = quotation.asked;
        const tokens = [...answer.tokens, ...(answer.ended ? [end] : [])];
        for (const [contribution, value] of valuesOf(quoter, quotation, tokens, first.length)) {
          psi[q * k + contribution] = value;
        }
      }
      return psi;
    },
  };
}

/**
 * What contributions do for the right answer to a validators' question, per token, so that long ones count like short ones. As much of the right answer is
 * read as the version would write; a question that leaves no room for it judges nobody.
 */
function valuesOfRight(quoter: ReturnType<typeof openQuoter>, question: string, right: string) {
  const { recipe, generator, search } = quoter;
  const found = search.find([question])[0]!.slice(0, recipe.search.quoted);
  const tokens = generator.pairs.encode(right).slice(0, recipe.most);
  const choice = { most: recipe.most, temperature: 0, seed: [0, 0, 0, 0] as const };
  const { passages, asked } = prompted(quoter, question, found.map(({ passage }) => passage), choice); // prettier-ignore
  if (asked.prompt.length + asked.most > recipe.length) return [];
  return valuesOf(quoter, { question, passages }, tokens, 0).map(
    ([contribution, value]) => [contribution, value / tokens.length] as const,
  );
}
