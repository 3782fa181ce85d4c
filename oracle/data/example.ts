import { createHash } from "node:crypto";
import { checkedText, MAX_LABEL_LENGTH, MAX_TEXT_LENGTH } from "./checkedText.ts";
import { DataError } from "./errors.ts";
import type { ExampleMeta } from "./exampleMeta.ts";
import { checkedRowInput, rowInputJson, type RowInput } from "./tabular/rowInput.ts";
import { type WrittenExample, writtenBytes } from "./written/written.ts";

/** Most pixel bytes of one image: width × height × channels. */
export const MAX_IMAGE_BYTES = 1 << 24;

export interface TextExample {
  readonly kind: "text";
  readonly input: string;
  readonly label: string;
  readonly meta: ExampleMeta;
}

export interface Image {
  /** Columns, 1 to 65,535. */
  readonly width: number;
  /** Rows, 1 to 65,535. */
  readonly height: number;
  /** Bytes per pixel, 1 to 255: 1 grey, 3 RGB, 4 RGBA. */
  readonly channels: number;
  /** Row-major, channels interleaved; length width × height × channels; 0 to 255. */
  readonly pixels: Uint8Array;
}

export interface ImageExample {
  readonly kind: "image";
  readonly input: Image;
  readonly label: string;
  readonly meta: ExampleMeta;
}

/** A row of a table: what its columns say, and the category in the one to be foretold. */
export interface RowExample {
  readonly kind: "row";
  readonly input: RowInput;
  readonly label: string;
  readonly meta: ExampleMeta;
}

/** One labelled example: what a classifier is trained on. */
export type Example = TextExample | ImageExample | RowExample;

type Asked<E> = E extends Example ? Pick<E, "kind" | "input"> : never;

/** What a network reads of an example. */
export type Question = Asked<Example>;

/** Whatever a Datanet holds: the unit that is hashed, deduplicated and trained on. */
export type AnyExample = Example | WrittenExample;

/** A 32-byte hash as 0x and 64 lower-case hex digits. */
export type Hash32 = `0x${string}`;

/**
 * A checked text example.
 *
 * @throws DataError `example-invalid` when the input is not a well-formed, non-blank string of at most
 * {@link MAX_TEXT_LENGTH}, or the label not one of at most {@link MAX_LABEL_LENGTH}.
 */
export function textExample(input: unknown, label: unknown, meta: ExampleMeta = {}): TextExample {
  return {
    kind: "text",
    input: checkedText("text", input, MAX_TEXT_LENGTH),
    label: checkedText("label", label, MAX_LABEL_LENGTH),
    meta,
  };
}

/**
 * A checked image example.
 *
 * @throws DataError `example-invalid` when a dimension is out of range or the number of pixel bytes does not match.
 */
export function imageExample(input: Image, label: unknown, meta: ExampleMeta = {}): ImageExample {
  const { width, height, channels, pixels } = input;
  checkedInteger("width", width, 0xffff);
  checkedInteger("height", height, 0xffff);
  checkedInteger("channels", channels, 0xff);
  const size = width * height * channels;
  if (size > MAX_IMAGE_BYTES) {
    throw invalid(
      `an image of ${width} × ${height} × ${channels} bytes`,
      `at most ${MAX_IMAGE_BYTES} bytes`,
      "scale it down",
    );
  }
  if (pixels.length !== size) {
    throw invalid(
      `${pixels.length} pixel bytes`,
      `${width} × ${height} × ${channels} needs ${size}`,
      "pass every pixel",
    );
  }
  return { kind: "image", input, label: checkedText("label", label, MAX_LABEL_LENGTH), meta };
}

/**
 * A checked row of a table. A column that is left out is a missing value.
 *
 * @throws DataError `example-invalid` as {@link checkedRowInput}, and for the label
 */
export function rowExample(input: unknown, label: unknown, meta: ExampleMeta = {}): RowExample {
  return { kind: "row", input: checkedRowInput(input), label: checkedText("label", label, MAX_LABEL_LENGTH), meta };
}

/**
 * The bytes that stand for an example in hashes and files. No `meta`.
 *
 * - text: canonical JSON (RFC 8785) `{"input":…,"kind":"text","label":…}` in UTF-8.
 * - image: `"OLI1"`, width and height as uint16, channels as uint8, byte length of the label as uint16 (big-endian),
 *   the label in UTF-8, the pixels.
 * - row: canonical JSON `{"input":{"column":value,…},"kind":"row","label":…}`, the columns in code-unit order.
 * - document, pair: {@link writtenBytes}.
 */
export function canonicalBytes(example: AnyExample): Uint8Array {
  if (isWritten(example)) return writtenBytes(example);
  if (example.kind === "text") {
    // Keys in code-unit order and JSON.stringify's string escapes are exactly what RFC 8785 prescribes.
    return Buffer.from(JSON.stringify({ input: example.input, kind: "text", label: example.label }));
  }
  if (example.kind === "row") {
    return Buffer.from(
      `{"input":${rowInputJson(example.input)},"kind":"row","label":${JSON.stringify(example.label)}}`,
    );
  }
  const { width, height, channels, pixels } = example.input;
  const label = Buffer.from(example.label);
  const bytes = Buffer.alloc(IMAGE_HEADER_BYTES + label.length + pixels.length);
  bytes.write(IMAGE_MAGIC, 0, "latin1");
  bytes.writeUInt16BE(width, 4);
  bytes.writeUInt16BE(height, 6);
  bytes.writeUInt8(channels, 8);
  bytes.writeUInt16BE(label.length, 9);
  label.copy(bytes, IMAGE_HEADER_BYTES);
  bytes.set(pixels, IMAGE_HEADER_BYTES + label.length);
  return bytes;
}

/** Whether an example has no label: a document, or a question with its passage. */
export function isWritten(example: AnyExample): example is WrittenExample {
  return !("label" in example);
}

/** What a contribution with this example is about: its label, or where it comes from. */
export function subjectOf(example: AnyExample): string {
  return isWritten(example) ? example.source : example.label;
}

/** SHA-256 of the canonical bytes: the value inside a contribution's content leaf. */
export function exampleHash(example: AnyExample): Hash32 {
  return `0x${createHash("sha256").update(canonicalBytes(example)).digest("hex")}`;
}

export const IMAGE_MAGIC = "OLI1";
export const IMAGE_HEADER_BYTES = 11;

function checkedInteger(what: string, value: number, largest: number): void {
  if (!Number.isInteger(value) || value < 1 || value > largest) {
    throw invalid(`${what} is ${value}`, `an integer of 1 to ${largest}`, "correct the image's dimensions");
  }
}

function invalid(value: string, limit: string, remedy: string): DataError {
  return new DataError({ code: "example-invalid", value, limit, remedy });
}
