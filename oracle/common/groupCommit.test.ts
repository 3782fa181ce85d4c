import { describe, expect, it } from "vitest";
import { createGroupCommit } from "./groupCommit.ts";

describe("a group commit", () => {
  it("writes together what comes in while another write runs, in order", async () => {
    const writes: number[][] = [];
    const commit = createGroupCommit<number>(async (items) => {
      await Promise.resolve();
      writes.push([...items]);
    });
    await Promise.all([1, 2, 3, 4].map((item) => commit(item)));
    await commit(5);
    expect(writes).toEqual([[1], [2, 3, 4], [5]]);
  });

  it("tells each item its own outcome", async () => {
    const written: number[] = [];
    const commit = createGroupCommit<number>((items) => {
      if (items.includes(3)) return Promise.reject(new Error("three"));
      written.push(...items);
      return Promise.resolve();
    });
    const outcomes = await Promise.allSettled([1, 2, 3, 4].map((item) => commit(item)));
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected", "fulfilled"]);
    expect(written).toEqual([1, 2, 4]);
  });
});
