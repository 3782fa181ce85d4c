import { writeFileSync } from "node:fs";

/**
 * NumPy's .npy, format version 1.0, little-endian, C order: `numpy.load` reads it.
 *
 * @param shape product = number of values
 */
export function encodeNpy(values: Float32Array | Float64Array | Int32Array, shape: readonly number[]): Uint8Array {
  const count = shape.reduce((product, n) => product * n, 1);
  if (count !== values.length)
    throw new RangeError(`shape ${shape.join(" x ")} needs ${count} values, not ${values.length}`);
  const type = values instanceof Float32Array ? "<f4" : values instanceof Float64Array ? "<f8" : "<i4";
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const dictionary = `{'descr': '${type}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const prefix = 10;
  // The header ends in a line feed and on a multiple of 64 bytes.
  const header = dictionary.padEnd(Math.ceil((prefix + dictionary.length + 1) / 64) * 64 - prefix - 1) + "\n";
  const bytes = new Uint8Array(prefix + header.length + values.byteLength);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length & 0xff, header.length >> 8]);
  bytes.set(new TextEncoder().encode(header), prefix);
  bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), prefix + header.length);
  return bytes;
}

export function writeNpy(
  file: string,
  values: Float32Array | Float64Array | Int32Array,
  shape: readonly number[],
): void {
  writeFileSync(file, encodeNpy(values, shape));
}
