import { createHash } from "node:crypto";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import type { RequestListener } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { ContentError } from "../common/errors.ts";
import type { ContentId } from "./cid.ts";
import { contentIdOf, contentIdOfUri, parseContentId } from "./cid.ts";
import { createContentStore } from "./contentStore.ts";
import { ContentUnavailableError, fetchContent } from "./fetchContent.ts";

const hello = new TextEncoder().encode("hello world");
/** By definition: "b", then the base32 of 0x01 (CIDv1) 0x55 (raw) 0x12 (sha2-256) 0x20 (32 bytes) and the hash. */
const HELLO_ID = "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e";

async function tempDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "openledger-content-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Base URL of a server on the loopback that lives until the test ends, and how often it was asked. */
async function serve(listener: RequestListener): Promise<{ url: string; requests: () => number }> {
  let requests = 0;
  const server = createServer((request, response) => {
    requests++;
    listener(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests: () => requests };
}

describe("a content id", () => {
  it("is the one that IPFS gives a raw block", () => {
    expect(contentIdOf(hello)).toBe(HELLO_ID);
    expect(createHash("sha256").update(hello).digest("hex")).toMatch(/^b94d27b9/);
  });

  it("is read back from itself and from an ipfs URI, for any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const id = contentIdOf(bytes);
        expect(parseContentId(id)).toBe(id);
        expect(contentIdOfUri(`ipfs://${id}`)).toBe(id);
      }),
    );
  });

  it.each([
    ["nothing", ""],
    ["a path", "../../etc/passwd"],
    ["a CIDv0", "QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o"],
    ["another codec", "bafybeifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e"],
    ["another base", "zb2rhj7crUKTQYRGCRATFaQ6YFLTde2YzdqbbhAASkL9uRDXn"],
    ["capitals", HELLO_ID.toUpperCase()],
    ["something after it", `${HELLO_ID}/file`],
  ])("is not %s", (_, text) => {
    expect(() => parseContentId(text)).toThrow(ContentError);
  });
});

describe("the content store", () => {
  it("gives back what was put in and nothing else", async () => {
    const store = createContentStore(await tempDir());
    const other = contentIdOf(Uint8Array.of(1));
    expect(await store.put(hello)).toBe(HELLO_ID);
    expect(Buffer.from((await store.get(HELLO_ID as ContentId))!)).toEqual(Buffer.from(hello));
    expect(await store.has(other)).toBe(false);
    expect(await store.get(other)).toBeUndefined();
  });

  it("holds the empty file", async () => {
    const store = createContentStore(await tempDir());
    expect((await store.get(await store.put(new Uint8Array())))!.length).toBe(0);
  });

  it("refuses a file that changed on the disk and takes it anew after deletion", async () => {
    const dir = await tempDir();
    const store = createContentStore(dir);
    const id = await store.put(hello);
    writeFileSync(join(dir, id.slice(-2), id), "hello w0rld");
    await expect(store.get(id)).rejects.toThrow(/has changed on the disk/);
    await expect(store.get(id)).rejects.toThrow(ContentError);
    expect(await store.delete(id)).toBe(true);
    expect(await store.delete(id)).toBe(false);
    await store.put(hello);
    expect(await store.get(id)).toBeDefined();
  });

  it("takes one content from many writers at once and leaves no temporary files", async () => {
    const dir = await tempDir();
    const stores = Array.from({ length: 8 }, () => createContentStore(dir));
    const ids = await Promise.all(stores.map((store) => store.put(hello)));
    expect(new Set(ids)).toEqual(new Set([HELLO_ID]));
    expect(readdirSync(join(dir, HELLO_ID.slice(-2)))).toEqual([HELLO_ID]);
  });
});

describe("fetching content", () => {
  const id = HELLO_ID as ContentId;
  const honest: RequestListener = (request, response) => {
    if (request.url === `/ipfs/${id}`) response.end(hello);
    else response.writeHead(404).end();
  };

  it("asks a source once, then answers from the store", async () => {
    const store = createContentStore(await tempDir());
    const { url, requests } = await serve(honest);
    expect(Buffer.from(await fetchContent(store, id, { sources: [url] })).toString()).toBe("hello world");
    await fetchContent(store, id, { sources: [url] });
    expect(requests()).toBe(1);
  });

  it("passes over sources that lack it, lie, flood, break off or are gone", async () => {
    const store = createContentStore(await tempDir());
    const lacks = await serve((_, response) => void response.writeHead(404).end());
    const lies = await serve((_, response) => void response.end("hello w0rld"));
    const floods = await serve((_, response) => {
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(1 << 16)));
      };
      response.on("drain", more);
      more();
    });
    const breaksOff = await serve((_, response) => {
      response.writeHead(200, { "content-length": "11" });
      response.write("hello");
      setImmediate(() => response.destroy());
    });
    const gone = "http://127.0.0.1:9";
    const good = await serve(honest);
    const bad = [lacks.url, lies.url, floods.url, breaksOff.url, gone];
    const failing = fetchContent(store, id, { sources: bad, maxBytes: 1 << 20 });
    const error = await failing.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(ContentUnavailableError);
    if (!(error instanceof ContentUnavailableError)) return;
    expect(error.retryable).toBe(true);
    expect(error.reasons.get(lacks.url)).toBe("HTTP 404");
    expect(error.reasons.get(lies.url)).toMatch(/^the answer hashes to bafkrei/);
    expect(error.reasons.get(floods.url)).toBe("the answer has more than 1048576 bytes");
    expect([...error.reasons.keys()]).toEqual(bad);
    expect(await store.has(id)).toBe(false);

    const bytes = await fetchContent(store, id, { sources: [...bad, good.url], maxBytes: 1 << 20 });
    expect(contentIdOf(bytes)).toBe(id);
  });

  it("waits seconds for a source that is silent, once, and asks it last from then on", async () => {
    const store = createContentStore(await tempDir());
    const other = contentIdOf(Uint8Array.of(7));
    const silences = [await serve(() => {}), await serve((_, response) => void response.writeHead(200).write(""))];
    const good = await serve((request, response) => {
      response.end(request.url === `/ipfs/${id}` ? hello : Buffer.of(7));
    });
    const silent = new Map<string, number>();
    const sources = [...silences.map(({ url }) => url), good.url];
    const began = performance.now();
    await fetchContent(store, id, { sources, silent });
    const first = performance.now() - began;
    expect([...silent.keys()]).toEqual(sources.slice(0, 2));
    await fetchContent(store, other, { sources, silent });
    expect(performance.now() - began - first).toBeLessThan(first / 4);
    expect(silences.map(({ requests }) => requests())).toEqual([1, 1]);
  });

  it("asks a source that was silent again when no other has the file, and trusts it when it answers", async () => {
    const store = createContentStore(await tempDir());
    const slow = await serve(honest);
    const lacks = await serve((_, response) => void response.writeHead(404).end());
    const silent = new Map([[slow.url, Date.now() + 60_000]]);
    const bytes = await fetchContent(store, id, { sources: [slow.url, lacks.url], silent });
    expect(contentIdOf(bytes)).toBe(id);
    expect(lacks.requests()).toBe(1);
    expect(silent.size).toBe(0);
  });

  it("keeps the path of a base URL", async () => {
    const { url } = await serve((request, response) => {
      if (request.url === `/gateway/ipfs/${id}`) response.end(hello);
      else response.writeHead(404).end();
    });
    const store = createContentStore(await tempDir());
    await expect(fetchContent(store, id, { sources: [`${url}/gateway`] })).resolves.toBeDefined();
  });

  it("stops when it is told to, without asking the next source", async () => {
    const abort = new AbortController();
    const hangs = await serve(() => abort.abort(new Error("shutting down")));
    const next = await serve(honest);
    const store = createContentStore(await tempDir());
    const fetching = fetchContent(store, id, { sources: [hangs.url, next.url], signal: abort.signal });
    await expect(fetching).rejects.toThrow("shutting down");
    expect(next.requests()).toBe(0);
  });

  it("says so when there is no source at all", async () => {
    const store = createContentStore(await tempDir());
    await expect(fetchContent(store, id, { sources: [] })).rejects.toThrow(`no source has ${id}`);
  });
});
