import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ContentError } from "../../common/errors.ts";
import { zipOf } from "../testing/zipOf.ts";
import { openZip } from "./zip.ts";

describe("a ZIP archive", () => {
  it.each([new Uint8Array(0), new TextEncoder().encode("no archive"), zipOf({ a: "x" }).subarray(0, 30)])(
    "is refused when it is none",
    (bytes) => expect(() => openZip(bytes)).toThrow(/directory is missing/u),
  );

  it("is refused where its directory or a file lies beyond its end", () => {
    const whole = Buffer.from(zipOf({ a: "some text" }));
    const wrongDirectory = Buffer.from(whole);
    wrongDirectory.writeUInt32LE(whole.length, whole.length - 6);
    expect(() => openZip(wrongDirectory)).toThrow(/cut off/u);
    const wrongFile = Buffer.from(whole);
    wrongFile.writeUInt32LE(whole.length, whole.indexOf(Buffer.from([0x50, 0x4b, 1, 2])) + 42);
    expect(() => openZip(wrongFile).read("a")).toThrow(/a is cut off/u);
  });

  it("does not give a file of another size than it states", () => {
    const bytes = Buffer.from(zipOf({ a: "some text" }, true));
    bytes.writeUInt32LE(8, bytes.indexOf(Buffer.from([0x50, 0x4b, 1, 2])) + 24);
    expect(() => openZip(bytes).read("a")).toThrow("a has 9 bytes instead of 8");
    const bomb = Buffer.from(zipOf({ a: "x".repeat(1000) }));
    bomb.writeUInt32LE(10, bomb.indexOf(Buffer.from([0x50, 0x4b, 1, 2])) + 24);
    expect(() => openZip(bomb).read("a")).toThrow(ContentError);
  });

  it("says which file it lacks", () => {
    expect(() => openZip(zipOf({ a: "x" })).read("b")).toThrow("it has no file b");
  });

  it("gives back what was put in, deflated or stored", () => {
    const path = fc.string({ minLength: 1, maxLength: 20, unit: "grapheme" });
    fc.assert(
      fc.property(fc.dictionary(path, fc.uint8Array({ maxLength: 300 })), fc.boolean(), (files, stored) => {
        const archive = openZip(zipOf(files, stored));
        expect(archive.paths).toEqual(Object.keys(files));
        for (const [name, bytes] of Object.entries(files))
          expect(Buffer.from(archive.read(name))).toEqual(Buffer.from(bytes));
      }),
      { numRuns: 50 },
    );
  });
});
