import { AbiCoder, keccak256 } from "ethers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keccakText } from "./keccak.ts";
import { paymentNonce } from "./paymentNonce.ts";

describe("the nonce of a bound payment", () => {
  it("is the hash of model, request and salt, as Solidity encodes them", () => {
    const [request, salt] = [keccakText("request"), keccakText("salt")];
    const encoded = AbiCoder.defaultAbiCoder().encode(["uint256", "bytes32", "bytes32"], [7n, request, salt]);
    expect(paymentNonce(7n, request, salt)).toBe(keccak256(encoded));
  });

  it("is another one for another model, request or salt", () => {
    const text = fc.string().map(keccakText);
    const all = fc.tuple(fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }), text, text);
    fc.assert(
      fc.property(all, all, (a, b) => {
        expect(paymentNonce(...a) === paymentNonce(...b)).toBe(a.join() === b.join());
      }),
    );
  });
});
