import { ContentError, OpenLedgerError, messageOf } from "../common/errors.ts";
import type { ContentId } from "./cid.ts";
import { contentIdOf } from "./cid.ts";
import type { ContentStore } from "./contentStore.ts";

/** Largest file that is fetched unless a caller says otherwise: 256 MiB. */
export const MAX_FETCH_BYTES = 256 << 20;
/** How soon a source has to begin to answer, in milliseconds; those that do not are asked again when no other has the file. */
const FIRST_BYTE_MS = 3_000;
/** The same when it is asked again: a gateway may have to look for the file. */
const PATIENT_FIRST_BYTE_MS = 30_000;
/** Longest pause within an answer. */
const PAUSE_MS = 10_000;
/** An answer may take this long, and more for what it brings: one that trickles is passed over too. */
const TRICKLE_MS = 60_000;
const LEAST_BYTES_PER_MS = 64;
/** How long a source that was silent is asked last. */
const SILENT_FOR_MS = 300_000;

/** The sources of a process that were silent lately, by base URL. Shared by all of its fetches. */
export type SilentSources = Map<string, number>;

/** The source did not begin, or did not go on, to answer in time. */
class SilenceError extends Error {}

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
  /** Those that were silent when this process asked before: they are asked last. */
  readonly silent?: SilentSources;
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
}

/**
 * The content, from the store or from the first source that gives bytes with the right hash; what was fetched is stored.
 * A source that is too long or lies is passed over. One that is silent costs a few seconds, once, and is asked last from then on.
 *
 * @throws ContentUnavailableError when no source is left.
 */
export async function fetchContent(store: ContentStore, id: ContentId, options: FetchOptions): Promise<Uint8Array> {
  const stored = await store.get(id);
  if (stored !== undefined) return stored;
  const silent: SilentSources = options.silent ?? new Map<string, number>();
  const reasons = new Map<string, string>();

  async function tryOne(source: string, firstByteMs: number): Promise<Uint8Array | undefined> {
    options.signal?.throwIfAborted();
    try {
      const bytes = await download(source, id, options, firstByteMs);
      silent.delete(source);
      return bytes;
    } catch (error) {
      options.signal?.throwIfAborted();
      if (error instanceof SilenceError) silent.set(source, Date.now() + SILENT_FOR_MS);
      reasons.set(source, reasonOf(error));
      return undefined;
    }
  }

  async function tryAll(): Promise<Uint8Array | undefined> {
    const isSilent = (source: string) => (silent.get(source) ?? 0) > Date.now();
    for (const source of options.sources.filter((candidate) => !isSilent(candidate))) {
      const bytes = await tryOne(source, FIRST_BYTE_MS);
      if (bytes !== undefined) return bytes;
    }
    // all at once: together they cost no more than one of them
    return firstOf(options.sources.filter(isSilent).map((source) => tryOne(source, PATIENT_FIRST_BYTE_MS)));
  }

  const bytes = await tryAll();
  if (bytes === undefined) throw new ContentUnavailableError(id, inOrder(options.sources, reasons));
  await store.put(bytes);
  return bytes;
}

/** The first result that is not undefined, as soon as it is there. */
async function firstOf<T>(results: readonly Promise<T | undefined>[]): Promise<T | undefined> {
  const found = results.map(async (result) => {
    const value = await result;
    if (value === undefined) throw new Error("nothing here");
    return value;
  });
  try {
    return await Promise.any(found);
  } catch {
    // Promise.any hides why the others failed: that the caller ended the work has to reach it
    await Promise.all(results);
    return undefined;
  }
}

function inOrder(sources: readonly string[], reasons: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map(sources.flatMap((source) => (reasons.has(source) ? [[source, reasons.get(source)!] as const] : [])));
}

async function download(
  source: string,
  id: ContentId,
  options: FetchOptions,
  firstByteMs: number,
): Promise<Uint8Array> {
  const maxBytes = options.maxBytes ?? MAX_FETCH_BYTES;
  const silence = new AbortController();
  const within = (ms: number) =>
    setTimeout(() => silence.abort(new SilenceError(`nothing for ${(ms / 1_000).toFixed(0)} s`)), ms);
  const began = performance.now();
  let received = 0;
  let timer = within(firstByteMs);
  const onBytes = (bytes: number) => {
    clearTimeout(timer);
    received += bytes;
    const left = began + TRICKLE_MS + received / LEAST_BYTES_PER_MS - performance.now();
    timer = within(Math.max(0, Math.min(PAUSE_MS, left)));
  };
  const signal = options.signal ? AbortSignal.any([options.signal, silence.signal]) : silence.signal;
  try {
    return await request(source, id, maxBytes, signal, onBytes);
  } finally {
    clearTimeout(timer);
  }
}

async function request(
  source: string,
  id: ContentId,
  maxBytes: number,
  signal: AbortSignal,
  onBytes: (bytes: number) => void,
): Promise<Uint8Array> {
  const response = await fetch(new URL(`ipfs/${id}`, source.endsWith("/") ? source : `${source}/`), {
    headers: { accept: "application/vnd.ipld.raw, application/octet-stream" },
    signal,
  });
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw new ContentError(`HTTP ${response.status}`);
  }
  const bytes = await readAtMost(response.body, maxBytes, onBytes);
  if (contentIdOf(bytes) !== id) throw new ContentError(`the answer hashes to ${contentIdOf(bytes)}`);
  return bytes;
}

/** Reads a body to its end, and stops as soon as it is longer than allowed, whatever its headers say. */
async function readAtMost(
  body: ReadableStream<Uint8Array>,
  maxBytes: number,
  onBytes: (bytes: number) => void,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    onBytes(chunk.length);
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
