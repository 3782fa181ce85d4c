import { contentIdOfUri } from "../content/cid.ts";
import { createContentStore } from "../content/contentStore.ts";
import { fetchContent, type SilentSources } from "../content/fetchContent.ts";

/** Files by the hash of their bytes, wherever they come from. Takes bare CIDs and `ipfs://` URIs. */
export interface ContentFiles {
  /** Stores bytes and returns their CID. */
  put(bytes: Uint8Array): Promise<string>;
  /**
   * The bytes, from here or from a source, and then kept.
   *
   * @throws ContentError for what is no CID; ContentUnavailableError (retryable) when nobody has the file now.
   */
  get(uri: string): Promise<Uint8Array>;
  /** The bytes if they are here. */
  find(uri: string): Promise<Uint8Array | undefined>;
}

/** @param sources base URLs that serve `/ipfs/<cid>`, asked in order */
export function createContentFiles(directory: string, sources: readonly string[]): ContentFiles {
  const store = createContentStore(directory);
  const silent: SilentSources = new Map();
  return {
    put: (bytes) => store.put(bytes),
    get: (uri) => fetchContent(store, contentIdOfUri(uri), { sources, silent }),
    find: (uri) => store.get(contentIdOfUri(uri)),
  };
}
