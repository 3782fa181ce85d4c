import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import { parquetMetadata, parquetSchema } from "hyparquet";
import type { Compressors, FileMetaData } from "hyparquet";
import { readColumn } from "hyparquet/src/column.js";
import { DEFAULT_PARSERS } from "hyparquet/src/convert.js";
import { parquetPlan } from "hyparquet/src/plan.js";
import { getTreePath, isFlatColumn } from "hyparquet/src/schema.js";
import { flatten } from "hyparquet/src/utils.js";
import { z } from "zod";
import { DataError } from "../errors.ts";
import type { Table, TableRow } from "./table.ts";

const MAGIC = "PAR1";

/** Snappy, which most files use, hyparquet has itself. */
const COMPRESSORS: Compressors = {
  GZIP: (input) => gunzipSync(input),
  BROTLI: (input) => brotliDecompressSync(input),
  // Node 22.13 and 22.14 have no Zstandard.
  ...(typeof zstdDecompressSync === "function" && { ZSTD: (input: Uint8Array) => zstdDecompressSync(input) }),
};

/** What Hugging Face's datasets says of its columns in a file's metadata. */
const huggingFace = z.object({
  info: z.object({ features: z.record(z.string(), z.object({ names: z.array(z.string()).optional() }).loose()) }),
});

export function isParquet(bytes: Buffer): boolean {
  return bytes.toString("latin1", 0, MAGIC.length) === MAGIC;
}

/**
 * The table of a Parquet file. Columns of lists and structures are left out. Numbers that the file names (Hugging Face's ClassLabel) get their names.
 * Everything is in memory, so reading needs no promises and files of every format are read alike.
 *
 * @throws DataError `file-malformed` for a damaged file or a compression that is not read
 */
export function readParquetTable(file: string, bytes: Buffer): Table {
  const { buffer } = Uint8Array.from(bytes);
  try {
    const metadata = parquetMetadata(buffer);
    return { format: "Parquet", ...readRows(buffer, metadata), classNames: classNamesOf(metadata) };
  } catch (error) {
    throw new DataError(
      {
        code: "file-malformed",
        value: `a Parquet file that cannot be read: ${error instanceof Error ? error.message : String(error)}`,
        limit: "a whole file, compressed with Snappy, gzip, Brotli or Zstandard or not at all",
        remedy: 'fetch it again, or write it again: frame.to_parquet("rows.parquet")',
      },
      { file },
    );
  }
}

function readRows(buffer: ArrayBuffer, metadata: FileMetaData): Pick<Table, "rows" | "notes"> {
  const tree = parquetSchema(metadata);
  const nested = new Set<string>();
  const rows: TableRow[] = [];
  const file = { byteLength: buffer.byteLength, slice: (from: number, to?: number) => buffer.slice(from, to) };
  for (const group of parquetPlan({ metadata, file }).groups) {
    const columns = group.chunks.flatMap(({ columnMetadata, range }): [string, ArrayLike<unknown>][] => {
      const path = columnMetadata.path_in_schema;
      const schemaPath = getTreePath(tree, path);
      if (path.length > 1 || !isFlatColumn(schemaPath)) {
        nested.add(path[0]!);
        return [];
      }
      const decoder: Parameters<typeof readColumn>[2] = {
        ...columnMetadata,
        pathInSchema: path,
        element: schemaPath.at(-1).element,
        schemaPath,
        parsers: DEFAULT_PARSERS,
        compressors: COMPRESSORS,
      };
      const reader = { view: new DataView(buffer.slice(range.startByte, range.endByte)), offset: 0 };
      return [[path[0]!, flatten(readColumn(reader, group, decoder).data)]];
    });
    for (let i = 0; i < group.groupRows; i++) {
      const fields = Object.fromEntries(columns.map(([name, values]) => [name, values[i]]));
      rows.push({ row: rows.length + 1, fields });
    }
  }
  const notes = [...nested].map((name) => `the column "${name}" holds lists or structures and is left out`);
  return { rows, notes };
}

function classNamesOf({ key_value_metadata: pairs = [] }: FileMetaData): Map<string, readonly string[]> {
  const value = pairs.find(({ key }) => key === "huggingface")?.value;
  if (value === undefined) return new Map();
  const described = huggingFace.safeParse(JSON.parse(value));
  if (!described.success) return new Map();
  const features = Object.entries(described.data.info.features);
  return new Map(features.flatMap(([name, { names }]) => (names === undefined ? [] : [[name, names] as const])));
}
