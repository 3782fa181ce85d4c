import { ContentError } from "../common/errors.ts";
import type { ContentFiles } from "./contentFiles.ts";

/** The projected operators of a version, one per member, each training rows × k float32: kept to answer queries. */
export async function putProjections(content: ContentFiles, projections: readonly Float32Array[]): Promise<string> {
  const bytes = Buffer.concat(
    projections.map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength)),
  );
  return content.put(bytes);
}

/** @throws ContentError when the file does not hold that many members */
export async function getProjections(content: ContentFiles, cid: string, members: number): Promise<Float32Array[]> {
  const bytes = Uint8Array.from(await content.get(cid));
  if (bytes.length % (4 * members) !== 0) {
    throw new ContentError("a projections file has another number of members", {
      value: `${bytes.length} bytes behind ${cid}`,
      limit: `${members} members of float32`,
    });
  }
  const elements = bytes.length / 4 / members;
  return Array.from(
    { length: members },
    (_, member) => new Float32Array(bytes.buffer, member * elements * 4, elements),
  );
}
