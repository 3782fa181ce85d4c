import { makeError } from "ethers";
import { describe, expect, it } from "vitest";
import { ChainError } from "../common/errors.ts";
import { interfaceOf } from "./artifacts.ts";
import { describeRevert, toChainError } from "./revert.ts";

const refused = (data: string) =>
  makeError("refused", "CALL_EXCEPTION", {
    action: "estimateGas",
    data,
    reason: null,
    transaction: { to: null, data: "0x" },
    invocation: null,
    revert: null,
  });

describe("describeRevert", () => {
  it("names the error's arguments and says what the interface says of it", () => {
    const data = interfaceOf("HarmCharges").encodeErrorResult("HarmNotJudge", [7n, 3n, 5n]);
    expect(describeRevert(refused(data))).toEqual({
      problem: "HarmNotJudge(contributionId 7, versionId 3, judge 5)",
      meaning: "Another version judges it, or none (0).",
    });
  });

  it("leaves an error that nobody has described without a meaning", () => {
    const data = interfaceOf("ModelRegistry").encodeErrorResult("ERC721NonexistentToken", [9n]);
    expect(describeRevert(refused(data))).toEqual({ problem: "ERC721NonexistentToken(tokenId 9)", meaning: undefined });
  });

  it("shows the selector of an error of another contract", () => {
    expect(describeRevert(refused("0x12345678")).problem).toBe("unknown error 0x12345678");
  });
});

describe("toChainError", () => {
  it("makes a refused call and a silent endpoint errors with a status of their own, and nothing else", () => {
    const call = toChainError(refused("0x12345678"));
    expect(call).toBeInstanceOf(ChainError);
    expect((call as ChainError).retryable).toBe(false);
    const silence = makeError("timeout", "TIMEOUT", { operation: "request", reason: "timeout" });
    expect((toChainError(silence) as ChainError).retryable).toBe(true);
    const other = new Error("other");
    expect(toChainError(other)).toBe(other);
  });
});
