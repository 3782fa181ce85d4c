import { describe, expect, it } from "vitest";
import { encodeNpy } from "./npy.ts";

describe("npy", () => {
  it("refuses a shape that does not hold the values", () => {
    expect(() => encodeNpy(new Float32Array(5), [2, 3])).toThrow("6 values, not 5");
  });

  it("writes the header of format 1.0, aligned to 64 bytes, and little-endian values", () => {
    const bytes = encodeNpy(Float32Array.of(1, -2, 3, 4, 5, 6), [2, 3]);
    expect([...bytes.subarray(0, 8)]).toEqual([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]);
    const headerLength = bytes[8]! + 256 * bytes[9]!;
    expect((10 + headerLength) % 64).toBe(0);
    const header = new TextDecoder().decode(bytes.subarray(10, 10 + headerLength));
    expect(header.trimEnd()).toBe("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }");
    expect(header.at(-1)).toBe("\n");
    expect(new DataView(bytes.buffer).getFloat32(10 + headerLength + 4, true)).toBe(-2);
    expect(bytes.length).toBe(10 + headerLength + 24);
  });

  it("writes one-dimensional shapes as tuples", () => {
    expect(new TextDecoder().decode(encodeNpy(Float64Array.of(1), [1]).subarray(10, 80))).toContain("'shape': (1,)");
  });
});
