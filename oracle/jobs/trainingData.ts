import { InputError } from "../common/errors.ts";
import type { Example, Image, Question } from "../data/example.ts";
import { encodeRows, rowEncodingOf, rowWidth } from "../data/tabular/rowEncoding.ts";
import type { RowInput } from "../data/tabular/rowInput.ts";
import { hashNgramsBatch, NGRAM_BUCKETS } from "../data/hashedNgrams.ts";
import type { Encoder } from "../model/answers/encoder.ts";
import type { Inputs, LabelledRows } from "../model/rows.ts";
import type { Recipe } from "../model/recipe.ts";
import type { Context } from "./context.ts";
import type { Plan } from "./versionFiles.ts";

export type Encoding = Plan["encoding"];

/**
 * How training examples of the first one's kind are encoded.
 *
 * @param base hash of a pretrained encoder
 * @throws InputError for images and rows with one, and for rows mixed with others
 */
export function encodingOf(examples: readonly Question[], base?: string): Encoding {
  const { kind } = examples[0]!;
  if (base === undefined) {
    if (kind === "row") return rowEncodingOf(examples.map(rowOf));
    return kind === "text" ? "hashed-ngrams/1" : "grey-image/1";
  }
  if (kind === "text") return { kind: "base-vector/1", base };
  throw new InputError("a base reads texts", { value: kind, remedy: "Leave --base away." });
}

/**
 * Opens the base of a plan and reads the texts with it, which takes a millisecond a token unless they were read before; undefined for a plan without one.
 *
 * @throws InputError for images; as `BaseEncoders.open`
 */
export async function openBaseOf(
  { encoding }: Pick<Plan, "encoding">,
  { bases }: Pick<Context, "bases">,
  sets: readonly { readonly examples: readonly Question[] }[],
): Promise<Encoder | undefined> {
  if (!standsOnBase(encoding)) return undefined;
  const base = await bases.open(encoding.base);
  await base.prepare(sets.flatMap(({ examples }) => examples.map(textOf)));
  return base;
}

/**
 * The network's input for examples of one kind. Pixels are scaled to 0 … 1, vectors of a base to elements whose mean square is 1,
 * numbers of rows by their deviation.
 *
 * @param base of an encoding that names one
 * @throws InputError when kinds of examples, or images of several sizes, are mixed.
 */
export function encodeInputs(encoding: Encoding, examples: readonly Question[], base?: Encoder): Inputs {
  if (standsOnBase(encoding)) {
    const opened = requireBase(encoding, base);
    const scale = Math.sqrt(opened.dimension);
    const values = opened.encode(examples.map(textOf)).map((value) => value * scale);
    return { kind: "dense", values, width: opened.dimension };
  }
  if (encoding === "hashed-ngrams/1") {
    const bags = hashNgramsBatch(examples.map(textOf));
    return { kind: "bags", ids: bags.ids, offsets: bags.offsets };
  }
  if (typeof encoding !== "string") {
    return { kind: "dense", values: encodeRows(encoding, examples.map(rowOf)), width: rowWidth(encoding) };
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
export function labelledRows(
  plan: Pick<Plan, "encoding" | "labels">,
  examples: readonly Example[],
  base?: Encoder,
): LabelledRows {
  const classes = new Map(plan.labels.map((label, i) => [label, i]));
  const labels = Int32Array.from(examples, (example) => {
    const index = classes.get(example.label);
    if (index !== undefined) return index;
    throw new InputError("an example has a label that the version does not know", {
      value: example.label,
      limit: `one of ${plan.labels.length} labels`,
    });
  });
  return { inputs: encodeInputs(plan.encoding, examples, base), labels };
}

/** The recipe's input for this encoding. */
export function inputOf(encoding: Encoding, examples: readonly Example[], base?: Encoder): Recipe["input"] {
  if (standsOnBase(encoding)) return { kind: "dense", width: requireBase(encoding, base).dimension };
  if (encoding === "hashed-ngrams/1") return { kind: "bags", buckets: NGRAM_BUCKETS };
  if (typeof encoding !== "string") return { kind: "dense", width: rowWidth(encoding) };
  const { width, height, channels } = imageOf(examples[0]!);
  return { kind: "image", height, width, channels };
}

type BaseEncoding = Extract<Encoding, { readonly kind: "base-vector/1" }>;

/** Whether inputs are vectors of a pretrained encoder. */
export function standsOnBase(encoding: Encoding): encoding is BaseEncoding {
  return typeof encoding !== "string" && encoding.kind === "base-vector/1";
}

function requireBase({ base }: BaseEncoding, opened: Encoder | undefined): Encoder {
  if (opened !== undefined) return opened;
  throw new TypeError(`inputs are made by the base ${base}, which was not opened`);
}

function textOf(example: Question): string {
  return example.kind === "text" ? example.input : mixed("text", example);
}

function shapeOf({ width, height, channels }: Image): string {
  return `${width} × ${height} × ${channels}`;
}

function imageOf(example: Question): Image {
  return example.kind === "image" ? example.input : mixed("image", example);
}

function rowOf(example: Question): RowInput {
  return example.kind === "row" ? example.input : mixed("row", example);
}

function mixed(needed: Question["kind"], { kind }: Question): never {
  throw new InputError("a version is made of one kind of examples", {
    value: kind,
    limit: needed,
    remedy: "Leave its Datanet out, or train a version of its own on it.",
  });
}
