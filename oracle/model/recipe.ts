import { canonicalJson, hashCanonicalJson } from "@openledger/protocol/canonicalJson.ts";
import type { Hash } from "@openledger/protocol/hex.ts";
import { z } from "zod";
import { ContentError } from "../common/errors.ts";

const size = z.number().int().min(1).max(1_048_576);
const rate = z.number().positive().max(100);
const uint32 = z.number().int().min(0).max(0xffffffff);

const activation = z.enum(["identity", "silu", "relu", "gelu", "tanh"]);

const dense = z.strictObject({
  kind: z.literal("dense"),
  units: size,
  activation: activation.default("silu"),
  /** Share of the activations that a training step drops. */
  dropout: z.number().min(0).max(0.95).default(0),
});

/** Convolution without padding. */
const convolution = z.strictObject({
  kind: z.literal("convolution"),
  filters: size,
  kernel: z.number().int().min(1).max(32),
  stride: z.number().int().min(1).max(32).default(1),
  activation: activation.default("silu"),
});

/** Mean of the embeddings of a bag's tokens; only as the first layer, over a `bags` input. */
const embeddingBag = z.strictObject({ kind: z.literal("embeddingBag"), dimension: size });

/** Token embedding plus position embedding; only as the first layer, over a `tokens` input. */
const embedding = z.strictObject({ kind: z.literal("embedding"), dimension: size });

/**
 * One block of a decoder-only Transformer (Vaswani et al. 2017, with the normalisation before each part as in GPT-2): layer norm → causal
 * attention → residual sum → layer norm → dense `units` → dense back → residual sum.
 */
const transformerBlock = z.strictObject({
  kind: z.literal("transformerBlock"),
  /** Divides the embedding's dimension. */
  heads: z.number().int().min(1).max(64),
  units: size,
  activation: activation.default("gelu"),
});

/** Layer normalisation (Ba et al. 2016) with a gain and a bias per feature. */
const norm = z.strictObject({ kind: z.literal("norm") });

/** The dense parts of a block that adapters can be put beside. */
export const ADAPTABLE = ["query", "key", "value", "output", "up", "down"] as const;

/**
 * LoRA (Hu et al. 2021): the parent version's weights stay as they are, and to every chosen dense part W·x of every block s·B·A·x is added; only A
 * and B are trained.
 */
const adapters = z.strictObject({
  kind: z.literal("lora"),
  rank: z.number().int().min(1).max(1024),
  /** s, usually 1 to 4. */
  scale: z.number().positive().max(1024).default(2),
  targets: z
    .array(z.enum(ADAPTABLE))
    .min(1)
    .refine((targets) => new Set(targets).size === targets.length, { error: "name each part once" }),
});

const optimizer = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("sgd"),
    learningRate: rate,
    momentum: z.number().min(0).max(0.9999).default(0),
    weightDecay: z.number().min(0).max(1).default(0),
    /** `linear` falls from learningRate at the first step to 0 after the last. */
    schedule: z.enum(["constant", "linear"]).default("constant"),
  }),
  z.strictObject({
    kind: z.literal("adam"),
    learningRate: rate,
    beta1: z.number().min(0).max(0.9999).default(0.9),
    beta2: z.number().min(0).max(0.999999).default(0.999),
    epsilon: z.number().positive().max(1).default(1e-8),
    schedule: z.enum(["constant", "linear"]).default("linear"),
  }),
]);

/**
 * Everything that decides what a training run computes, besides its rows. Two operators with one recipe and the same rows
 * get the same weights, bit for bit.
 */
export const recipeSchema = z
  .strictObject({
    format: z.literal("openledger-recipe/1"),
    input: z.discriminatedUnion("kind", [
      z.strictObject({ kind: z.literal("dense"), width: size }),
      z.strictObject({ kind: z.literal("image"), height: size, width: size, channels: size }),
      z.strictObject({ kind: z.literal("bags"), buckets: size }),
      /** Sequences of `length` token ids below `vocabulary`; every position has a label of its own, the token that follows. */
      z.strictObject({
        kind: z.literal("tokens"),
        vocabulary: z.number().int().min(2).max(65_536),
        length: z.number().int().min(1).max(512),
      }),
    ]),
    /** Hidden layers; a dense layer with one output per class follows them. */
    layers: z
      .array(z.discriminatedUnion("kind", [dense, convolution, embeddingBag, embedding, transformerBlock, norm]))
      .max(32),
    adapters: adapters.optional(),
    classes: z.number().int().min(2).max(65_536),
    optimizer,
    epochs: z.number().int().min(1).max(10_000),
    batch: z.number().int().min(1).max(65_536),
    seed: uint32,
    /** Models of the ensemble, each with its own initial weights and batches. */
    members: z.number().int().min(1).max(64).default(4),
  })
  .superRefine((recipe, context) => {
    const { input, layers, classes } = recipe;
    const problem = inputProblem(input.kind, layers);
    if (problem !== undefined) context.addIssue({ code: "custom", message: problem, path: ["layers"] });
    const unequal = headsProblem(layers);
    if (unequal !== undefined) context.addIssue({ code: "custom", message: unequal, path: ["layers"] });
    if (input.kind === "tokens" && classes !== input.vocabulary) {
      const message = `the next token is one of ${input.vocabulary}, not of ${classes}: give as many classes as the vocabulary has`;
      context.addIssue({ code: "custom", message, path: ["classes"] });
    }
    if (recipe.adapters !== undefined && !layers.some(({ kind }) => kind === "transformerBlock")) {
      const message = "adapters belong to transformerBlock layers: leave them out, or add a block";
      context.addIssue({ code: "custom", message, path: ["adapters"] });
    }
  });

export type Recipe = z.output<typeof recipeSchema>;

function inputProblem(input: Recipe["input"]["kind"], layers: Recipe["layers"]): string | undefined {
  const embeddingAt = layers.findLastIndex((layer) => layer.kind === "embedding");
  if (input === "tokens") {
    return layers[0]?.kind === "embedding" && embeddingAt === 0 && !layers.some(({ kind }) => kind === "embeddingBag")
      ? undefined
      : 'a "tokens" input needs one embedding, as its first layer';
  }
  const needsTokens = layers.find(({ kind }) => kind === "embedding" || kind === "transformerBlock");
  if (needsTokens !== undefined) return `${needsTokens.kind} layers read a "tokens" input, not "${input}"`;
  const bagAt = layers.findIndex((layer) => layer.kind === "embeddingBag");
  if (input === "bags" && bagAt !== 0) return 'a "bags" input needs an embeddingBag as its first layer';
  if (input !== "bags" && bagAt >= 0) return `an embeddingBag reads a "bags" input, not "${input}"`;
  if (bagAt > 0) return "an embeddingBag can only be the first layer";
  const denseAt = layers.findIndex((layer) => layer.kind === "dense");
  const convolutionAt = layers.findLastIndex((layer) => layer.kind === "convolution");
  if (convolutionAt >= 0 && input !== "image") return `a convolution reads an "image" input, not "${input}"`;
  if (denseAt >= 0 && convolutionAt > denseAt) return "a convolution cannot follow a dense layer";
  return undefined;
}

/** A block's heads share its width, which is that of the last embedding or dense layer before it. */
function headsProblem(layers: Recipe["layers"]): string | undefined {
  let width = 0;
  for (const layer of layers) {
    if (layer.kind === "embedding") width = layer.dimension;
    if (layer.kind === "dense") width = layer.units;
    if (layer.kind === "transformerBlock" && width % layer.heads !== 0) {
      return `${layer.heads} heads cannot share a width of ${width}: use a divisor of it`;
    }
  }
  return undefined;
}

/**
 * Checks a recipe and fills in the defaults.
 * @throws RecipeError with every problem and where it is
 */
export function parseRecipe(value: unknown): Recipe {
  const result = recipeSchema.safeParse(value);
  if (!result.success) throw new RecipeError(z.prettifyError(result.error));
  return result.data;
}

/** Canonical JSON of the recipe with its defaults filled in. */
export function encodeRecipe(recipe: Recipe): string {
  return canonicalJson(recipe);
}

/** keccak256 of the canonical JSON: the recipe's identity on chain. */
export function recipeHash(recipe: Recipe): Hash {
  return hashCanonicalJson(recipe);
}

/** The recipe is not valid; the message lists each problem with its path. */
export class RecipeError extends ContentError {
  constructor(problems: string) {
    super(`invalid training recipe:\n${problems}`);
  }
}
