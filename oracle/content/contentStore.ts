import { randomUUID } from "node:crypto";
import { mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { ContentError } from "../common/errors.ts";
import { withFileErrors } from "../common/fileErrors.ts";
import type { ContentId } from "./cid.ts";
import { contentIdOf } from "./cid.ts";

/** Files named by what is in them. */
export interface ContentStore {
  /**
   * Stores the bytes (once, however often they are put) and returns their name.
   *
   * @throws StorageError when the disk does not take them
   */
  put(bytes: Uint8Array): Promise<ContentId>;
  /**
   * The bytes of that name, hashed again on the way; undefined when they are not here.
   *
   * @throws ContentError when the file on the disk no longer has its hash; StorageError when it cannot be read
   */
  get(id: ContentId): Promise<Uint8Array | undefined>;
  has(id: ContentId): Promise<boolean>;
  /** Forgets the bytes. Returns whether they were here. */
  delete(id: ContentId): Promise<boolean>;
}

/**
 * A store in a folder: one file per content id, in subfolders by the last two characters. A file appears under its name
 * only once it is complete and on the disk, so a crash leaves no half file, and several processes can share the folder.
 */
export function createContentStore(dir: string): ContentStore {
  const folderOf = (id: ContentId) => join(dir, id.slice(-2));
  const fileOf = (id: ContentId) => join(folderOf(id), id);

  async function has(id: ContentId): Promise<boolean> {
    return (await stat(fileOf(id)).catch(undefinedIfAbsent)) !== undefined;
  }

  async function write(id: ContentId, bytes: Uint8Array): Promise<void> {
    await mkdir(folderOf(id), { recursive: true });
    const temporary = join(folderOf(id), `.${randomUUID()}`);
    try {
      const file = await open(temporary, "wx");
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, fileOf(id));
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }

  return {
    async put(bytes) {
      const id = contentIdOf(bytes);
      await withFileErrors(dir, async () => {
        if (!(await has(id))) await write(id, bytes);
      });
      return id;
    },

    async get(id) {
      const bytes = await withFileErrors(fileOf(id), () => readFile(fileOf(id)).catch(undefinedIfAbsent));
      if (bytes === undefined) return undefined;
      const actual = contentIdOf(bytes);
      if (actual !== id) {
        throw new ContentError(`the stored file ${id} has changed on the disk`, {
          value: actual,
          limit: "a file's hash is its name",
          remedy: `delete ${fileOf(id)}; it is fetched again from a peer`,
        });
      }
      return bytes;
    },

    has,

    async delete(id) {
      return withFileErrors(fileOf(id), async () => {
        if (!(await has(id))) return false;
        await rm(fileOf(id), { force: true });
        return true;
      });
    },
  };
}

function undefinedIfAbsent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}
