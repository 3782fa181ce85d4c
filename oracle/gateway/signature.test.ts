import { asAddress } from "@openledger/protocol/hex.ts";
import { computeAddress, hexlify, recoverAddress, SigningKey } from "ethers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keySignature } from "./signature.ts";

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const keys = bytes32.filter((key) => key[0] !== 0 && key[0] !== 0xff).map((key) => new SigningKey(key));

describe("a key's signature", () => {
  it("has one form and one signer, however its v is written", () => {
    fc.assert(
      fc.property(keys, bytes32, (key, digest) => {
        const { r, s, yParity, compactSerialized, serialized } = key.sign(digest);
        const signed = { signer: asAddress(computeAddress(key)), signature: serialized };
        const withV = (v: number) => `${r}${s.slice(2)}${v.toString(16).padStart(2, "0")}`;
        for (const written of [withV(yParity), withV(27 + yParity), withV(35 + yParity), compactSerialized]) {
          expect(keySignature(written, hexlify(digest))).toEqual(signed);
        }
      }),
      { numRuns: 50 },
    );
  });

  it("is not made of other bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), bytes32, (bytes, digest) => {
        const found = keySignature(hexlify(bytes), hexlify(digest));
        if (bytes.length !== 64 && bytes.length !== 65) expect(found).toBeUndefined();
        if (found !== undefined) expect(recoverAddress(digest, found.signature).toLowerCase()).toBe(found.signer);
      }),
    );
  });

  it("is nobody's where no point of the curve fits it", () => {
    expect(keySignature(`0x${"11".repeat(64)}00`, `0x${"22".repeat(32)}`)).toBeUndefined();
  });
});
