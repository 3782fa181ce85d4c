import { describe, expect, it } from "vitest";
import { NotYetError } from "../../common/errors.ts";
import { inTime } from "./inTime.ts";

describe("what is made within a deadline", () => {
  it("is refused where the work held everything up until after it", async () => {
    const hold = () => {
      const until = performance.now() + 20;
      while (performance.now() < until);
      return Promise.resolve("late");
    };
    await expect(inTime(hold, 5)).rejects.toThrow(NotYetError);
    expect(await inTime(hold, undefined)).toBe("late");
  });

  it("fails as the work does", async () => {
    await expect(inTime(() => Promise.reject(new RangeError("no")), 600_000)).rejects.toThrow(RangeError);
  });
});
