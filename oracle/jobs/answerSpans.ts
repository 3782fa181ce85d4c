import { createSpanIndex, type Span, type SpanIndex } from "../data/spans/spanIndex.ts";
import type { Contribution } from "../store/protocolView.ts";
import type { Context } from "./context.ts";
import { type InferenceAnswer, shortAnswer } from "./receiptFiles.ts";
import { requireVersion } from "./requireVersion.ts";
import { versionContributions } from "./versionContributions.ts";
import { fetchExamples, holdsWritings, written } from "./versionData.ts";

/** Words of an answer that somebody contributed as they are: evidence of where they come from, which nothing is paid for. */
export interface AnswerSpan extends Omit<Span, "contribution"> {
  readonly contributionId: bigint;
  readonly contributor: string;
}

/** Spans that are shown of an answer. */
const SHOWN = 5;

interface VersionSpans {
  readonly versionId: bigint;
  readonly index: SpanIndex;
  /** As the index numbers them. */
  readonly contributions: readonly Contribution[];
}

/** Finds the rarest spans of answers in what a version was made of. The last version's index is kept: building one takes seconds. */
export function createSpanFinder(
  context: Context,
): (versionId: bigint, answer: InferenceAnswer) => Promise<AnswerSpan[]> {
  let last: VersionSpans | undefined;
  return async (versionId, answer) => {
    if ("label" in answer) return [];
    if (last?.versionId !== versionId) last = await versionSpans(context, versionId);
    const { index, contributions } = last;
    return index
      .spansOf(shortAnswer(answer))
      .slice(0, SHOWN)
      .map(({ contribution, ...span }) => {
        const { contributionId, contributor } = contributions[contribution]!;
        return { ...span, contributionId, contributor };
      });
  };
}

/** Documents and the passages of pairs, in the order of registration; nothing for a version that answers with labels. */
async function versionSpans(context: Context, versionId: bigint): Promise<VersionSpans> {
  const version = await requireVersion(context, `${versionId}`);
  const registered = (await versionContributions(context, version)).filter(({ kind }) => kind === "train");
  const train = await fetchExamples(
    context,
    registered.map(({ contributionId }) => contributionId),
  );
  const texts = train.length > 0 && holdsWritings({ train }) ? written(train) : [];
  const sources = texts.flatMap(({ examples }, contribution) =>
    examples.map((example) => ({ contribution, text: example.kind === "document" ? example.text : example.passage })),
  );
  return { versionId, index: createSpanIndex(sources), contributions: registered };
}
