import { ContentError } from "../../common/errors.ts";

/** A value of a GGUF file's header. */
export type GgufValue = string | number | bigint | boolean | readonly GgufValue[];

/** A file of llama.cpp: values by names, and tensors. */
export interface Gguf {
  readonly values: ReadonlyMap<string, GgufValue>;
  /** The tensor in float32, a row for each output. @throws ContentError */
  tensor(name: string): Float32Array;
}

interface Placed {
  readonly elements: number;
  readonly kind: number;
  readonly offset: number;
}

const MAGIC = 0x46554747;
const VERSION = 3;
const ALIGNMENT = 32;
/** Elements of a block that share a scale. */
const BLOCK = 32;

/** Forms of tensors that are read: bytes of a block, and how it becomes float32. */
const FORMS: ReadonlyMap<number, { readonly bytes: number; readonly read: ReadBlock }> = new Map([
  [0, { bytes: 4 * BLOCK, read: readFloats }],
  [3, { bytes: 4 + BLOCK / 2, read: readQ4 }],
  [8, { bytes: 2 + BLOCK, read: readQ8 }],
]);

type ReadBlock = (view: DataView, at: number, out: Float32Array, to: number) => void;

/** @throws ContentError for another file, another version, or a file that was cut off */
export function openGguf(bytes: Uint8Array): Gguf {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    return readHeader(view);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new ContentError("the GGUF file ends early", { value: `${bytes.length} bytes`, cause });
  }
}

function readHeader(view: DataView): Gguf {
  if (view.getUint32(0, true) !== MAGIC || view.getUint32(4, true) !== VERSION) {
    throw new ContentError("this is no GGUF file that can be read", { limit: `GGUF of version ${VERSION}` });
  }
  const tensorCount = Number(view.getBigUint64(8, true));
  const valueCount = Number(view.getBigUint64(16, true));
  const reader = createReader(view, 24);
  const values = new Map<string, GgufValue>();
  for (let i = 0; i < valueCount; i++) values.set(reader.text(), reader.value(reader.uint32()));
  const tensors = new Map<string, Placed>();
  for (let i = 0; i < tensorCount; i++) {
    const name = reader.text();
    let elements = 1;
    for (let left = reader.uint32(); left > 0; left--) elements *= reader.uint64();
    tensors.set(name, { elements, kind: reader.uint32(), offset: reader.uint64() });
  }
  const data = Math.ceil(reader.at() / ALIGNMENT) * ALIGNMENT;
  return { values, tensor: (name) => readTensor(view, data, name, tensors.get(name)) };
}

function readTensor(view: DataView, data: number, name: string, placed: Placed | undefined): Float32Array {
  if (placed === undefined) throw new ContentError("the model's weights lack a tensor", { value: name });
  const form = FORMS.get(placed.kind);
  if (form === undefined || placed.elements % BLOCK !== 0) {
    throw new ContentError("a tensor has a form that cannot be read", {
      value: `${name}: kind ${placed.kind}, ${placed.elements} elements`,
      limit: "F32, Q4_1 or Q8_0, in blocks of 32",
    });
  }
  const blocks = placed.elements / BLOCK;
  const first = data + placed.offset;
  if (first + blocks * form.bytes > view.byteLength) {
    throw new ContentError("the GGUF file ends early", { value: name });
  }
  const out = new Float32Array(placed.elements);
  for (let block = 0; block < blocks; block++) form.read(view, first + block * form.bytes, out, block * BLOCK);
  return out;
}

function readFloats(view: DataView, at: number, out: Float32Array, to: number): void {
  for (let i = 0; i < BLOCK; i++) out[to + i] = view.getFloat32(at + 4 * i, true);
}

/** Values of four bits times a scale, plus the least. */
function readQ4(view: DataView, at: number, out: Float32Array, to: number): void {
  const [scale, least] = [halfAt(view, at), halfAt(view, at + 2)];
  for (let i = 0; i < BLOCK / 2; i++) {
    const both = view.getUint8(at + 4 + i);
    out[to + i] = (both & 15) * scale + least;
    out[to + i + BLOCK / 2] = (both >> 4) * scale + least;
  }
}

function readQ8(view: DataView, at: number, out: Float32Array, to: number): void {
  const scale = halfAt(view, at);
  for (let i = 0; i < BLOCK; i++) out[to + i] = view.getInt8(at + 2 + i) * scale;
}

/** What the bits of a number of half precision mean. */
const HALVES = Float32Array.from({ length: 0x10000 }, (_, bits) => {
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return exponent === 31 ? NaN : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
});

function halfAt(view: DataView, at: number): number {
  return HALVES[view.getUint16(at, true)]!;
}

function createReader(view: DataView, start: number) {
  let at = start;
  const take = (bytes: number): number => {
    at += bytes;
    return at - bytes;
  };
  const uint32 = () => view.getUint32(take(4), true);
  const uint64 = () => Number(view.getBigUint64(take(8), true));
  function text(): string {
    const length = uint64();
    const from = take(length);
    if (at > view.byteLength) throw new RangeError("text beyond the end");
    return new TextDecoder().decode(new Uint8Array(view.buffer, view.byteOffset + from, length));
  }
  function list(): GgufValue[] {
    const kind = uint32();
    const count = uint64();
    const values: GgufValue[] = [];
    for (let i = 0; i < count; i++) values.push(value(kind));
    return values;
  }
  const KINDS: readonly (() => GgufValue)[] = [
    () => view.getUint8(take(1)),
    () => view.getInt8(take(1)),
    () => view.getUint16(take(2), true),
    () => view.getInt16(take(2), true),
    uint32,
    () => view.getInt32(take(4), true),
    () => view.getFloat32(take(4), true),
    () => view.getUint8(take(1)) === 1,
    text,
    list,
    () => view.getBigUint64(take(8), true),
    () => view.getBigInt64(take(8), true),
    () => view.getFloat64(take(8), true),
  ];
  function value(kind: number): GgufValue {
    const read = KINDS[kind];
    if (read === undefined) throw new ContentError("a value of the GGUF file has an unknown kind", { value: kind });
    return read();
  }
  return { text, uint32, uint64, value, at: () => at };
}
