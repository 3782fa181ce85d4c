import { inflateRawSync } from "node:zlib";
import { ContentError } from "../../common/errors.ts";

const END = 0x06054b50;
const END_BYTES = 22;
const LONGEST_COMMENT = 0xffff;
const ENTRY = 0x02014b50;
const ENTRY_BYTES = 46;
const LOCAL = 0x04034b50;
const LOCAL_BYTES = 30;
const STORED = 0;
const DEFLATED = 8;

/** The files of an archive by path. */
export interface Archive {
  readonly paths: readonly string[];
  /** @throws ContentError for a path that is not there, and for a file that does not have the size that the archive states */
  read(path: string): Uint8Array;
}

/**
 * Opens a ZIP archive without encryption and below 4 GiB, as Python's wheels are.
 *
 * @throws ContentError for anything else
 */
export function openZip(bytes: Uint8Array): Archive {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = endOf(view);
  const entries = new Map<
    string,
    { readonly method: number; readonly packed: number; readonly size: number; readonly at: number }
  >();
  let at = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left > 0; left--) {
    if (at + ENTRY_BYTES > end || view.getUint32(at, true) !== ENTRY) throw broken("its directory is cut off");
    const nameBytes = view.getUint16(at + 28, true);
    const path = new TextDecoder().decode(bytes.subarray(at + ENTRY_BYTES, at + ENTRY_BYTES + nameBytes));
    entries.set(path, {
      method: view.getUint16(at + 10, true),
      packed: view.getUint32(at + 20, true),
      size: view.getUint32(at + 24, true),
      at: view.getUint32(at + 42, true),
    });
    at += ENTRY_BYTES + nameBytes + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return {
    paths: [...entries.keys()],
    read(path) {
      const entry = entries.get(path);
      if (entry === undefined) throw broken(`it has no file ${path}`);
      const { method, packed, size, at: start } = entry;
      if (start + LOCAL_BYTES > bytes.length || view.getUint32(start, true) !== LOCAL)
        throw broken(`${path} is cut off`);
      const data = start + LOCAL_BYTES + view.getUint16(start + 26, true) + view.getUint16(start + 28, true);
      const content = bytes.subarray(data, data + packed);
      const unpacked = method === STORED ? content : method === DEFLATED ? inflate(content, size, path) : undefined;
      if (unpacked === undefined) throw broken(`${path} is packed by method ${method}`);
      if (unpacked.length !== size) throw broken(`${path} has ${unpacked.length} bytes instead of ${size}`);
      return unpacked;
    },
  };
}

function endOf(view: DataView): number {
  const first = Math.max(0, view.byteLength - END_BYTES - LONGEST_COMMENT);
  for (let at = view.byteLength - END_BYTES; at >= first; at--) if (view.getUint32(at, true) === END) return at;
  throw broken("its directory is missing");
}

function inflate(content: Uint8Array, size: number, path: string): Uint8Array {
  try {
    return inflateRawSync(content, { maxOutputLength: Math.max(1, size) });
  } catch (cause) {
    throw broken(`${path} cannot be unpacked`, cause);
  }
}

function broken(problem: string, cause?: unknown): ContentError {
  return new ContentError(`the ZIP archive cannot be read: ${problem}`, {
    limit: "files that are stored or deflated, not encrypted, below 4 GiB",
    cause,
  });
}
