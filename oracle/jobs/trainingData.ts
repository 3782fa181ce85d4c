import { InputError } from "../common/errors.ts";
import type { Example, Image } from "../data/example.ts";
import { hashNgramsBatch, NGRAM_BUCKETS } from "../data/hashedNgrams.ts";
import type { Inputs, LabelledRows } from "../model/rows.ts";
import type { Recipe } from "../model/recipe.ts";
import type { Plan } from "./versionFiles.ts";

export type Encoding = Plan["encoding"];

/** How examples of this one's kind are encoded. */
export function encodingOf({ kind }: Pick<Example, "kind">): Encoding {
  return kind === "text" ? "hashed-ngrams/1" : "grey-image/1";
}

/**
 * The network's input for examples of one kind. Pixels are scaled to 0 … 1.
 *
 * @throws InputError when texts and images, or images of several sizes, are mixed.
 */
export function encodeInputs(encoding: Encoding, examples: readonly Pick<Example, "kind" | "input">[]): Inputs {
  if (encoding === "hashed-ngrams/1") {
    const bags = hashNgramsBatch(examples.map(textOf));
    return { kind: "bags", ids: bags.ids, offsets: bags.offsets };
  }
  const images = examples.map(imageOf);
  const width = images[0] === undefined ? 0 : images[0].pixels.length;
  const values = new Float32Array(images.length * width);
  for (const [row, image] of images.entries()) {
    if (shapeOf(image) !== shapeOf(images[0]!)) {
      throw new InputError("an image has another size than those before it", {
        value: `${shapeOf(image)} at row ${row}`,
        limit: `${shapeOf(images[0]!)}, as the first one`,
        remedy: "Scale all images of a Datanet to one size, or leave this contribution out.",
      });
    }
    for (let i = 0; i < width; i++) values[row * width + i] = image.pixels[i]! / 255;
  }
  return { kind: "dense", values, width };
}

/** Examples whose label the plan knows, as rows. @throws InputError for a label that it does not know */
export function labelledRows(plan: Pick<Plan, "encoding" | "labels">, examples: readonly Example[]): LabelledRows {
  const classes = new Map(plan.labels.map((label, i) => [label, i]));
  const labels = Int32Array.from(examples, (example) => {
    const index = classes.get(example.label);
    if (index !== undefined) return index;
    throw new InputError("an example has a label that the version does not know", {
      value: example.label,
      limit: `one of ${plan.labels.length} labels`,
    });
  });
  return { inputs: encodeInputs(plan.encoding, examples), labels };
}

/** The recipe's input for this encoding. */
export function inputOf(encoding: Encoding, examples: readonly Example[]): Recipe["input"] {
  if (encoding === "hashed-ngrams/1") return { kind: "bags", buckets: NGRAM_BUCKETS };
  const { width, height, channels } = imageOf(examples[0]!);
  return { kind: "image", height, width, channels };
}

function textOf(example: Pick<Example, "kind" | "input">): string {
  if (typeof example.input === "string") return example.input;
  throw new InputError("a text is needed, not an image", { limit: "examples of one kind in a version" });
}

function shapeOf({ width, height, channels }: Image): string {
  return `${width} × ${height} × ${channels}`;
}

function imageOf(example: Pick<Example, "kind" | "input">) {
  if (typeof example.input !== "string") return example.input;
  throw new InputError("an image is needed, not a text", { limit: "examples of one kind in a version" });
}
