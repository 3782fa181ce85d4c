import { DataError } from "./errors.ts";
import type { AnyExample, ImageExample } from "./example.ts";
import { IMAGE_HEADER_BYTES, IMAGE_MAGIC, canonicalBytes, imageExample, rowExample, textExample } from "./example.ts";
import { documentExample, pairExample } from "./written/written.ts";

const NEWLINE = 0x0a;

/**
 * The file of a contribution's examples, in order: for images one canonical record after the other (each states its own
 * length), for everything else one canonical JSON object per line (a JSONL file).
 *
 * @throws DataError `example-invalid` when the batch is empty or mixes kinds.
 */
export function encodeBatch(examples: readonly AnyExample[]): Uint8Array {
  const kind = examples[0]?.kind;
  if (kind === undefined || examples.some((example) => example.kind !== kind)) {
    throw new DataError({
      code: "example-invalid",
      value: kind === undefined ? "an empty batch" : "a batch of several kinds",
      limit: "a batch holds one or more examples of one kind",
      remedy: "submit each kind by itself",
    });
  }
  const records = examples.map(canonicalBytes);
  if (kind === "image") return Buffer.concat(records);
  return Buffer.concat(records.flatMap((record) => [record, Buffer.of(NEWLINE)]));
}

/**
 * The examples of a batch file. Accepts exactly what {@link encodeBatch} writes, so a file has one meaning and a
 * meaning has one file.
 *
 * @param file name for messages.
 * @throws DataError `file-malformed` at the first record (1-based) that is not canonical.
 */
export function decodeBatch(bytes: Uint8Array, file: string): AnyExample[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const examples: AnyExample[] = [];
  let at = 0;
  while (at < buffer.length) {
    const decode = buffer[0] === IMAGE_MAGIC.charCodeAt(0) ? decodeImage : decodeLine;
    const row = examples.length + 1;
    const example = decode(buffer, at, file, row);
    const record = canonicalBytes(example);
    if (!buffer.subarray(at, at + record.length).equals(record)) {
      throw malformed("a record that is not in canonical form", file, row);
    }
    at += record.length;
    if (example.kind !== "image" && buffer[at++] !== NEWLINE) throw malformed("no line end after a record", file, row);
    examples.push(example);
  }
  if (examples.length === 0) throw malformed("an empty file", file, 1);
  return examples;
}

function decodeLine(buffer: Buffer, at: number, file: string, row: number): AnyExample {
  const end = buffer.indexOf(NEWLINE, at);
  const line = buffer.toString("utf8", at, end < 0 ? buffer.length : end);
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw malformed("a line that is not JSON", file, row);
  }
  if (typeof value !== "object" || value === null) throw malformed("a line that is no object", file, row);
  const fields = value as Readonly<Record<string, unknown>>;
  return located(() => exampleOf(fields), file, row);
}

/** A field that is missing, or of another type, is refused by the constructors; one too many by the comparison of the bytes. */
function exampleOf(fields: Readonly<Record<string, unknown>>): AnyExample {
  const { text, language, source } = fields;
  switch (fields["kind"]) {
    case "document":
      return documentExample({ title: fields["title"], text, language, source });
    case "pair":
      return pairExample({ question: fields["question"], passage: fields["passage"], language, source });
    case "row":
      return rowExample(fields["input"], fields["label"]);
    default:
      return textExample(fields["input"], fields["label"]);
  }
}

function decodeImage(buffer: Buffer, at: number, file: string, row: number): ImageExample {
  if (buffer.length - at < IMAGE_HEADER_BYTES) throw malformed("a truncated image header", file, row);
  const width = buffer.readUInt16BE(at + 4);
  const height = buffer.readUInt16BE(at + 6);
  const channels = buffer.readUInt8(at + 8);
  const labelEnd = at + IMAGE_HEADER_BYTES + buffer.readUInt16BE(at + 9);
  const label = buffer.toString("utf8", at + IMAGE_HEADER_BYTES, labelEnd);
  const pixels = Uint8Array.from(buffer.subarray(labelEnd, labelEnd + width * height * channels));
  return located(() => imageExample({ width, height, channels, pixels }, label), file, row);
}

function located<T>(make: () => T, file: string, row: number): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof DataError) throw new DataError(error.problem, { file, row });
    throw error;
  }
}

function malformed(value: string, file: string, row: number): DataError {
  return new DataError(
    {
      code: "file-malformed",
      value,
      limit: "a batch file holds canonical examples only",
      remedy: "write it with encodeBatch or fetch it again",
    },
    { file, row },
  );
}
