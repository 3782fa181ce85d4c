import { asAddress } from "@openledger/protocol/hex.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OpenLedgerError } from "../common/errors.ts";
import { type ContentId, contentIdOf, contentIdOfUri } from "../content/cid.ts";
import { ContentUnavailableError } from "../content/fetchContent.ts";
import type { ContentFiles } from "./contentFiles.ts";
import { getIndex } from "./indexFiles.ts";
import { getSubmission } from "./submissionFiles.ts";
import { getManifest } from "./versionFiles.ts";

const contributor = asAddress(`0x${"a1".repeat(20)}`);
const registered = [{ contentRoot: `0x${"5a".repeat(32)}`, examples: 1 }];
/** What a stage reads of strangers, and the names that its manifest has. */
const LOADERS = [
  ["a version's manifest", getManifest, ["format", "plan", "scheme", "weights", "certificate", "recipe", "labels"]],
  ["an index", getIndex, ["format", "versionId", "k", "features", "parts", "rows", "datanetId", "size", "quality"]],
  [
    "a submission",
    (content: ContentFiles, uri: string) => getSubmission(content, uri, contributor, registered),
    ["format", "examples", "salts"],
  ],
] as const;
const FORMATS = ["openledger-version/1", "openledger-plan/1", "openledger-index/2", "openledger-submission/1"];

/** Files in memory. */
function memoryFiles(): ContentFiles {
  const files = new Map<ContentId, Uint8Array>();
  const find = (uri: string) => Promise.resolve(files.get(contentIdOfUri(uri)));
  return {
    put: (bytes) => {
      const id = contentIdOf(bytes);
      files.set(id, bytes);
      return Promise.resolve(id);
    },
    get: async (uri) => {
      const bytes = await find(uri);
      if (bytes === undefined) throw new ContentUnavailableError(contentIdOfUri(uri), new Map());
      return bytes;
    },
    find,
  };
}

describe.each(LOADERS)("%s", (_, load, names) => {
  it("is refused with a typed error, whatever bytes a stranger published", async () => {
    const content = memoryFiles();
    const other = await content.put(new Uint8Array(64));
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom(...FORMATS, other, "0", "-1", "1e9", 32, 1, 2 ** 53, -1, 0.5, null, true),
        fc.string({ unit: "binary", maxLength: 8 }),
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom(...names, "__proto__"), tie("value"), { maxKeys: names.length }),
      ),
    }));
    const text = fc.oneof(
      value.map((json) => JSON.stringify(json)),
      fc.string({ unit: "binary" }),
    );
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      text.map((line) => new TextEncoder().encode(line)),
    );
    await fc.assert(
      fc.asyncProperty(bytes, async (file) => {
        const error = await load(content, await content.put(file)).catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(OpenLedgerError);
      }),
      { numRuns: 300 },
    );
  });
});
