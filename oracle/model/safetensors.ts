import { z } from "zod";
import { ContentError } from "../common/errors.ts";
import { FLOAT_FORMATS } from "./floatFormats.ts";
import { littleEndianBytes } from "./weights.ts";
import type { Tensor, Weights } from "./weights.ts";

/** A file that is not a safetensors file of floating-point tensors. */
export class SafetensorsError extends ContentError {
  constructor(message: string) {
    super(`not a usable safetensors file: ${message}`);
  }
}

const LONGEST_HEADER = 100_000_000;

const entrySchema = z.strictObject({
  dtype: z.string(),
  shape: z.array(z.number().int().nonnegative()),
  data_offsets: z.tuple([z.number().int().nonnegative(), z.number().int().nonnegative()]),
});
// Custom checks, as z.record leaves out a key named "__proto__", which a file may hold like any other.
const headerSchema = z.custom<Record<string, unknown>>(isMap);
const metadataSchema = z.custom<Record<string, string>>(
  (value) => isMap(value) && Object.values(value).every((entry) => typeof entry === "string"),
);

/**
 * Weights in the safetensors format, which PyTorch, JAX and others read: eight bytes of header length, a JSON header padded with spaces to
 * eight bytes, the tensors in their order as little-endian float32. The same weights and metadata give the same bytes.
 *
 * @param metadata strings to go with them, for example the recipe's hash
 */
export function encodeSafetensors(weights: Weights, metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  const header: [string, unknown][] = Object.keys(metadata).length > 0 ? [["__metadata__", metadata]] : [];
  let end = 0;
  for (const { name, shape, values } of weights) {
    header.push([name, { dtype: "F32", shape, data_offsets: [end, end + values.byteLength] }]);
    end += values.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const headerBytes = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(8 + headerBytes + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerBytes), true);
  bytes.fill(0x20, 8 + json.length, 8 + headerBytes);
  bytes.set(json, 8);
  let at = 8 + headerBytes;
  for (const { values } of weights) {
    bytes.set(littleEndianBytes(values), at);
    at += values.byteLength;
  }
  return bytes;
}

/**
 * Reads a safetensors file as float32 tensors, in the order of their data. Narrower floating-point numbers are widened, which loses nothing.
 * @param passedOver names of tensors that are not read, whatever they hold
 * @throws SafetensorsError naming the tensor and what is wrong with it
 */
export function decodeSafetensors(
  bytes: Uint8Array,
  passedOver: ReadonlySet<string> = new Set(),
): { weights: Weights; metadata: Record<string, string> } {
  const { header, data } = splitFile(bytes);
  const { __metadata__: rawMetadata = {}, ...entries } = header;
  const metadata = metadataSchema.safeParse(rawMetadata);
  if (!metadata.success) throw new SafetensorsError("__metadata__ is not a map of strings");
  const placed = Object.entries(entries).map(([name, entry]) => placedTensor(name, entry, data, passedOver.has(name)));
  placed.sort((a, b) => a.start - b.start);
  let end = 0;
  for (const { name, start, stop } of placed) {
    if (start !== end)
      throw new SafetensorsError(`tensor "${name}" starts at ${start}, not where the last one ends (${end})`);
    end = stop;
  }
  if (end !== data.byteLength) throw new SafetensorsError(`${data.byteLength - end} bytes belong to no tensor`);
  return { weights: placed.flatMap(({ tensor }) => tensor ?? []), metadata: metadata.data };
}

function splitFile(bytes: Uint8Array): { header: Record<string, unknown>; data: DataView } {
  if (bytes.length < 8) throw new SafetensorsError(`${bytes.length} bytes, shorter than the header's length field`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = Number(view.getBigUint64(0, true));
  if (length > LONGEST_HEADER || 8 + length > bytes.length) {
    throw new SafetensorsError(`a header of ${length} bytes in a file of ${bytes.length}`);
  }
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(8, 8 + length));
    const header = headerSchema.parse(JSON.parse(text));
    return { header, data: new DataView(bytes.buffer, bytes.byteOffset + 8 + length, bytes.byteLength - 8 - length) };
  } catch (cause) {
    throw new SafetensorsError(`the header is not a JSON object (${cause instanceof Error ? cause.message : "?"})`);
  }
}

interface PlacedTensor {
  readonly name: string;
  readonly start: number;
  readonly stop: number;
  /** Missing when it is passed over. */
  readonly tensor?: Tensor;
}

function placedTensor(name: string, raw: unknown, data: DataView, passOver: boolean): PlacedTensor {
  const entry = entrySchema.safeParse(raw);
  if (!entry.success) throw new SafetensorsError(`tensor "${name}" has no dtype, shape and data_offsets`);
  const { dtype, shape, data_offsets: [start, stop] } = entry.data; // prettier-ignore
  if (passOver) return { name, start, stop };
  const format = FLOAT_FORMATS.get(dtype);
  if (format === undefined) throw new SafetensorsError(`tensor "${name}" is ${dtype}: convert it to F32`);
  const elements = shape.reduce((product, size) => product * size, 1);
  if (stop - start !== format.bytes * elements || stop > data.byteLength) {
    throw new SafetensorsError(
      `tensor "${name}" of shape [${shape.join(", ")}] lies at ${start}–${stop} of ${data.byteLength} bytes`,
    );
  }
  const values = new Float32Array(elements);
  for (let i = 0; i < elements; i++) values[i] = format.read(data, start + format.bytes * i);
  return { name, start, stop, tensor: { name, shape, values } };
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
