import { describe, expect, it } from "vitest";
import { InputError } from "../common/errors.ts";
import { nativeAbsence, NativeAbsentError } from "../native/loadNative.ts";
import { parseBackend, retrainerOf } from "./backend.ts";

describe("--backend", () => {
  it("refuses a backend that does not exist", () => {
    expect(() => parseBackend("gpu")).toThrow(InputError);
  });

  it.skipIf(nativeAbsence() === undefined)("says how native TensorFlow is set up where it is not", () => {
    expect(() => parseBackend("node")).toThrow(NativeAbsentError);
    expect(() => parseBackend("node")).toThrow(/native TensorFlow is not there: .*npm run native/u);
  });

  it.skipIf(nativeAbsence() !== undefined)("retrains with native TensorFlow where it is set up", () => {
    expect(retrainerOf({ backend: parseBackend("node") }).backend).toBe("node");
  });

  it("retrains in the canonical arithmetic otherwise", () => {
    expect(retrainerOf({ backend: parseBackend("ieee-sequential") }).backend).toBe("ieee-sequential");
  });
});
