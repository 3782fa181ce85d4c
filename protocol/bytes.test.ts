import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkInt, checkUint, concatBytes, readInt, readUint, writeInt, writeUint } from "./bytes.ts";
import { MalformedError, OutOfRangeError } from "./errors.ts";
import { asAddress, asHash, fromHex, toHex } from "./hex.ts";

describe("integers in bytes", () => {
  it("are refused when they do not fit", () => {
    const bytes = new Uint8Array(40);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 32 }), fc.bigInt({ min: 0n, max: 1n << 300n }), (length, excess) => {
        const limit = 1n << BigInt(8 * length);
        const half = limit / 2n;
        expect(() => {
          writeUint(bytes, 0, length, limit + excess, "x");
        }).toThrow(OutOfRangeError);
        expect(() => {
          writeUint(bytes, 0, length, -1n - excess, "x");
        }).toThrow(OutOfRangeError);
        expect(() => {
          writeInt(bytes, 0, length, half + excess, "x");
        }).toThrow(OutOfRangeError);
        expect(() => {
          writeInt(bytes, 0, length, -half - 1n - excess, "x");
        }).toThrow(OutOfRangeError);
      }),
    );
    expect(bytes.every((byte) => byte === 0)).toBe(true);
    expect(() => checkUint(256n, 8, "age")).toThrow("age is 256; it must be a uint8.");
    expect(() => checkInt(128n, 8, "age")).toThrow("age is 128; it must be an int8.");
  });

  it("survive writing and reading, and touch nothing else", () => {
    const cases = fc
      .integer({ min: 1, max: 32 })
      .chain((length) => fc.tuple(fc.constant(length), fc.bigInt({ min: 0n, max: (1n << BigInt(8 * length)) - 1n })));
    fc.assert(
      fc.property(cases, fc.nat({ max: 7 }), ([length, value], offset) => {
        const bytes = new Uint8Array(offset + length + 1).fill(0xaa);
        writeUint(bytes, offset, length, value, "x");
        expect(readUint(bytes, offset, length)).toBe(value);
        expect(toHex(bytes.subarray(offset, offset + length))).toBe(
          `0x${value.toString(16).padStart(2 * length, "0")}`,
        );
        const signed = BigInt.asIntN(8 * length, value);
        writeInt(bytes, offset, length, signed, "x");
        expect(readInt(bytes, offset, length)).toBe(signed);
        expect([...bytes.subarray(0, offset), bytes.at(-1)].every((byte) => byte === 0xaa)).toBe(true);
      }),
    );
  });
});

describe("hexadecimal", () => {
  it("is refused with half a byte, other letters or another length", () => {
    for (const text of ["", "0x0", "0xzz", "00", "0X00"]) expect(() => fromHex(text)).toThrow(MalformedError);
    expect(() => asHash(`0x${"0".repeat(63)}`)).toThrow(MalformedError);
    expect(() => asAddress(`0x${"0".repeat(64)}`)).toThrow(MalformedError);
  });

  it("survives decoding, of any length", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(fromHex(toHex(bytes))).toEqual(bytes);
        expect(fromHex(toHex(bytes).toUpperCase().replace("0X", "0x"))).toEqual(bytes);
      }),
    );
    const long = Uint8Array.from({ length: 10_000 }, (_, i) => i * i);
    expect(toHex(long)).toBe(`0x${Buffer.from(long).toString("hex")}`);
    expect(toHex(concatBytes(Uint8Array.of(1), Uint8Array.of(), Uint8Array.of(2, 3)))).toBe("0x010203");
  });
});
