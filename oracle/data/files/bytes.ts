import { constants, isUtf8 } from "node:buffer";
import { existsSync, readFileSync, statSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { DataError } from "../errors.ts";
import { lineEnds } from "./lines.ts";
import { foreignFormat, WEB_PAGE } from "./signatures.ts";

/** Largest file that is read, and the most a compressed one may unpack to: what V8 holds in one string, 512 MiB. */
export const MAX_FILE_BYTES = constants.MAX_STRING_LENGTH;

const GZIP_MAGIC = [0x1f, 0x8b] as const;
const BYTE_ORDER_MARKS = [
  { encoding: "utf-16le", mark: Buffer.of(0xff, 0xfe) },
  { encoding: "utf-16be", mark: Buffer.of(0xfe, 0xff) },
] as const;
const UTF8_MARK = Buffer.of(0xef, 0xbb, 0xbf);
/** Bytes that are decoded from UTF-16 at a time. */
const CHUNK = 1 << 24;

/**
 * Contents of a file, unpacked when it is gzip.
 *
 * @throws DataError `file-missing`, `file-empty`, `file-too-large`, or `file-malformed` for broken gzip.
 */
export function readBytes(file: string): Buffer {
  if (!existsSync(file) || !statSync(file).isFile()) {
    throw problem(file, "file-missing", "there is no such file", "a loader reads one regular file", "check the path");
  }
  const size = statSync(file).size;
  if (size > MAX_FILE_BYTES) throw tooLarge(file, `the file has ${size} bytes`);
  const raw = readFileSync(file);
  const bytes = raw[0] === GZIP_MAGIC[0] && raw[1] === GZIP_MAGIC[1] ? unpacked(file, raw) : raw;
  if (bytes.length === 0) {
    throw problem(
      file,
      "file-empty",
      "the file is empty",
      "a data file has at least one row",
      "put rows in it or leave it out",
    );
  }
  return bytes;
}

/**
 * The bytes of a text file in UTF-8, without a byte order mark. UTF-16 is converted.
 *
 * @throws DataError as {@link readBytes}, and `file-malformed` for what is no text, by its true name, or in another encoding.
 */
export function readTextBytes(file: string): Buffer {
  return textBytes(file, readBytes(file));
}

/** The same for bytes that have been read. @param webPage whether a web page is wanted, instead of refused */
export function textBytes(file: string, bytes: Buffer, webPage = false): Buffer {
  const wide = BYTE_ORDER_MARKS.find(({ mark }) => bytes.subarray(0, 2).equals(mark));
  if (wide !== undefined) return fromUtf16(file, bytes, wide.encoding);
  const foreign = foreignFormat(bytes);
  if (foreign !== undefined && !(webPage && foreign.name === WEB_PAGE)) {
    throw problem(
      file,
      "file-malformed",
      `this is ${foreign.name}`,
      "rows are read from text and Parquet",
      foreign.remedy,
    );
  }
  if (isUtf8(bytes)) {
    const text = bytes.subarray(0, 3).equals(UTF8_MARK) ? bytes.subarray(3) : bytes;
    if (looksLikeUtf16(text)) {
      const remedy = "convert it, for example with iconv -f UTF-16LE -t UTF-8";
      throw problem(
        file,
        "file-malformed",
        "every other byte is 0: UTF-16 without a mark",
        "text files are UTF-8",
        remedy,
      );
    }
    return text;
  }
  throw problem(
    file,
    "file-malformed",
    `line ${lineOfBadByte(bytes)} is not UTF-8`,
    "text files are UTF-8",
    "convert it, for example with iconv -f WINDOWS-1252 -t UTF-8",
  );
}

/** The file as one string. @throws DataError as {@link readTextBytes} */
export function readText(file: string): string {
  return readTextBytes(file).toString("utf8");
}

function fromUtf16(file: string, bytes: Buffer, encoding: "utf-16le" | "utf-16be"): Buffer {
  const decoder = new TextDecoder(encoding, { fatal: true });
  const parts: Buffer[] = [];
  try {
    for (let at = 0; at < bytes.length; at += CHUNK) {
      const stream = at + CHUNK < bytes.length;
      parts.push(Buffer.from(decoder.decode(bytes.subarray(at, at + CHUNK), { stream })));
    }
  } catch {
    throw problem(file, "file-malformed", "it is damaged UTF-16", "text files are UTF-8 or UTF-16", "export it again");
  }
  return Buffer.concat(parts);
}

/** Characters of the Latin alphabet in UTF-16 are a letter and a zero. */
function looksLikeUtf16(bytes: Buffer): boolean {
  const head = bytes.subarray(0, 256);
  if (head.length < 4) return false;
  return [0, 1].some((parity) => {
    const half = head.filter((_, i) => i % 2 === parity);
    return half.filter((byte) => byte === 0).length > 0.6 * half.length;
  });
}

function unpacked(file: string, raw: Buffer): Buffer {
  try {
    return gunzipSync(raw, { maxOutputLength: MAX_FILE_BYTES });
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE") {
      throw tooLarge(file, "the file unpacks to more");
    }
    throw problem(
      file,
      "file-malformed",
      "the gzip stream is damaged",
      "gzip must unpack to its end",
      "fetch the file again",
    );
  }
}

function lineOfBadByte(bytes: Buffer): number {
  let line = 1;
  for (const { start, end } of lineEnds(bytes)) {
    if (!isUtf8(bytes.subarray(start, end))) return line;
    line++;
  }
  return line;
}

function tooLarge(file: string, value: string): DataError {
  return problem(
    file,
    "file-too-large",
    value,
    `at most ${MAX_FILE_BYTES} bytes are read`,
    "split it into several files, for example with split -n l/4",
  );
}

function problem(
  file: string,
  code: "file-missing" | "file-empty" | "file-too-large" | "file-malformed",
  value: string,
  limit: string,
  remedy: string,
): DataError {
  return new DataError({ code, value, limit, remedy }, { file });
}
