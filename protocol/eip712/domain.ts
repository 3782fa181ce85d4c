import type { Address, Hash } from "../hex.ts";
import { structType, typedDataDigest, type StructOf, type StructType } from "./typedData.ts";

/** Where a signature is meant to be used: the chain and the contract that will verify it. */
export interface SigningDomain {
  readonly name: "OpenLedger";
  readonly version: "2";
  readonly chainId: bigint;
  readonly verifyingContract: Address;
}

const domainMembers = { name: "string", version: "string", chainId: "uint256", verifyingContract: "address" } as const;
const domainType = structType("EIP712Domain", domainMembers);

/** The domain of a contract. */
export function signingDomain(chainId: bigint, verifyingContract: Address): SigningDomain {
  return { name: "OpenLedger", version: "2", chainId, verifyingContract };
}

/** The hash of a domain: contracts return the same from `eip712Domain`. */
export function domainSeparator(domain: SigningDomain): Hash {
  return domainSeparatorOf(domain);
}

/** The same for a domain of others. */
export function domainSeparatorOf(domain: StructOf<typeof domainMembers>): Hash {
  return domainType.hash(domain);
}

/** The digest that a signature of `value` in `domain` signs. */
export function digestOf<S>(domain: SigningDomain, type: StructType<S>, value: S): Hash {
  return typedDataDigest(domainSeparator(domain), type.hash(value));
}
