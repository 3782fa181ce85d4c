import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InputError } from "../common/errors.ts";
import { epochFunctional } from "./functional.ts";

const G = Int16Array.of(0, 0, 24575, 32767);
const psi = (...components: number[]) => Float64Array.from(components);

describe("functional of an epoch", () => {
  it("refuses query features of another length", () => {
    expect(() => epochFunctional([{ psi: psi(1, 2), counted: 1n }], 0n, G)).toThrow(InputError);
  });

  it("is G where no receipt explains the revenue, however much there is, and zero where there is neither", () => {
    for (const unexplained of [0n, 1n, 5n, 10n ** 24n]) expect(epochFunctional([], unexplained, G)).toEqual(G);
    expect([...epochFunctional([], 5n, new Int16Array(4))]).toEqual([0, 0, 0, 0]);
  });

  it("weighs outputs by what was paid, not by the length of their features", () => {
    const long = { psi: psi(1e6, 0, 0, 0), counted: 1n };
    const short = { psi: psi(0, 1e-6, 0, 0), counted: 2n };
    expect([...epochFunctional([long, short], 0n, G)]).toEqual([16384, 32767, 0, 0]);
  });

  it("counts the fee of an output without direction as unexplained", () => {
    const silent = { psi: psi(0, 0, 0, 0), counted: 7n };
    expect(epochFunctional([silent], 0n, G)).toEqual(epochFunctional([], 7n, G));
  });

  it("keeps the direction of the exact sum within half a step", () => {
    const output = fc.record({
      psi: fc.array(fc.double({ noNaN: true, min: -1, max: 1 }), { minLength: 4, maxLength: 4 }),
      counted: fc.bigInt({ min: 1n, max: 10n ** 24n }),
    });
    fc.assert(
      fc.property(fc.array(output, { minLength: 1, maxLength: 10 }), (outputs) => {
        const exact = [0, 0, 0, 0];
        for (const item of outputs) {
          const norm = Math.sqrt(item.psi.reduce((sum, x) => sum + x * x, 0));
          if (norm > 0) item.psi.forEach((x, j) => (exact[j]! += (Number(item.counted) * x) / norm));
        }
        const largest = Math.max(...exact.map(Math.abs));
        // Directions that cancel out leave rounding errors, and nothing to compare.
        fc.pre(largest > 1e-6 * outputs.reduce((sum, item) => sum + Number(item.counted), 0));
        const functional = epochFunctional(
          outputs.map((item) => ({ ...item, psi: Float64Array.from(item.psi) })),
          0n,
          new Int16Array(4),
        );
        functional.forEach((step, j) => {
          expect(Math.abs(step - (exact[j]! / largest) * 32767)).toBeLessThan(0.500001);
        });
      }),
    );
  });
});
