import { describe, expect, it } from "vitest";
import type { StoredEvent } from "./storedEvent.ts";
import { createFoundEvents } from "./foundEvents.ts";

const event = (name: string, logIndex = 0): StoredEvent => ({
  ...{ blockNumber: 1, logIndex, transactionHash: "0x1", contract: "Till", name, args: {}, timestamp: 1 },
});
const paid = { contract: "Till", name: "Paid" };

/** A store whose reads are counted. */
function counted(events: readonly StoredEvent[] = [event("Paid")]) {
  const found = createFoundEvents();
  let reads = 0;
  const read = () => {
    reads++;
    return Promise.resolve([...events]);
  };
  return { found, ask: (filter = paid) => found.find(filter, read), reads: () => reads };
}

describe("what was found in the events", () => {
  it("is read again after an event of its kind, and only then", async () => {
    const { found, ask, reads } = counted();
    expect(await ask()).toEqual(await ask());
    found.added([event("Swept")]);
    await ask();
    expect(reads()).toBe(1);
    found.added([event("Paid")]);
    await ask();
    expect(reads()).toBe(2);
  });

  it("is read again after a reorganisation", async () => {
    const { found, ask, reads } = counted();
    await ask();
    found.clear();
    await ask();
    expect(reads()).toBe(2);
  });

  it("is not kept when an event was stored while it was read", async () => {
    const { found, ask, reads } = counted();
    const asking = ask();
    found.added([event("Paid")]);
    await asking;
    await ask();
    expect(reads()).toBe(2);
  });

  it("is not changed by who asked", async () => {
    const { ask } = counted();
    (await ask()).pop();
    (await ask()).pop();
    expect(await ask()).toHaveLength(1);
  });

  it("is not kept when it is long, so that memory does not grow with the chain", async () => {
    const { ask, reads } = counted(Array.from({ length: 501 }, (_, i) => event("Paid", i)));
    await ask();
    await ask();
    expect(reads()).toBe(2);
  });
});
