import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createEpochFunctional, epochFunctional } from "./epochFunctional.ts";

const ETHER = 10n ** 18n;
const quality = Int16Array.of(0, 3, 4);

describe("the functional of an epoch", () => {
  it("refuses fees and query features of different lengths", () => {
    expect(() => epochFunctional(new Float64Array(3), [1n, 2n], quality, 0n)).toThrow(
      "2 fees need 6 query features, got 3",
    );
  });

  it("weighs outputs by what was paid for them, not by the length of their gradients", () => {
    const psi = Float64Array.of(1000, 0, 0, 0, 0.001, 0);
    expect([...epochFunctional(psi, [ETHER, 2n * ETHER], quality, 0n)]).toEqual([16384, 32767, 0]);
  });

  it("gives what no receipt explains to the quality functional", () => {
    expect([...epochFunctional(new Float64Array(0), [], quality, ETHER)]).toEqual([0, 24575, 32767]);
    const psi = Float64Array.of(5, 0, 0);
    expect([...epochFunctional(psi, [ETHER], quality, 5n * ETHER)]).toEqual([8192, 24575, 32767]);
  });

  it("counts the fee of an output without influence as unexplained revenue", () => {
    const silent = epochFunctional(new Float64Array(3), [ETHER], quality, 0n);
    expect(silent).toEqual(epochFunctional(new Float64Array(0), [], quality, ETHER));
  });

  it("is zero when nothing was paid or nothing has a direction", () => {
    expect([...epochFunctional(Float64Array.of(1, 2, 3), [0n], quality, 0n)]).toEqual([0, 0, 0]);
    expect([...epochFunctional(new Float64Array(3), [ETHER], new Int16Array(3), 1n)]).toEqual([0, 0, 0]);
  });

  it("does not depend on how the receipts are cut into blocks", () => {
    const receipt = fc.record({
      psi: fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: 3, maxLength: 3 }),
      fee: fc.bigInt({ min: 0n, max: 10n ** 24n }),
    });
    fc.assert(
      fc.property(
        fc.array(receipt, { maxLength: 12 }),
        fc.nat({ max: 12 }),
        fc.bigInt({ min: 0n, max: 10n ** 24n }),
        (receipts, cut, rest) => {
          const [psi, fees] = [Float64Array.from(receipts.flatMap((r) => r.psi)), receipts.map((r) => r.fee)];
          const at = Math.min(cut, receipts.length);
          const functional = createEpochFunctional(3);
          functional.add(psi.subarray(0, 3 * at), fees.slice(0, at));
          functional.add(psi.subarray(3 * at), fees.slice(at));
          expect(functional.finish(quality, rest)).toEqual(epochFunctional(psi, fees, quality, rest));
        },
      ),
    );
  });
});
