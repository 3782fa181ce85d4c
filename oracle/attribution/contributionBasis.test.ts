import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { randomStream } from "../numerics/random.ts";
import { singularValues } from "../numerics/singularValues.ts";
import { createWasmKernels } from "../numerics/wasmKernels.ts";
import { contributionBasis } from "./contributionBasis.ts";
import { quantiseRows } from "./quantiseRows.ts";

/** contributions x references with singular values that fall by `ratio`. */
function influenceOf(contributions: number, references: number, ratio: number): Float32Array {
  const stream = randomStream(4, 0);
  const normals = Float64Array.from({ length: contributions * references }, () => stream.normal());
  const { left, right } = singularValues(normals, contributions, references);
  const rank = Math.min(contributions, references);
  const result = new Float32Array(contributions * references);
  for (let c = 0; c < contributions; c++) {
    for (let r = 0; r < references; r++) {
      let [sum, value] = [0, 1];
      for (let i = 0; i < rank; i++, value *= ratio)
        sum += value * left[i * contributions + c]! * right[i * references + r]!;
      result[c * references + r] = sum;
    }
  }
  return result;
}

/** Share of S that is left after projection on the basis. */
function residual(influence: Float32Array, basis: Float32Array, contributions: number, rank: number): number {
  const references = influence.length / contributions;
  let [left, total] = [0, 0];
  for (let r = 0; r < references; r++) {
    const column = Array.from({ length: contributions }, (_, c) => influence[c * references + r]!);
    for (let j = 0; j < rank; j++) {
      let product = 0;
      for (let c = 0; c < contributions; c++) product += basis[c * rank + j]! * influence[c * references + r]!;
      for (let c = 0; c < contributions; c++) column[c]! -= product * basis[c * rank + j]!;
    }
    for (let c = 0; c < contributions; c++) {
      left += column[c]! ** 2;
      total += influence[c * references + r]! ** 2;
    }
  }
  return Math.sqrt(left / total);
}

describe("the basis of contributions", () => {
  it("is the identity when every contribution fits in", () => {
    const basis = contributionBasis(createWasmKernels, new Float32Array(), 3, 32, 0);
    expect(basis.filter((value) => value !== 0)).toEqual(Float32Array.of(1, 1, 1));
    expect([basis[0], basis[33], basis[66]]).toEqual([1, 1, 1]);
  });

  it("loses at most 5 % more of the influence than the best 32 directions do", () => {
    const influence = influenceOf(80, 70, 0.9);
    const basis = contributionBasis(createWasmKernels, influence, 80, 32, 0);
    const { values } = singularValues(Float64Array.from(influence), 80, 70);
    const energy = (from: number) => Math.sqrt(values.subarray(from).reduce((sum, value) => sum + value * value, 0));
    const best = energy(32) / energy(0);
    expect(residual(influence, basis, 80, 32)).toBeLessThan(1.05 * best);
  });

  it("is orthonormal, with zero columns beyond the rank of the influence", () => {
    const influence = influenceOf(80, 20, 0.9);
    const basis = contributionBasis(createWasmKernels, influence, 80, 32, 0);
    expect(residual(influence, basis, 80, 32)).toBeLessThan(1e-5);
    let filled = 0;
    for (let i = 0; i < 32; i++) {
      for (let j = 0; j <= i; j++) {
        let product = 0;
        for (let c = 0; c < 80; c++) product += basis[c * 32 + i]! * basis[c * 32 + j]!;
        if (i !== j) expect(Math.abs(product)).toBeLessThan(1e-5);
        else if (product !== 0) {
          filled++;
          expect(product).toBeCloseTo(1, 5);
        }
      }
    }
    expect(filled).toBe(20);
  });
});

describe("int8 rows", () => {
  it("stay within half a step of their values and within half of the largest scale's grain", () => {
    const row = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 8 }), (rows) => {
        const values = rows.flat();
        const { features, scales } = quantiseRows(values, rows.length, 4);
        const top = Math.max(...values.map(Math.abs));
        for (const [i, value] of values.entries()) {
          const scale = scales[Math.floor(i / 4)]!;
          expect(scale).toBeGreaterThanOrEqual(1);
          const step = (scale * top) / 2 ** 24 / 127;
          expect(Math.abs(features[i]! * step - value)).toBeLessThanOrEqual(step / 2 + 1e-12);
        }
      }),
    );
  });

  it("leave rows of zeros at zero", () => {
    expect(quantiseRows([0, 0, 2, -4], 2, 2)).toEqual({
      features: Int8Array.of(0, 0, 64, -127),
      scales: Uint32Array.of(1, 2 ** 24),
    });
  });
});
