import type { Example, ImageExample, RowExample, TextExample } from "../example.ts";
import { exampleHash } from "../example.ts";
import { normaliseText } from "../normaliseText.ts";
import { rowInputJson } from "../tabular/rowInput.ts";
import type { LeaderIndex } from "./leaders.ts";
import { createLeaderIndex } from "./leaders.ts";
import { jaccard, minHashBuckets, shinglesOf } from "./minHash.ts";
import type { Vector } from "./simHash.ts";
import { cosine, createSimHash } from "./simHash.ts";

/** Texts whose sets of 4-grams have at least this Jaccard similarity are one. */
export const SIMILAR_TEXT = 0.8;
/** Images, or feature vectors, with at least this cosine are one. */
export const SIMILAR_VECTOR = 0.98;

/** Why a row counts as a repetition of an earlier one. */
export interface DuplicateEvidence {
  /** The repetition: its position in the order of registration. */
  readonly row: number;
  /** The row that it repeats: earlier, and itself kept. Rows with one original form a cluster with it. */
  readonly original: number;
  /** Equal canonical bytes, equal normalised text, similar text, similar pixels or features, equal values in all columns. */
  readonly reason: "same-bytes" | "same-text" | "similar-text" | "similar-vector" | "same-row";
  /** 1, the Jaccard similarity or the cosine. */
  readonly similarity: number;
}

/** Every row is either kept or stands in the evidence; both ascend. */
export interface Duplicates {
  readonly kept: readonly number[];
  readonly evidence: readonly DuplicateEvidence[];
}

export interface DuplicateIndex {
  /** Adds the next row: the evidence against it, or undefined when it is new and therefore kept. */
  add(example: Example): DuplicateEvidence | undefined;
  /** Whether an example that is not added repeats one of those that were. */
  has(example: Example): boolean;
}

/**
 * Finds examples that repeat earlier ones: one cluster, one row in training, the earliest registered wins. Inputs are
 * compared whatever their labels say, so a copy under another label is a copy. No randomness; linear in the rows.
 */
export function createDuplicateIndex(): DuplicateIndex {
  const byHash = new Map<string, number>();
  const byText = new Map<string, number>();
  const texts = createLeaderIndex(minHashBuckets, jaccard, SIMILAR_TEXT);
  const byRow = new Map<string, number>();
  const imagesByShape = new Map<string, LeaderIndex<Vector>>();
  let rows = 0;

  function addText(row: number, example: TextExample): DuplicateEvidence | undefined {
    const text = normaliseText(example.input);
    const same = byText.get(text);
    if (same !== undefined) return { row, original: same, reason: "same-text", similarity: 1 };
    const match = texts.place(row, shinglesOf(text));
    byText.set(text, match?.original ?? row);
    return match && { row, ...match, reason: "similar-text" };
  }

  function addImage(row: number, example: ImageExample): DuplicateEvidence | undefined {
    const match = imagesLike(example).place(row, example.input.pixels);
    return match && { row, ...match, reason: "similar-vector" };
  }

  /** Rows that are much alike are different people or things: only equal ones repeat each other. */
  function addTableRow(row: number, example: RowExample): DuplicateEvidence | undefined {
    const key = rowInputJson(example.input);
    const same = byRow.get(key);
    if (same !== undefined) return { row, original: same, reason: "same-row", similarity: 1 };
    byRow.set(key, row);
    return undefined;
  }

  function addNew(row: number, example: Example): DuplicateEvidence | undefined {
    if (example.kind === "row") return addTableRow(row, example);
    return example.kind === "text" ? addText(row, example) : addImage(row, example);
  }

  function imagesLike({ input: { width, height, channels, pixels } }: ImageExample): LeaderIndex<Vector> {
    const shape = `${width}×${height}×${channels}`;
    let images = imagesByShape.get(shape);
    if (images === undefined) imagesByShape.set(shape, (images = createVectorIndex(pixels.length, SIMILAR_VECTOR)));
    return images;
  }

  return {
    has(example) {
      if (byHash.has(exampleHash(example))) return true;
      if (example.kind === "image") return imagesLike(example).find(example.input.pixels) !== undefined;
      if (example.kind === "row") return byRow.has(rowInputJson(example.input));
      const text = normaliseText(example.input);
      return byText.has(text) || texts.find(shinglesOf(text)) !== undefined;
    },
    add(example) {
      const row = rows++;
      const hash = exampleHash(example);
      const same = byHash.get(hash);
      if (same !== undefined) return { row, original: same, reason: "same-bytes", similarity: 1 };
      const evidence = addNew(row, example);
      byHash.set(hash, evidence?.original ?? row);
      return evidence;
    },
  };
}

/** {@link createDuplicateIndex} over all examples, in the order of their registration. */
export function findDuplicates(examples: Iterable<Example>): Duplicates {
  const index = createDuplicateIndex();
  return collect(examples, (_, example) => index.add(example));
}

/**
 * The same rule for feature vectors, for example a model's embeddings of the rows.
 *
 * @param vectors of one length, in the order of registration.
 */
export function findSimilarVectors(vectors: readonly Vector[], threshold = SIMILAR_VECTOR): Duplicates {
  const index = createVectorIndex(vectors[0]?.length ?? 0, threshold);
  return collect(vectors, (row, vector) => {
    const match = index.place(row, vector);
    return match && { row, ...match, reason: "similar-vector" };
  });
}

function createVectorIndex(length: number, threshold: number): LeaderIndex<Vector> {
  return createLeaderIndex(createSimHash(length), cosine, threshold);
}

function collect<T>(items: Iterable<T>, add: (row: number, item: T) => DuplicateEvidence | undefined): Duplicates {
  const kept: number[] = [];
  const evidence: DuplicateEvidence[] = [];
  let row = 0;
  for (const item of items) {
    const found = add(row, item);
    if (found === undefined) kept.push(row);
    else evidence.push(found);
    row++;
  }
  return { kept, evidence };
}
