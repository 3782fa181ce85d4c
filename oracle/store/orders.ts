import { toJson } from "../common/json.ts";
import type { Database } from "./database.ts";

/** An order that its seller signed. The JSON holds what was validated before. */
export interface StoredOrder {
  /** What it sells, such as `model:1`. */
  readonly asset: string;
  readonly orderHash: string;
  readonly parameters: unknown;
  readonly signature: string;
}

export interface Orders {
  /** Stores an order in the place of an earlier one of the same asset. */
  put(order: StoredOrder): Promise<void>;
  all(): Promise<StoredOrder[]>;
}

interface OrderRow extends Record<string, unknown> {
  asset: string;
  order_hash: string;
  parameters: unknown;
  signature: string;
}

export function createOrders(db: Database): Orders {
  return {
    put: async ({ asset, orderHash, parameters, signature }) => {
      await db.query(
        `INSERT INTO orders (asset, order_hash, parameters, signature) VALUES ($1, $2, $3::jsonb, $4)
         ON CONFLICT (asset) DO UPDATE SET
           order_hash = excluded.order_hash, parameters = excluded.parameters, signature = excluded.signature`,
        [asset, orderHash, toJson(parameters), signature],
      );
    },
    all: async () => {
      const rows = await db.query<OrderRow>("SELECT * FROM orders ORDER BY asset", []);
      return rows.map(({ asset, order_hash: orderHash, parameters, signature }) => ({
        ...{ asset, orderHash, parameters, signature },
      }));
    },
  };
}
