import type { Database } from "./database.ts";

export interface Signatures {
  add(digest: string, signer: string, signature: string): Promise<void>;
  /** Signature by lower-case signer address. */
  of(digest: string): Promise<Map<string, string>>;
}

export function createSignatures(db: Database): Signatures {
  return {
    add: async (digest, signer, signature) => {
      await db.query("INSERT INTO signatures (digest, signer, signature) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", [
        digest,
        signer.toLowerCase(),
        signature,
      ]);
    },
    of: async (digest) => {
      const rows = await db.query<{ signer: string; signature: string }>(
        "SELECT signer, signature FROM signatures WHERE digest = $1",
        [digest],
      );
      return new Map(rows.map((row) => [row.signer, row.signature]));
    },
  };
}
