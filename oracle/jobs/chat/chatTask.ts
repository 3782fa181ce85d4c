import { adapterFeatures, buildAdapterIndex } from "../../attribution/chat/adapterIndex.ts";
import { type AdapterGradient, createAdapterGradient } from "../../model/chat/adapterGradient.ts";
import { adapterTensors } from "../../model/chat/headAdapter.ts";
import type { ChatRecipe } from "../../model/chat/chatRecipe.ts";
import { type Lesson, type ReadLesson, readLesson } from "../../model/chat/lessons.ts";
import { trainAdapter } from "../../model/chat/trainAdapter.ts";
import type { Weights } from "../../model/weights.ts";
import { kernelFactory } from "../../numerics/kernelChoice.ts";
import type { Context } from "../context.ts";
import { getProjections } from "../projectionFiles.ts";
import type { TrainingSize } from "../trainingSize.ts";
import type { ChatManifest } from "../versionFiles.ts";
import type { Contributed, VersionTask } from "../versionTask.ts";
import { type ChatLessons, chatLessons } from "./chatLessons.ts";
import { openWriter, type Writer } from "./openWriter.ts";
import { continuationOf, unlessRefused, wouldWrite } from "./writtenAnswer.ts";

/** A version that writes its answers: an adapter on a frozen generator, indexed by the kernel of its gradients. */
export async function chatTask(
  { content }: Pick<Context, "content">,
  { plan, scheme }: Pick<ChatManifest, "plan" | "scheme">,
  contributed: Contributed,
): Promise<VersionTask> {
  const { recipe } = plan;
  const writer = await openWriter(content, recipe);
  const data = chatLessons(recipe, writer.pairs, contributed);
  const read = remembering((lesson: Lesson) => readLesson(writer.decoder, lesson));
  const differentiate = once(() => gradientOf(writer, recipe));
  /** Of Σ log p, which is -loss. */
  const likelihood = (weights: Weights, lesson: ReadLesson, share = 1) =>
    differentiate()(weights, lesson).gradient.map((value) => -value * share);
  return {
    size: chatSize(recipe, writer, data),
    datanets: data.datanets,
    train: async () => [
      trainAdapter(kernelFactory("wasm"), recipe, writer.decoder.shape.hidden, data.lessons.map(read), differentiate()),
    ],
    buildIndex: async ([weights]) =>
      buildAdapterIndex(
        scheme,
        { ...data, gradients: data.lessons.map((lesson) => likelihood(weights!, read(lesson))) },
        data.quality.map((lessons) =>
          lessons.map(read).map((lesson) => likelihood(weights!, lesson, 1 / lesson.tokens.length)),
        ),
      ),
    harmful: () => [],
    /** An answer is read again. One that the version does not write is owed to nobody: its ψ is zero. */
    async queryFeatures([weights], { projections, k }, records) {
      const [operator] = await getProjections(content, projections, 1);
      const adapted = writer.adapted(weights!);
      const psi = new Float64Array(records.length * k);
      for (const [q, { request, answer }] of records.entries()) {
        const asked = unlessRefused(() => continuationOf(writer, recipe, request));
        if (asked === undefined || !wouldWrite(writer, adapted, asked, answer)) continue;
        const tokens = [...asked.prompt, ...answer.tokens, ...(answer.ended ? [asked.end] : [])];
        const lesson = readLesson(writer.decoder, { tokens, from: asked.prompt.length });
        psi.set(adapterFeatures(operator!, likelihood(weights!, lesson), k), q * k);
      }
      return psi;
    },
  };
}

export function gradientOf(
  { words }: Pick<Writer, "words">,
  { adapter }: ChatRecipe,
): (weights: Weights, lesson: ReadLesson) => AdapterGradient {
  return createAdapterGradient(kernelFactory("wasm"), words, adapter.scale);
}

/** Its rows are the tokens that the generator reads. Reading takes a pass even where nothing is learned. */
export function chatSize(
  recipe: ChatRecipe,
  { decoder }: Pick<Writer, "decoder">,
  { lessons }: Pick<ChatLessons, "lessons">,
): TrainingSize {
  const tensors = adapterTensors(recipe, decoder.shape.hidden);
  return {
    rows: BigInt(lessons.reduce((sum, { tokens }) => sum + tokens.length, 0)),
    parameters: BigInt(tensors.reduce((sum, { elements }) => sum + elements, 0)),
    epochs: BigInt(Math.max(1, recipe.epochs)),
    members: 1n,
  };
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

function remembering<K extends object, V>(make: (key: K) => V): (key: K) => V {
  const known = new WeakMap<K, V>();
  return (key) => {
    const found = known.get(key) ?? make(key);
    known.set(key, found);
    return found;
  };
}
