import { describe, expect, it } from "vitest";
import { createLookTimes } from "./lookTimes.ts";

describe("the times at which the chain is looked at", () => {
  it("become rarer only when nothing was seen for a while", () => {
    const times = createLookTimes(2_000);
    const rests = Array.from({ length: 20 }, () => {
      times.afterLook(false);
      return times.rest();
    });
    expect(rests.slice(0, 14)).toEqual(Array.from({ length: 14 }, () => 2_000));
    expect(rests.slice(14)).toEqual(Array.from({ length: 6 }, () => 8_000));
  });

  it("are frequent again with the first event, and after work of this process", () => {
    for (const end of ["afterLook", "forget"] as const) {
      const times = createLookTimes(100);
      for (let i = 0; i < 30; i++) times.afterLook(false);
      expect(times.rest()).toBe(400);
      times[end](true);
      expect(times.rest()).toBe(100);
    }
  });
});
