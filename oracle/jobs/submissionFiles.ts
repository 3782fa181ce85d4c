import { canonicalJson } from "@openledger/protocol/canonicalJson.ts";
import { asHash, fromHex, toHex, type Address, type Hash } from "@openledger/protocol/hex.ts";
import { buildContentTree } from "@openledger/protocol/trees/contentTree.ts";
import { z } from "zod";
import { ContentError, messageOf } from "../common/errors.ts";
import { type AnyExample, exampleHash } from "../data/example.ts";
import { decodeBatch, encodeBatch } from "../data/exampleBatch.ts";
import type { ContentFiles } from "./contentFiles.ts";

/** What a submission's URI points to: the examples of all parts, one after another, and a salt for each. */
const manifestSchema = z.strictObject({
  format: z.literal("openledger-submission/1"),
  /** CID of a batch file (see encodeBatch). */
  examples: z.string(),
  /** CID of 32 bytes per example. */
  salts: z.string(),
});

const SALT_BYTES = 32;
const decoder = new TextDecoder("utf-8", { fatal: true });

/** The examples of one part (one contribution), with their salts. */
export interface PartContent {
  readonly examples: readonly AnyExample[];
  readonly salts: readonly Hash[];
}

/** The root that a contribution registers. */
export function contentRootOf(contributor: Address, { examples, salts }: PartContent): Hash {
  const items = examples.map((example, i) => ({ salt: salts[i]!, sha256: asHash(exampleHash(example)) }));
  return buildContentTree(contributor, items).root;
}

/** Stores the files of a submission and returns the URI to register. */
export async function putSubmission(content: ContentFiles, parts: readonly PartContent[]): Promise<string> {
  const salts = new Uint8Array(parts.reduce((sum, part) => sum + part.salts.length, 0) * SALT_BYTES);
  parts.flatMap((part) => part.salts).forEach((salt, i) => salts.set(fromHex(salt), i * SALT_BYTES));
  const manifest = {
    format: "openledger-submission/1",
    examples: await content.put(encodeBatch(parts.flatMap((part) => part.examples))),
    salts: await content.put(salts),
  };
  return content.put(new TextEncoder().encode(canonicalJson(manifest)));
}

export interface RegisteredPart {
  readonly contentRoot: string;
  readonly examples: number;
}

/**
 * Fetches a submission and checks every part against its registered content root.
 *
 * @throws ContentError when a file is malformed or does not have the registered root.
 */
export async function getSubmission(
  content: ContentFiles,
  uri: string,
  contributor: Address,
  registered: readonly RegisteredPart[],
): Promise<PartContent[]> {
  const manifest = parseManifest(uri, await content.get(uri));
  const examples = decodeBatch(await content.get(manifest.examples), manifest.examples);
  const salts = await content.get(manifest.salts);
  const total = registered.reduce((sum, part) => sum + part.examples, 0);
  if (examples.length !== total || salts.length !== total * SALT_BYTES) {
    throw new ContentError("a submission does not have the number of examples that it registered", {
      value: `${examples.length} examples and ${salts.length} salt bytes behind ${uri}`,
      limit: `${total} examples, ${SALT_BYTES} salt bytes each`,
    });
  }
  let first = 0;
  return registered.map((part, p) => {
    const range = { from: first, to: (first += part.examples) };
    const found = {
      examples: examples.slice(range.from, range.to),
      salts: Array.from({ length: part.examples }, (_, i) => saltAt(salts, range.from + i)),
    };
    const root = contentRootOf(contributor, found);
    if (root === part.contentRoot) return found;
    throw new ContentError(`part ${p} of a submission is not what was registered`, {
      value: `${root} behind ${uri}`,
      limit: part.contentRoot,
    });
  });
}

function parseManifest(uri: string, bytes: Uint8Array): z.output<typeof manifestSchema> {
  try {
    return manifestSchema.parse(JSON.parse(decoder.decode(bytes)));
  } catch (error) {
    throw new ContentError(`a submission's manifest cannot be read: ${messageOf(error)}`, { value: uri, cause: error });
  }
}

function saltAt(salts: Uint8Array, i: number): Hash {
  return asHash(toHex(salts.subarray(i * SALT_BYTES, (i + 1) * SALT_BYTES)));
}
