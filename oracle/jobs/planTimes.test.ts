import { describe, expect, it } from "vitest";
import { createPlanTimes } from "./planTimes.ts";

function started() {
  let now = 0;
  const times = createPlanTimes(60_000, () => now);
  const look = (block: number, time = 0, events = "a") => times.isDue({ events, block: `${block}`, time });
  expect(look(0)).toBe(true);
  return { look, forget: times.forget, wait: (ms: number) => (now += ms) };
}

describe("the time to plan", () => {
  it("comes with every event, also one that was taken away", () => {
    const { look } = started();
    expect(look(0)).toBe(false);
    expect(look(1, 1, "b")).toBe(true);
    expect(look(1, 1, "b")).toBe(false);
    expect(look(1, 1, "a")).toBe(true);
  });

  it("comes with every sixth block that has no event, however little later it is", () => {
    const { look } = started();
    expect([1, 2, 3, 4, 5, 6, 7].map((block) => look(block))).toEqual([false, false, false, false, false, true, false]);
  });

  it("comes with a block that is twelve seconds later", () => {
    const { look } = started();
    expect(look(1, 11)).toBe(false);
    expect(look(2, 12)).toBe(true);
    expect(look(3, 23)).toBe(false);
  });

  it("comes after a while on a chain that stands still", () => {
    const { look, wait } = started();
    wait(59_999);
    expect(look(0)).toBe(false);
    wait(1);
    expect(look(0)).toBe(true);
    expect(look(0)).toBe(false);
  });

  it("comes when something else has changed", () => {
    const { look, forget } = started();
    forget();
    expect(look(0)).toBe(true);
    expect(look(0)).toBe(false);
  });
});
