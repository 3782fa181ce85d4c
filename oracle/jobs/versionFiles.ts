import { canonicalJson, hashCanonicalJson } from "@openledger/protocol/canonicalJson.ts";
import { isCid } from "@openledger/protocol/cid.ts";
import type { Hash } from "@openledger/protocol/hex.ts";
import { keccak256 } from "@openledger/protocol/keccak.ts";
import { z } from "zod";
import { chatSchemeSchema } from "../attribution/chat/chatScheme.ts";
import { passagesSchemeSchema } from "../attribution/passages/passagesScheme.ts";
import { parseScheme, schemeSchema } from "../attribution/scheme.ts";
import { ContentError, messageOf } from "../common/errors.ts";
import { answersRecipeSchema } from "../model/answers/answersRecipe.ts";
import { quotesSchemeSchema } from "../attribution/quotes/quotesScheme.ts";
import { quotesRecipeSchema } from "../model/quotes/quotesRecipe.ts";
import { chatRecipeSchema } from "../model/chat/chatRecipe.ts";
import { architectureOf } from "../model/architecture.ts";
import { parseRecipe, type Recipe, recipeSchema } from "../model/recipe.ts";
import { littleEndianBytes, type TensorForm, type Weights, weightsHash } from "../model/weights.ts";
import { requireCanonicalBackend } from "../numerics/backend/nativeLoaded.ts";
import type { ContentFiles } from "./contentFiles.ts";

/**
 * Everything besides the data that decides a training: its keccak is the version's recipe hash on the chain.
 */
export const planSchema = z.strictObject({
  format: z.literal("openledger-plan/1"),
  recipe: recipeSchema,
  /** How an example becomes the network's input. */
  encoding: z.union([
    z.enum(["hashed-ngrams/1", "grey-image/1"]),
    /** A text's vector by a pretrained encoder: `base` is its hash. */
    z.strictObject({
      kind: z.literal("base-vector/1"),
      base: z.string().refine((text) => Boolean(isCid(text)), "the hash of a base"),
    }),
    /** The numbers and categories of a row, as its training data has them. */
    z.strictObject({
      kind: z.literal("standardised-rows/1"),
      columns: z
        .array(
          z.strictObject({
            name: z.string(),
            number: z.strictObject({ mean: z.number(), deviation: z.number().positive() }).nullable(),
            categories: z.array(z.string()).readonly(),
          }),
        )
        .readonly(),
    }),
  ]),
  /** Class i of the network is label i. */
  labels: z.array(z.string()).min(2),
  /** The version whose weights the training starts from, for tensors that are the same in both; null for none. */
  parentVersionId: z
    .string()
    .regex(/^[1-9]\d*$/u)
    .nullable(),
});

export type Plan = z.output<typeof planSchema>;

/** The same for a version that answers with passages. */
export const answersPlanSchema = z.strictObject({
  format: z.literal("openledger-answers-plan/1"),
  recipe: answersRecipeSchema,
});

export type AnswersPlan = z.output<typeof answersPlanSchema>;

/** The same for a version that writes its answers. */
export const chatPlanSchema = z.strictObject({
  format: z.literal("openledger-chat-plan/1"),
  recipe: chatRecipeSchema,
});

export type ChatPlan = z.output<typeof chatPlanSchema>;

/** The same for a version that writes from passages. */
export const quotesPlanSchema = z.strictObject({
  format: z.literal("openledger-quotes-plan/1"),
  recipe: quotesRecipeSchema,
});

export type QuotesPlan = z.output<typeof quotesPlanSchema>;
export type AnyPlan = Plan | AnswersPlan | ChatPlan | QuotesPlan;

const common = {
  format: z.literal("openledger-version/1"),
  /** CID of the weights file. */
  weights: z.string(),
  /** CID of the quality certificate, where the publisher had one measured. */
  certificate: z.string().optional(),
};
const labelsManifestSchema = z.strictObject({ ...common, plan: planSchema, scheme: schemeSchema });
const answersManifestSchema = z.strictObject({ ...common, plan: answersPlanSchema, scheme: passagesSchemeSchema });
const chatManifestSchema = z.strictObject({ ...common, plan: chatPlanSchema, scheme: chatSchemeSchema });
const quotesManifestSchema = z.strictObject({ ...common, plan: quotesPlanSchema, scheme: quotesSchemeSchema });

/** What the URI of a version that answers with labels points to. */
export type LabelsManifest = z.output<typeof labelsManifestSchema>;
export type AnswersManifest = z.output<typeof answersManifestSchema>;
export type ChatManifest = z.output<typeof chatManifestSchema>;
export type QuotesManifest = z.output<typeof quotesManifestSchema>;
/** What a version's URI points to. */
export type VersionManifest = LabelsManifest | AnswersManifest | ChatManifest | QuotesManifest;

export function answersWithPassages(manifest: VersionManifest): manifest is AnswersManifest {
  return manifest.plan.format === "openledger-answers-plan/1";
}

export function writesAnswers(manifest: VersionManifest): manifest is ChatManifest {
  return manifest.plan.format === "openledger-chat-plan/1";
}

export function quotesPassages(manifest: VersionManifest): manifest is QuotesManifest {
  return manifest.plan.format === "openledger-quotes-plan/1";
}

export function answersWithLabels(manifest: VersionManifest): manifest is LabelsManifest {
  return manifest.plan.format === "openledger-plan/1";
}

/** Enough of a manifest to tell of which kind it is. */
const manifestForm = z.looseObject({ plan: z.looseObject({ format: z.string() }) });
const decoder = new TextDecoder("utf-8", { fatal: true });

export function planHash(plan: AnyPlan): Hash {
  return hashCanonicalJson(plan);
}

/** keccak256 of the members' weight hashes, in order: the version's weights hash on the chain. */
export function ensembleHash(models: readonly Weights[]): Hash {
  return keccak256(Buffer.from(models.map((model) => weightsHash(model).slice(2)).join(""), "hex"));
}

export async function putManifest(content: ContentFiles, manifest: VersionManifest): Promise<string> {
  const { certificate, ...always } = manifest;
  const present = certificate === undefined ? always : { ...always, certificate };
  return content.put(new TextEncoder().encode(canonicalJson(present)));
}

export async function getManifest(content: ContentFiles, uri: string): Promise<VersionManifest> {
  try {
    const value = manifestForm.parse(JSON.parse(decoder.decode(await content.get(uri))));
    if (value.plan.format === "openledger-answers-plan/1") return answersManifestSchema.parse(value);
    if (value.plan.format === "openledger-chat-plan/1") return chatManifestSchema.parse(value);
    if (value.plan.format === "openledger-quotes-plan/1") return quotesManifestSchema.parse(value);
    const manifest = labelsManifestSchema.parse(value);
    parseRecipe(manifest.plan.recipe);
    parseScheme(manifest.scheme);
    return manifest;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError || error instanceof TypeError) {
      throw new ContentError(`a version's manifest cannot be read: ${messageOf(error)}`, { value: uri, cause: error });
    }
    throw error;
  }
}

/**
 * Stores the parameters of all members for publication, tensor after tensor, as little-endian float32.
 *
 * @throws AccessError as `requireCanonicalBackend`
 */
export async function putWeights(content: ContentFiles, models: readonly Weights[]): Promise<string> {
  requireCanonicalBackend();
  return content.put(Buffer.concat(models.flatMap((model) => model.map(({ values }) => littleEndianBytes(values)))));
}

/** @throws ContentError when the file is not as long as the recipe's parameters. */
export async function getWeights(content: ContentFiles, cid: string, recipe: Recipe): Promise<Weights[]> {
  return getTensors(content, cid, architectureOf(recipe).parameters, recipe.members);
}

/** @throws ContentError when the file is not as long as the tensors of all members */
export async function getTensors(
  content: ContentFiles,
  cid: string,
  tensors: readonly TensorForm[],
  members: number,
): Promise<Weights[]> {
  const bytes = await content.get(cid);
  const perMember = tensors.reduce((sum, { elements }) => sum + elements, 0);
  if (bytes.length !== perMember * members * 4) {
    throw new ContentError("a weights file does not fit its recipe", {
      value: `${bytes.length} bytes behind ${cid}`,
      limit: `${members} members of ${perMember} float32`,
    });
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  return Array.from({ length: members }, () =>
    tensors.map(({ name, shape, elements }) => {
      const values = new Float32Array(elements);
      for (let i = 0; i < elements; i++, at += 4) values[i] = view.getFloat32(at, true);
      return { name, shape, values };
    }),
  );
}
