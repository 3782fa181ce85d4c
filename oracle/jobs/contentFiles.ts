/** Files by the hash of their bytes, wherever they come from. */
export interface ContentFiles {
  /** Stores bytes and returns their CID. */
  put(bytes: Uint8Array): Promise<string>;
  /**
   * The bytes behind a CID: from here, or from a peer, re-hashed and then kept.
   *
   * @throws NotYetError when nobody has them now.
   */
  get(cid: string): Promise<Uint8Array>;
}
