import { describe, expect, it } from "vitest";
import { leastPreVerificationGas, unseenGas } from "./bundleCost.ts";

const ATTRIBUTES = {
  baseFee: 10n ** 9n,
  blobBaseFee: 0n,
  baseFeeScalar: 1_000n,
  blobBaseFeeScalar: 0n,
  operatorFeeScalar: 2_000_000n,
  operatorFeeConstant: 100n,
};
const hex = (byte: string, count: number) => `0x${byte.repeat(count)}`;

describe("unseenGas", () => {
  it("counts four gas for a zero byte, sixteen for any other, and each authorisation", () => {
    const none = unseenGas({ data: "0x", authorizations: 0 });
    expect(unseenGas({ data: hex("00", 10), authorizations: 0 })).toBe(none + 40n);
    expect(unseenGas({ data: hex("01", 10), authorizations: 0 })).toBe(none + 160n);
    expect(unseenGas({ data: "0x", authorizations: 1 })).toBe(none + 25_000n);
  });

  it("counts the higher price of calldata where it is more than what any operation executes", () => {
    const none = unseenGas({ data: "0x", authorizations: 0 });
    const bytes = 100_000n;
    expect(unseenGas({ data: hex("01", Number(bytes)), authorizations: 0 })).toBe(none + 40n * bytes - 60_000n);
  });
});

describe("leastPreVerificationGas", () => {
  it("turns what layer 1 and the operator take into gas at the price, rounded up", () => {
    const bundle = { raw: "0x02", data: "0x", gasLimit: 1_000n, authorizations: 0 };
    // 100 bytes at 16,000 gwei by a million, and 2,100 wei
    const fees = 1_600_000_000n + 2_100n;
    const unseen = unseenGas(bundle);
    expect(leastPreVerificationGas(bundle, ATTRIBUTES, fees)).toBe(unseen + 1n);
    expect(leastPreVerificationGas(bundle, ATTRIBUTES, fees - 1n)).toBe(unseen + 2n);
  });
});
