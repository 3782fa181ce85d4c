import { describe, expect, it } from "vitest";
import { runSelfTest } from "./selfTest.ts";

describe("the numerics self-test", () => {
  it.each(["wasm", "plain"] as const)("gives the committed digests with %s kernels", (choice) => {
    const cases = runSelfTest(choice);
    expect(cases).toHaveLength(11);
    expect(Object.fromEntries(cases.map(({ name, actual }) => [name, actual]))).toEqual(
      Object.fromEntries(cases.map(({ name, expected }) => [name, expected])),
    );
  });
});
