import { tmpdir } from "node:os";
import { join } from "node:path";
import { OPEN } from "@openledger/protocol/units.ts";
import { describe, expect, it } from "vitest";
import { InputError } from "../common/errors.ts";
import { parseAddress, parseAmount, parseCount, parseDirectory, parseId, parseNewFile } from "./parse.ts";
import { allParts, parseParts } from "./parts.ts";

describe("what people type", () => {
  it("is refused with the value and what it may be", () => {
    for (const [parse, text] of [
      [parseId, "0"],
      [parseId, "1e3"],
      [parseId, "-1"],
      [parseCount, "1.5"],
      [parseCount, "0"],
      [parseAddress, "0x12"],
      [parseAmount, "-1"],
      [parseAmount, "1e18"],
    ] as const) {
      expect(() => parse(text)).toThrow(InputError);
    }
  });

  it("with a wrong checksum is no address; without one it is", () => {
    const address = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
    expect(parseAddress(address)).toBe(address.toLowerCase());
    expect(parseAddress(address.toLowerCase())).toBe(address.toLowerCase());
    expect(() => parseAddress(address.replace("F6", "f6"))).toThrow(/not an address/);
  });

  it("names a file to write only where one can be written", () => {
    const file = join(tmpdir(), "openledger-claim.json");
    expect(parseNewFile(file)).toBe(file);
    for (const text of [tmpdir(), join(tmpdir(), "no such folder", "claim.json")]) {
      expect(() => parseNewFile(text)).toThrow(InputError);
    }
  });

  it("names a directory, or one that is to be made, never a file", () => {
    for (const path of [tmpdir(), join(tmpdir(), "no such folder")]) expect(parseDirectory(path)).toBe(path);
    expect(() => parseDirectory(import.meta.filename)).toThrow(InputError);
  });

  it("in OPEN is exact to the wei", () => {
    expect(parseAmount("2.000000000000000001")).toBe(2n * OPEN + 1n);
    expect(parseId("7")).toBe(7n);
  });
});

describe("parts of a submission", () => {
  it("are chosen by all, none, places and ranges", () => {
    expect(parseParts("all", 256)).toBe(2n ** 256n - 1n);
    expect(parseParts("none", 3)).toBe(0n);
    expect(parseParts("0,2,4-6", 7)).toBe(0b1110101n);
    expect(parseParts("0-6", 7)).toBe(allParts(7));
  });

  it("beyond the submission, backwards or unreadable are refused", () => {
    for (const text of ["3", "0-3", "2-1", "", "a", "1;2", "-1"]) expect(() => parseParts(text, 3)).toThrow(InputError);
  });
});
