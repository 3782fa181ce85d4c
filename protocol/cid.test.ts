import fc from "fast-check";
import { CID } from "multiformats/cid";
import { create } from "multiformats/hashes/digest";
import { sha256 } from "ethers";
import { describe, expect, it } from "vitest";
import { cidOf, digestOfCid, isCid } from "./cid.ts";
import { MalformedError } from "./errors.ts";
import { fromHex } from "./hex.ts";

describe("CID", () => {
  it("of another kind is refused", () => {
    const emptyDirectory = "bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354";
    for (const cid of [
      "",
      "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG",
      emptyDirectory,
      cidOf(new Uint8Array()) + "a",
    ]) {
      expect(() => digestOfCid(cid)).toThrow(MalformedError);
      expect(isCid(cid)).toBe(false);
    }
  });

  it("of bytes is what multiformats makes of them", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const cid = cidOf(bytes);
        expect(cid).toBe(CID.createV1(0x55, create(0x12, fromHex(sha256(bytes)))).toString());
        expect(digestOfCid(cid)).toBe(sha256(bytes));
        expect(isCid(cid)).toBe(true);
      }),
    );
  });
});
