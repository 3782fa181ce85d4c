import type { Database, Queryable } from "./database.ts";
import { createFoundEvents } from "./foundEvents.ts";
import type { EventArguments, EventFilter, StoredEvent } from "./storedEvent.ts";

export interface StoredBlock {
  readonly number: number;
  readonly hash: string;
  readonly parentHash: string;
  /** Seconds since 1970. */
  readonly timestamp: number;
}

/** How often this process has changed the events: equal numbers mean equal events. */
export interface EventsRevision {
  readonly changes: number;
  /** Changes that took events away, among them. */
  readonly rollBacks: number;
}

export interface ChainEvents {
  /** The newest block that was read. */
  head(): Promise<StoredBlock | undefined>;
  /** The newest block that was read below this number. */
  before(number: number): Promise<StoredBlock | undefined>;
  /** Stores a range in one transaction: all of its blocks and events, or none. */
  append(blocks: readonly StoredBlock[], events: readonly Omit<StoredEvent, "timestamp">[]): Promise<void>;
  /**
   * Follows another fork from this block on, in one transaction: its events, and every result of a stage, are forgotten;
   * transactions that were mined, or reverted, are looked up, and broadcast, again.
   */
  rollBack(fromBlock: number): Promise<void>;
  /** Asked without looking into the database. */
  revision(): EventsRevision;
  /** In the order of the chain. */
  find(filter: EventFilter): Promise<StoredEvent[]>;
}

interface EventRow extends Record<string, unknown> {
  block_number: string | number;
  log_index: number;
  transaction_hash: string;
  contract: string;
  name: string;
  args: EventArguments;
  timestamp: string | number;
}

interface BlockRow extends Record<string, unknown> {
  number: string | number;
  hash: string;
  parent_hash: string;
  timestamp: string | number;
}

export function createChainEvents(db: Database): ChainEvents {
  let revision: EventsRevision = { changes: 0, rollBacks: 0 };
  const found = createFoundEvents();
  /** The newest block, once it is known: every look at the chain asks for it, and this process alone changes it. */
  let newest: { readonly block: StoredBlock | undefined } | undefined;
  let blockChanges = 0;

  /** @param work that changes the blocks; where it fails, the store is asked what it has done */
  async function changingBlocks(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } finally {
      blockChanges++;
      newest = undefined;
    }
  }

  async function read(filter: EventFilter): Promise<StoredEvent[]> {
    const { contract, name, where = {}, among, places } = filter;
    const { fromBlock = 0, upToBlock = Number.MAX_SAFE_INTEGER } = filter;
    const parameters: unknown[] = [contract, [name].flat(), JSON.stringify(where), fromBlock, upToBlock];
    const conditions: string[] = [];
    if (among !== undefined) {
      const at = parameters.push(among.argument, among.values);
      conditions.push(`AND e.args ->> $${at - 1} = ANY($${at}::text[])`);
    }
    if (places !== undefined) {
      const blocks = places.map(({ blockNumber }) => blockNumber);
      const at = parameters.push(
        blocks,
        places.map(({ logIndex }) => logIndex),
      );
      conditions.push(
        `AND (e.block_number, e.log_index) IN (SELECT * FROM unnest($${at - 1}::bigint[], $${at}::integer[]))`,
      );
    }
    const rows = await db.query<EventRow>(
      `SELECT e.*, b.timestamp FROM events e JOIN blocks b ON b.number = e.block_number
       WHERE e.contract = $1 AND e.name = ANY($2::text[]) AND e.args @> $3::jsonb AND e.block_number BETWEEN $4 AND $5
       ${conditions.join(" ")}
       ORDER BY e.block_number, e.log_index`,
      parameters,
    );
    return rows.map(toEvent);
  }

  return {
    revision: () => revision,
    head: async () => {
      if (newest !== undefined) return newest.block;
      const before = blockChanges;
      const block = toBlock(await db.query<BlockRow>("SELECT * FROM blocks ORDER BY number DESC LIMIT 1"));
      // a block that was stored in the meantime is newer
      if (blockChanges === before) newest = { block };
      return block;
    },
    before: async (number) =>
      toBlock(
        await db.query<BlockRow>("SELECT * FROM blocks WHERE number < $1 ORDER BY number DESC LIMIT 1", [number]),
      ),
    append: async (blocks, events) => {
      await changingBlocks(() =>
        db.transaction(async (tx) => {
          await insertBlocks(tx, blocks);
          if (events.length > 0) await insertEvents(tx, events);
        }),
      );
      found.added(events);
      if (events.length > 0) revision = { ...revision, changes: revision.changes + 1 };
    },
    rollBack: async (fromBlock) => {
      try {
        await changingBlocks(() =>
          db.transaction(async (tx) => {
            // first, so that whoever stores a result either comes before the deletion or finds another fork
            await tx.query("UPDATE fork SET number = number + 1");
            await tx.query("DELETE FROM blocks WHERE number >= $1", [fromBlock]);
            await tx.query("DELETE FROM stage_results");
            await tx.query("UPDATE transactions SET status = 'signed'");
          }),
        );
      } finally {
        // a server may have done it although its answer was lost
        found.clear();
        revision = { changes: revision.changes + 1, rollBacks: revision.rollBacks + 1 };
      }
    },
    find: (filter) => found.find(filter, () => read(filter)),
  };
}

async function insertBlocks(tx: Queryable, blocks: readonly StoredBlock[]): Promise<void> {
  await tx.query(
    `INSERT INTO blocks (number, hash, parent_hash, timestamp)
     SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[])`,
    [
      blocks.map((block) => block.number),
      blocks.map((block) => block.hash),
      blocks.map((block) => block.parentHash),
      blocks.map((block) => block.timestamp),
    ],
  );
}

async function insertEvents(tx: Queryable, events: readonly Omit<StoredEvent, "timestamp">[]): Promise<void> {
  // the arguments travel as one JSON document: PGlite does not take an array of jsonb
  await tx.query(
    `INSERT INTO events (block_number, log_index, transaction_hash, contract, name, args)
     SELECT * FROM jsonb_to_recordset($1::jsonb) AS e
       (block_number bigint, log_index integer, transaction_hash text, contract text, name text, args jsonb)`,
    [
      JSON.stringify(
        events.map((event) => ({
          block_number: event.blockNumber,
          log_index: event.logIndex,
          transaction_hash: event.transactionHash,
          contract: event.contract,
          name: event.name,
          args: event.args,
        })),
      ),
    ],
  );
}

function toBlock(rows: readonly BlockRow[]): StoredBlock | undefined {
  const row = rows[0];
  if (row === undefined) return undefined;
  return { number: Number(row.number), hash: row.hash, parentHash: row.parent_hash, timestamp: Number(row.timestamp) };
}

function toEvent(row: EventRow): StoredEvent {
  return {
    blockNumber: Number(row.block_number),
    logIndex: row.log_index,
    transactionHash: row.transaction_hash,
    contract: row.contract,
    name: row.name,
    args: row.args,
    timestamp: Number(row.timestamp),
  };
}
