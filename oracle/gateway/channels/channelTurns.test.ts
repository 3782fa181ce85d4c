import { describe, expect, it } from "vitest";
import { createChannelTurns } from "./channelTurns.ts";

describe("the calls of a channel", () => {
  it("are made one after the other, each with what the last one left", async () => {
    const turns = createChannelTurns<number>();
    let running = 0;
    const call = async (book = 0) => {
      expect(++running).toBe(1);
      await Promise.resolve();
      running--;
      return { book: book + 1, sold: book };
    };
    expect(await Promise.all([1, 2, 3].map(() => turns.run("a", call)))).toEqual([0, 1, 2]);
  });

  it("know nothing after one that failed", async () => {
    const turns = createChannelTurns<number>();
    await turns.run("a", () => Promise.resolve({ book: 7, sold: "" }));
    await expect(turns.run("a", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(await turns.run("a", (book) => Promise.resolve({ book: 1, sold: book }))).toBeUndefined();
  });

  it("do not wait for those of another channel", async () => {
    const turns = createChannelTurns<number>();
    const { promise, resolve } = Promise.withResolvers<{ book: number; sold: string }>();
    const slow = turns.run("a", () => promise);
    expect(await turns.run("b", () => Promise.resolve({ book: 1, sold: "b" }))).toBe("b");
    resolve({ book: 1, sold: "a" });
    expect(await slow).toBe("a");
  });

  it("are forgotten of the channel that was used least recently", async () => {
    const turns = createChannelTurns<number>(2);
    const book = (id: string) => turns.run(id, (known) => Promise.resolve({ book: 1, sold: known }));
    for (const id of ["a", "b", "a", "c"]) await book(id);
    expect([await book("a"), await book("c")]).toEqual([1, 1]);
    expect(await book("b")).toBeUndefined();
  });
});
