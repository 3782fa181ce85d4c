import { DataError } from "../errors.ts";
import type { ImageExample } from "../example.ts";
import { imageExample } from "../example.ts";
import { readBytes } from "./bytes.ts";
import type { RowPolicy } from "./rows.ts";
import { goodRow, malformedRow } from "./rows.ts";

/** Type code of unsigned bytes, the only one that images and labels use. */
const UNSIGNED_BYTE = 0x08;

/** An IDX array of unsigned bytes (LeCun's format: 0, 0, type, rank, sizes as big-endian uint32, values). */
export interface IdxArray {
  /** Sizes, slowest first. */
  readonly shape: readonly number[];
  /** Length: product of the shape. */
  readonly values: Uint8Array;
}

/** @throws DataError `file-malformed` when the magic, the type or the length is wrong. */
export function readIdx(file: string): IdxArray {
  const bytes = readBytes(file);
  if (bytes.length < 4 || bytes.readUInt16BE(0) !== 0) {
    throw malformed(file, `the file begins with ${bytes.toString("hex", 0, 4)}`, "IDX begins with two zero bytes");
  }
  if (bytes[2] !== UNSIGNED_BYTE) {
    throw malformed(file, `the value type is 0x${bytes.toString("hex", 2, 3)}`, "values are unsigned bytes (0x08)");
  }
  const rank = bytes[3]!;
  const header = 4 + 4 * rank;
  if (rank === 0 || bytes.length < header) throw malformed(file, `rank ${rank}`, "sizes follow the first 4 bytes");
  const shape = Array.from({ length: rank }, (_, axis) => bytes.readUInt32BE(4 + 4 * axis));
  const expected = shape.reduce((product, size) => product * size, 1);
  if (bytes.length - header !== expected) {
    throw malformed(file, `${bytes.length - header} values`, `the sizes ${shape.join(" × ")} need ${expected}`);
  }
  return { shape, values: new Uint8Array(bytes.buffer, bytes.byteOffset + header, expected) };
}

/**
 * Image examples of an IDX pair: images (n × height × width, or n × height × width × channels) and n labels, which
 * become the strings "0" … "255".
 *
 * @param classes number of classes: a label must be smaller.
 * @throws DataError `file-malformed` when the shapes do not fit; with the item at the first bad label, unless the
 * policy skips bad rows.
 */
export function readIdxExamples(
  imagesFile: string,
  labelsFile: string,
  classes: number,
  policy: RowPolicy,
): ImageExample[] {
  const images = readIdx(imagesFile);
  const labels = readIdx(labelsFile);
  const [count, height, width, channels = 1] = images.shape;
  if (count === undefined || height === undefined || width === undefined || images.shape.length > 4) {
    throw malformed(imagesFile, `rank ${images.shape.length}`, "images have 3 sizes, or 4 with channels");
  }
  if (labels.shape.length !== 1 || labels.shape[0] !== count) {
    throw malformed(labelsFile, `sizes ${labels.shape.join(" × ")}`, `${count} images need ${count} labels`);
  }
  const size = height * width * channels;
  const examples: ImageExample[] = [];
  for (let i = 0; i < count; i++) {
    const example = goodRow(policy, labelsFile, i + 1, () => {
      const label = labels.values[i]!;
      if (label >= classes) {
        throw malformedRow(
          `label ${label}`,
          `labels are 0 to ${classes - 1}`,
          "correct the label or leave the row out",
        );
      }
      const pixels = images.values.slice(i * size, (i + 1) * size);
      return imageExample({ width, height, channels, pixels }, String(label));
    });
    if (example !== undefined) examples.push(example);
  }
  return examples;
}

function malformed(file: string, value: string, limit: string): DataError {
  return new DataError({ code: "file-malformed", value, limit, remedy: "fetch or write the file again" }, { file });
}
