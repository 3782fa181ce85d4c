import { ContentError, OpenLedgerError, messageOf } from "../common/errors.ts";
import type { ContentId } from "./cid.ts";
import { contentIdOf } from "./cid.ts";
import type { ContentStore } from "./contentStore.ts";

/** Largest file that is fetched unless a caller says otherwise: 256 MiB. */
export const MAX_FETCH_BYTES = 256 << 20;
/** Longest that one source may take, in milliseconds. */
const SOURCE_TIMEOUT_MS = 60_000;

/** No source gave the content. Retryable: a source may come back. */
export class ContentUnavailableError extends OpenLedgerError {
  override readonly exitCode = 69;
  /** What each source answered, by base URL, in the order asked. */
  readonly reasons: ReadonlyMap<string, string>;

  constructor(id: ContentId, reasons: ReadonlyMap<string, string>) {
    const answers = [...reasons].map(([url, reason]) => `${url}: ${reason}`);
    super(`no source has ${id}${answers.length === 0 ? "" : ` (${answers.join("; ")})`}`, {
      limit: "at least one source serves the file",
      remedy: answers.length === 0 ? "configure a peer or a gateway" : "add another peer or gateway",
      retryable: true,
    });
    this.reasons = reasons;
  }
}

export interface FetchOptions {
  /** Base URLs, asked in this order: a peer, or an IPFS gateway. The file is at `<base>/ipfs/<cid>`. */
  readonly sources: readonly string[];
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
}

/**
 * The content, from the store or from the first source that gives bytes with the right hash; what was fetched is stored.
 * A source that is silent, too slow, too long or lies is passed over.
 *
 * @throws ContentUnavailableError when no source is left.
 */
export async function fetchContent(store: ContentStore, id: ContentId, options: FetchOptions): Promise<Uint8Array> {
  const stored = await store.get(id);
  if (stored !== undefined) return stored;
  const reasons = new Map<string, string>();
  for (const source of options.sources) {
    options.signal?.throwIfAborted();
    try {
      const bytes = await download(source, id, options);
      await store.put(bytes);
      return bytes;
    } catch (error) {
      options.signal?.throwIfAborted();
      reasons.set(source, reasonOf(error));
    }
  }
  throw new ContentUnavailableError(id, reasons);
}

async function download(source: string, id: ContentId, options: FetchOptions): Promise<Uint8Array> {
  const maxBytes = options.maxBytes ?? MAX_FETCH_BYTES;
  const timeout = AbortSignal.timeout(SOURCE_TIMEOUT_MS);
  const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
  const response = await fetch(new URL(`ipfs/${id}`, source.endsWith("/") ? source : `${source}/`), {
    headers: { accept: "application/vnd.ipld.raw, application/octet-stream" },
    signal,
  });
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw new ContentError(`HTTP ${response.status}`);
  }
  const bytes = await readAtMost(response.body, maxBytes);
  if (contentIdOf(bytes) !== id) throw new ContentError(`the answer hashes to ${contentIdOf(bytes)}`);
  return bytes;
}

/** Reads a body to its end, and stops as soon as it is longer than allowed, whatever its headers say. */
async function readAtMost(body: ReadableStream<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > maxBytes) throw new ContentError(`the answer has more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause === undefined ? messageOf(error) : `${messageOf(error)}: ${messageOf(cause)}`;
}
