import { existsSync, readFileSync, statSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { DataError } from "../errors.ts";

/** Largest file that is read, and the most a compressed one may unpack to. */
export const MAX_FILE_BYTES = 1 << 30;

const GZIP_MAGIC = [0x1f, 0x8b] as const;

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

/** The file as text. @throws DataError as {@link readBytes}, and `file-malformed` when it is not UTF-8. */
export function readText(file: string): string {
  const bytes = readBytes(file);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw problem(
      file,
      "file-malformed",
      `line ${lineOfBadByte(bytes)} is not UTF-8`,
      "text files are UTF-8",
      "convert it, for example with iconv -t UTF-8",
    );
  }
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
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let line = 1;
  for (let start = 0; start < bytes.length; line++) {
    const newline = bytes.indexOf(0x0a, start);
    const end = newline < 0 ? bytes.length : newline + 1;
    try {
      decoder.decode(bytes.subarray(start, end));
    } catch {
      return line;
    }
    start = end;
  }
  return line;
}

function tooLarge(file: string, value: string): DataError {
  return problem(
    file,
    "file-too-large",
    value,
    `at most ${MAX_FILE_BYTES} bytes are read`,
    "split it into several files",
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
