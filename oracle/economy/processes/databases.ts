import { createDatabase } from "../../store/createDatabase.ts";

/**
 * URLs of a database for each process, by name, on the server of `url`; none without a server. Operators share a store with
 * nobody, so they share no database either.
 *
 * @param keep whether the state is resumed, and what they hold is still wanted
 */
export async function createDatabases(
  url: string | undefined,
  names: readonly string[],
  keep: boolean,
): Promise<ReadonlyMap<string, string>> {
  if (url === undefined) return new Map();
  const base = new URL(url).pathname.slice(1) || "openledger";
  const entries = names.map(async (name) => {
    const database = `${base}_up_${name.replace("-", "_")}`;
    return [name, await createDatabase(url, database, keep)] as const;
  });
  return new Map(await Promise.all(entries));
}
