import type { Hash } from "@openledger/protocol/hex.ts";
import { ContentError } from "../common/errors.ts";
import type { Bundle } from "../settlement/bundle.ts";
import { bundleHashOf, filesOf, parseManifest } from "../settlement/manifest.ts";
import type { ContentFiles } from "./contentFiles.ts";

/**
 * Fetches a settlement's manifest.
 *
 * @throws ContentError when the manifest is not the one that a root with this `bundleHash` names.
 */
export async function getManifestText(
  content: Pick<ContentFiles, "get">,
  cid: string,
  bundleHash: Hash,
): Promise<string> {
  const manifest = textOf(await content.get(cid), cid);
  const actual = bundleHashOf(manifest);
  if (actual === bundleHash) return manifest;
  throw new ContentError("the manifest is not the one that the root names", {
    value: `${actual} behind ${cid}`,
    limit: `bundleHash ${bundleHash}`,
    remedy: "Ask another operator for the bundle.",
  });
}

function textOf(bytes: Uint8Array, cid: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new ContentError("a manifest is no UTF-8", { value: cid, cause });
  }
}

/**
 * Fetches a settlement's manifest and every file that its roots are rebuilt from.
 *
 * @throws ContentError when the manifest is not the one that a root with this `bundleHash` names.
 */
export async function getBundle(
  content: Pick<ContentFiles, "get">,
  cid: string,
  bundleHash: Hash,
): Promise<Pick<Bundle, "manifest" | "files">> {
  const manifest = await getManifestText(content, cid, bundleHash);
  const files = new Map<string, Uint8Array>();
  for (const file of filesOf(parseManifest(manifest))) files.set(file.path, await content.get(file.cid));
  return { manifest, files };
}
