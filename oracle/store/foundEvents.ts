import { LRUCache } from "lru-cache";
import type { EventFilter, StoredEvent } from "./storedEvent.ts";

/** Answers that are kept; the one that was asked for longest ago goes first. */
const KEPT = 256;
/** Longer answers are read again each time. */
const LONGEST = 500;

type Named = Pick<StoredEvent, "contract" | "name">;

/** What was found in the store, as long as it is what would be found again. */
export interface FoundEvents {
  /** The kept answer, or else what `read` gives. */
  find(filter: EventFilter, read: () => Promise<StoredEvent[]>): Promise<StoredEvent[]>;
  /** Forgets the answers that these events, just stored, belong to. */
  added(events: readonly Named[]): void;
  /** Forgets everything, as after a reorganisation. */
  clear(): void;
}

/** Planning asks the same questions at every block, and few blocks hold an event that changes an answer. */
export function createFoundEvents(): FoundEvents {
  const kept = new LRUCache<string, { readonly filter: EventFilter; readonly events: readonly StoredEvent[] }>({
    max: KEPT,
  });
  let changes = 0;
  return {
    find: async (filter, read) => {
      const key = JSON.stringify(filter);
      const known = kept.get(key);
      if (known !== undefined) return [...known.events];
      const before = changes;
      const events = await read();
      // what was stored in the meantime may be missing
      if (changes === before && events.length <= LONGEST) kept.set(key, { filter, events: [...events] });
      return events;
    },
    added: (events) => {
      if (events.length === 0) return;
      changes++;
      const names = new Set(events.map(({ contract, name }) => `${contract}.${name}`));
      for (const [key, { filter }] of [...kept]) {
        if ([filter.name].flat().some((name) => names.has(`${filter.contract}.${name}`))) kept.delete(key);
      }
    },
    clear: () => {
      changes++;
      kept.clear();
    },
  };
}
