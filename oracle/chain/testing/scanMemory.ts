import type { ScanMemory, ScannedBlock, ScannedEvent } from "../scan.ts";

/** What a scanner has read, for as long as a test runs. */
export interface TestScanMemory extends ScanMemory {
  readonly blocks: ScannedBlock[];
  readonly events: ScannedEvent[];
}

export function createScanMemory(): TestScanMemory {
  const blocks: ScannedBlock[] = [];
  const events: ScannedEvent[] = [];
  return {
    blocks,
    events,
    head: () => Promise.resolve(blocks.at(-1)),
    before: (number) => Promise.resolve(blocks.findLast((block) => block.number < number)),
    append: (newBlocks, newEvents) => {
      blocks.push(...newBlocks);
      events.push(...newEvents);
      return Promise.resolve();
    },
    rollBack: (fromBlock) => {
      const isKept = (number: number) => number < fromBlock;
      blocks.splice(blocks.findIndex((block) => !isKept(block.number)));
      events.splice(0, Infinity, ...events.filter((event) => isKept(event.blockNumber)));
      return Promise.resolve();
    },
  };
}
