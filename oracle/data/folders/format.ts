import type { Example } from "../example.ts";
import type { RowPolicy } from "../files/rows.ts";

/** What a folder format reads from a folder; the loader adds labels and bad rows. */
export interface FolderContents {
  readonly name: string;
  readonly train: readonly Example[];
  readonly quality: readonly Example[];
  readonly test: readonly Example[];
  readonly offDomain: readonly Example[];
  readonly licence: string;
  readonly source: string;
}

/** One way in which a data set lies in a folder. */
export interface FolderFormat {
  readonly name: string;
  /** Files by which it is recognised: all of them are there. */
  readonly markers: readonly string[];
  read(dir: string, policy: RowPolicy): FolderContents;
}
