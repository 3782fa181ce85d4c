import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asHash } from "@openledger/protocol/hex.ts";
import { version as versionSchema } from "../api/schemas.ts";
import { NotFoundError } from "../common/errors.ts";
import { type ContentFiles, createContentFiles } from "../jobs/contentFiles.ts";
import type { PublishedIndex } from "../jobs/publishedIndex.ts";
import { askApi } from "./apiClient.ts";

/**
 * Works with the active index of a version, as an operator publishes it; what is fetched is not kept.
 *
 * @param api the operator's read API; it serves files too
 * @throws NotFoundError where the operator has none
 */
export async function withPublishedIndex<T>(
  api: string,
  versionId: bigint,
  work: (published: PublishedIndex, content: ContentFiles) => Promise<T>,
): Promise<T> {
  const { index } = await askApi(api, `/v1/versions/${versionId}`, versionSchema);
  if (index?.activated !== true || index.manifest === undefined) {
    throw new NotFoundError("this operator has no active index of the version", {
      value: versionId,
      limit: "a version whose index was attested and activated",
      remedy: "Wait until its challenge window has passed, or name another operator with --api.",
    });
  }
  const { partsHash, manifest } = index;
  return withFetched(api, (content) => work({ versionId, partsHash: asHash(partsHash), manifest }, content));
}

/** Works with files that an operator serves, and keeps none of them. */
export async function withFetched<T>(api: string, work: (content: ContentFiles) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "openledger-fetched-"));
  try {
    return await work(createContentFiles(folder, [api]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
