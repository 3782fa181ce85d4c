import { canonicalJson, hashCanonicalJson } from "@openledger/protocol/canonicalJson.ts";
import type { Hash } from "@openledger/protocol/hex.ts";
import { z } from "zod";

const size = z.number().int().min(1).max(1_048_576);
const rate = z.number().positive().max(100);
const uint32 = z.number().int().min(0).max(0xffffffff);

const activation = z.enum(["identity", "silu", "relu"]);

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
    ]),
    /** Hidden layers; a dense layer with one output per class follows them. */
    layers: z.array(z.discriminatedUnion("kind", [dense, convolution, embeddingBag])).max(16),
    classes: z.number().int().min(2).max(65_536),
    optimizer,
    epochs: z.number().int().min(1).max(10_000),
    batch: z.number().int().min(1).max(65_536),
    seed: uint32,
    /** Models of the ensemble, each with its own initial weights and batches. */
    members: z.number().int().min(1).max(64).default(4),
  })
  .superRefine((recipe, context) => {
    const problem = inputProblem(recipe.input.kind, recipe.layers);
    if (problem !== undefined) context.addIssue({ code: "custom", message: problem, path: ["layers"] });
  });

export type Recipe = z.output<typeof recipeSchema>;

function inputProblem(input: "dense" | "image" | "bags", layers: readonly { kind: string }[]): string | undefined {
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
export class RecipeError extends Error {
  constructor(problems: string) {
    super(`invalid training recipe:\n${problems}`);
    this.name = "RecipeError";
  }
}
