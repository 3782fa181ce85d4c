import { EventEmitter } from "node:events";
import type { PGlite } from "@electric-sql/pglite";

interface QueryResult {
  readonly rows: unknown[];
  readonly rowCount: number;
}

const LISTEN = /^\s*(UN)?LISTEN\s+"?([\w*]+)"?\s*;?\s*$/iu;
const SQL_COMMENT = /--[^\n]*\n/gu;

/**
 * A pg.Pool-shaped view of one PGlite database for BullMQ. PGlite is one session, so every client shares it. LISTEN and
 * UNLISTEN go through `db.listen`, because PGlite hands notifications to callbacks and not to a client's event.
 *
 * @param guarded runs a statement and describes its errors
 */
export function createPglitePool(db: PGlite, guarded: <T>(work: () => Promise<T>) => Promise<T>): EventEmitter {
  class Client extends EventEmitter {
    readonly #unlisten = new Map<string, () => Promise<void>>();
    /** BullMQ turns keep-alive on for the socket that listens; an in-process database has no socket to lose. */
    readonly connection = { stream: { setKeepAlive: () => {} } };

    constructor() {
      super();
      this.setMaxListeners(0);
    }

    async query(text: string, parameters: readonly unknown[] = []): Promise<QueryResult> {
      const listen = LISTEN.exec(text.replace(SQL_COMMENT, ""));
      if (listen?.[2] !== undefined) {
        await (listen[1] === undefined ? this.#subscribe(listen[2]) : this.#unsubscribe(listen[2]));
        return { rows: [], rowCount: 0 };
      }
      // without parameters several statements are allowed, as in node-postgres
      const result = await guarded(async () =>
        parameters.length === 0 ? (await db.exec(text)).at(-1) : await db.query(text, [...parameters]),
      );
      const rows = result?.rows ?? [];
      return { rows, rowCount: rows.length || (result?.affectedRows ?? 0) };
    }

    async #subscribe(channel: string): Promise<void> {
      if (this.#unlisten.has(channel)) return;
      this.#unlisten.set(channel, () => Promise.resolve());
      const stop = await db.listen(channel, (payload) => this.emit("notification", { channel, payload }));
      this.#unlisten.set(channel, stop);
    }

    async #unsubscribe(channel: string): Promise<void> {
      const stop = this.#unlisten.get(channel);
      this.#unlisten.delete(channel);
      await stop?.();
    }

    release(): void {
      for (const channel of [...this.#unlisten.keys()]) {
        // a database that is closing has forgotten its listeners already
        this.#unsubscribe(channel).catch(() => {});
      }
      this.removeAllListeners();
    }
  }

  const shared = new Client();
  return Object.assign(new EventEmitter(), {
    query: (text: string, parameters?: readonly unknown[]) => shared.query(text, parameters),
    connect: () => Promise.resolve(new Client()),
    end: () => Promise.resolve(),
  });
}
