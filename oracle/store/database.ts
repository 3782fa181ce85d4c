/** A row as the driver returns it: numeric(78,0) and bigint as decimal strings, jsonb as parsed JSON. */
export type Row = Record<string, unknown>;

/** The SQL that everything above the store speaks: PostgreSQL, with $1-style parameters. */
export interface Database {
  query<R extends Row = Row>(sql: string, parameters?: readonly unknown[]): Promise<R[]>;
  /** All statements of `work` take effect, or none. Transactions do not nest. */
  transaction<T>(work: (tx: Pick<Database, "query">) => Promise<T>): Promise<T>;
  close(): Promise<void>;
  /** Rejects when this process can no longer use the database and has to end. Never resolves. */
  readonly stopped: Promise<never>;
  /** What BullMQ's PostgreSQL backend connects to: a pool, or a connection string. */
  readonly queueConnection: object | string;
}

/** Either a database or a transaction of it. */
export type Queryable = Pick<Database, "query">;
