import type { Hash } from "@openledger/protocol/hex.ts";
import { ContentError } from "../common/errors.ts";
import type { Bundle } from "../settlement/bundle.ts";
import { bundleHashOf, filesOf, parseManifest } from "../settlement/manifest.ts";
import type { ContentFiles } from "./contentFiles.ts";

/**
 * Fetches a settlement's manifest and every file that it names.
 *
 * @throws ContentError when the manifest is not the one that a root with this `bundleHash` names.
 */
export async function getBundle(
  content: Pick<ContentFiles, "get">,
  cid: string,
  bundleHash: Hash,
): Promise<Pick<Bundle, "manifest" | "files">> {
  const manifest = new TextDecoder("utf-8", { fatal: true }).decode(await content.get(cid));
  const actual = bundleHashOf(manifest);
  if (actual !== bundleHash) {
    throw new ContentError("the manifest is not the one that the root names", {
      value: `${actual} behind ${cid}`,
      limit: `bundleHash ${bundleHash}`,
      remedy: "Ask another operator for the bundle.",
    });
  }
  const files = new Map<string, Uint8Array>();
  for (const file of filesOf(parseManifest(manifest))) files.set(file.path, await content.get(file.cid));
  return { manifest, files };
}
