import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeSafetensors, encodeSafetensors, SafetensorsError } from "./safetensors.ts";

/** A file with this header and this much data. */
function file(header: unknown, dataBytes: number): Uint8Array {
  const json = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = Buffer.alloc(8 + json.length + dataBytes);
  bytes.writeBigUInt64LE(BigInt(json.length));
  json.copy(bytes, 8);
  return bytes;
}

describe("safetensors", () => {
  it.each([
    ["nothing", new Uint8Array(3), /3 bytes/u],
    ["a header longer than the file", file("{}", 0).fill(255, 0, 4), /header of/u],
    ["a header that is not JSON", file("{", 0), /not a JSON object/u],
    [
      "another element type",
      file({ w: { dtype: "I32", shape: [1], data_offsets: [0, 4] } }, 4),
      /"w" is I32: convert/u,
    ],
    [
      "a shape that does not fit",
      file({ w: { dtype: "F32", shape: [2], data_offsets: [0, 4] } }, 4),
      /"w" of shape \[2\]/u,
    ],
    ["data beyond the end", file({ w: { dtype: "F32", shape: [2], data_offsets: [0, 8] } }, 4), /"w" .* of 4 bytes/u],
    ["a gap", file({ w: { dtype: "F32", shape: [1], data_offsets: [4, 8] } }, 8), /"w" starts at 4/u],
    ["bytes of no tensor", file({ w: { dtype: "F32", shape: [1], data_offsets: [0, 4] } }, 8), /4 bytes belong to no/u],
    ["metadata that are not strings", file({ __metadata__: { a: 1 } }, 0), /__metadata__/u],
  ])("refuses %s", (_, bytes, message) => {
    expect(() => decodeSafetensors(bytes)).toThrow(SafetensorsError);
    expect(() => decodeSafetensors(bytes)).toThrow(message);
  });

  it("gives back any weights bit for bit, negative zeros included", () => {
    const tensor = fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 3 }).chain((shape) => {
      const elements = shape.reduce((product, size) => product * size, 1);
      return fc.record({
        shape: fc.constant(shape),
        values: fc.float32Array({ minLength: elements, maxLength: elements }),
      });
    });
    fc.assert(
      fc.property(fc.array(tensor, { maxLength: 5 }), fc.dictionary(fc.string(), fc.string()), (tensors, metadata) => {
        const weights = tensors.map(({ shape, values }, i) => ({ name: `t${i}`, shape, values }));
        const decoded = decodeSafetensors(encodeSafetensors(weights, metadata));
        expect(decoded.weights).toEqual(weights);
        expect(Object.entries(decoded.metadata)).toEqual(Object.entries(metadata));
      }),
    );
  });

  it("keeps names that JavaScript gives a meaning to", () => {
    const weights = ["__proto__", "constructor"].map((name) => ({ name, shape: [1], values: Float32Array.of(1) }));
    const metadata = Object.fromEntries([["__proto__", "a string"]]);
    const decoded = decodeSafetensors(encodeSafetensors(weights, metadata));
    expect(decoded.weights).toEqual(weights);
    expect(Object.entries(decoded.metadata)).toEqual([["__proto__", "a string"]]);
  });

  it("writes the bytes that the reference implementation writes", () => {
    // safetensors 0.8.0 (Rust, through Python): save({"w": [[1, 2], [3, 4]]}) in float32.
    const bytes = encodeSafetensors([{ name: "w", shape: [2, 2], values: Float32Array.of(1, 2, 3, 4) }]);
    expect(Buffer.from(bytes.subarray(8, 8 + 64)).toString()).toBe(
      '{"w":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}       ',
    );
    expect(createHash("sha256").update(bytes).digest("hex")).toBe(
      "4a6260b8f7e75ef540cb90e893a42ce958d665c2b08003a5459c777554919538",
    );
  });
});
