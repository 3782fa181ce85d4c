import fc from "fast-check";
import { concat, hexlify, id } from "ethers";
import { describe, expect, it } from "vitest";
import { fastLzLength } from "./fastLz.ts";
import { l1Fee, operatorFee } from "./rollupFees.ts";

const ATTRIBUTES = {
  baseFee: 1_000_000_000n,
  blobBaseFee: 1n,
  baseFeeScalar: 5_227n,
  blobBaseFeeScalar: 1_014_213n,
  operatorFeeScalar: 2_000_000n,
  operatorFeeConstant: 100_000n,
};

describe("fastLzLength", () => {
  it("packs what repeats and adds a byte per 32 to what does not", () => {
    expect(fastLzLength(new Uint8Array(0))).toBe(0);
    expect(fastLzLength(new Uint8Array(1))).toBe(2);
    expect(fastLzLength(new Uint8Array(1_000))).toBe(21);
    const varied = Uint8Array.from({ length: 200 }, (_, i) => (i * i * 7 + i) % 251);
    expect(fastLzLength(varied)).toBe(200 + 7);
  });

  it("makes no more of bytes than their literals are", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), (bytes) => {
        const length = fastLzLength(bytes);
        expect(length).toBeLessThanOrEqual(bytes.length + Math.ceil(bytes.length / 32));
        expect(length).toBeGreaterThanOrEqual(Math.min(bytes.length, 2));
      }),
    );
  });
});

describe("l1Fee", () => {
  it("is that of 100 bytes at the least", () => {
    const [byte, most] = [5_227n * 16n * 10n ** 9n + 1_014_213n, 10n ** 6n];
    expect(l1Fee("0x", ATTRIBUTES)).toBe((100n * byte) / most);
    expect(l1Fee(hexlify(new Uint8Array(90)), ATTRIBUTES)).toBe((100n * byte) / most);
  });

  it("grows with what cannot be packed", () => {
    const varied = concat(Array.from({ length: 13 }, (_, i) => id(`${i}`)));
    expect(l1Fee(varied, ATTRIBUTES)).toBeGreaterThan(2n * l1Fee("0x", ATTRIBUTES));
  });

  it("is nothing where layer 1 is free", () => {
    expect(l1Fee("0x1234", { ...ATTRIBUTES, baseFeeScalar: 0n, blobBaseFeeScalar: 0n })).toBe(0n);
  });
});

describe("operatorFee", () => {
  it("is millionths of a wei per gas, rounded down, and a constant", () => {
    expect(operatorFee(21_000n, ATTRIBUTES)).toBe(142_000n);
    expect(operatorFee(1n, { ...ATTRIBUTES, operatorFeeScalar: 999_999n })).toBe(100_000n);
  });
});
