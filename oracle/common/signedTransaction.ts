/** A transaction whose bytes are final; `status` says whether the chain is known to have taken it. */
export interface SignedTransaction {
  /** What it is for, such as `post:0x…`; a key never gets a second transaction. */
  readonly key: string;
  /** For metrics and the gas table, such as `claim`. */
  readonly kind: string;
  readonly sender: string;
  readonly nonce: number;
  readonly hash: string;
  /** Of the bytes that these replaced, with the same nonce and lower fees: they may be mined all the same. */
  readonly earlierHashes: readonly string[];
  /** Signed bytes, as broadcast. */
  readonly raw: string;
  readonly status: "signed" | "mined" | "reverted";
}
