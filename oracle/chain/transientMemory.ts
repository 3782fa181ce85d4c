import type { SignedTransaction } from "../common/signedTransaction.ts";
import type { TransactionMemory } from "./pending.ts";

/** Keeps signed transactions for the life of the process: for commands that send one transaction and wait for it. */
export function createTransientMemory(): TransactionMemory {
  const byKey = new Map<string, SignedTransaction>();
  return {
    find: (key) => Promise.resolve(byKey.get(key)),
    add: (transaction) => {
      byKey.set(transaction.key, transaction);
      return Promise.resolve();
    },
    setStatus: (key, status) => {
      const known = byKey.get(key);
      if (known !== undefined) byKey.set(key, { ...known, status });
      return Promise.resolve();
    },
    replace: (key, { hash, raw }) => {
      const known = byKey.get(key);
      if (known !== undefined) {
        byKey.set(key, { ...known, hash, raw, earlierHashes: [...known.earlierHashes, known.hash] });
      }
      return Promise.resolve();
    },
    withNonce: (sender, nonce) =>
      Promise.resolve([...byKey.values()].find((t) => t.sender === sender && t.nonce === nonce)),
    lastNonce: (sender) => {
      const nonces = [...byKey.values()].flatMap((t) => (t.sender === sender ? [t.nonce] : []));
      return Promise.resolve(nonces.length === 0 ? undefined : Math.max(...nonces));
    },
    unmined: (sender) =>
      Promise.resolve(
        [...byKey.values()]
          .filter((t) => t.sender === sender && t.status === "signed")
          .sort((a, b) => a.nonce - b.nonce),
      ),
    remove: (key) => {
      byKey.delete(key);
      return Promise.resolve();
    },
  };
}
