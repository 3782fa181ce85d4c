import { asHash, type Hash } from "@openledger/protocol/hex.ts";

/** The root that a query names, once it is validated. */
export function asRootName(root: string): Hash | "latest" {
  return root === "latest" ? root : asHash(root);
}
