/** A transaction whose bytes are final; `status` says whether the chain is known to have taken it. */
export interface SignedTransaction {
  /** What it is for, such as `post:0x…`; a key never gets a second transaction. */
  readonly key: string;
  /** For metrics and the gas table, such as `claim`. */
  readonly kind: string;
  readonly sender: string;
  readonly nonce: number;
  readonly hash: string;
  /** Signed bytes, as broadcast. */
  readonly raw: string;
  readonly status: "signed" | "mined" | "reverted";
}
