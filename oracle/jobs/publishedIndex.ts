import type { Hash } from "@openledger/protocol/hex.ts";
import { DisagreementError } from "../common/errors.ts";
import { indexTreesOf, type IndexTrees } from "../settlement/indexTrees.ts";
import type { ContentFiles } from "./contentFiles.ts";
import { getIndex, type IndexFiles } from "./indexFiles.ts";

/** An activated index: its hash on the chain, and the CID of its files. */
export interface PublishedIndex {
  readonly versionId: bigint;
  readonly partsHash: Hash;
  readonly manifest: string;
}

/** @throws DisagreementError when the published files are not those of the index on the chain */
export async function openIndex(
  content: ContentFiles,
  { partsHash, manifest }: PublishedIndex,
): Promise<{ readonly files: IndexFiles; readonly trees: IndexTrees }> {
  const files = await getIndex(content, manifest);
  const trees = indexTreesOf(files);
  if (trees.hash === partsHash) return { files, trees };
  throw new DisagreementError("the published index is not the one on the chain", {
    value: trees.hash,
    limit: partsHash,
    remedy: "Ask another operator for the index.",
  });
}
