import { asAddress, asHash, type Address } from "@openledger/protocol/hex.ts";
import { type TypedDataDomain, verifyTypedData } from "ethers";
import { z } from "zod";
import type { Contracts } from "../chain/contracts.ts";
import { InputError, messageOf } from "../common/errors.ts";

const uint = z.coerce.bigint().refine((value) => value >= 0n && value < 2n ** 256n, "an unsigned 256-bit integer");

/** An ERC-3009 authorisation to pay: https://eips.ethereum.org/EIPS/eip-3009. Times in unix seconds. */
export const authorisationSchema = z.strictObject({
  from: z
    .string()
    .regex(/^0x[0-9a-fA-F]{40}$/u, "an address")
    .transform((value) => asAddress(value)),
  value: uint,
  validAfter: uint,
  validBefore: uint,
  /** Also the payment's id. */
  nonce: z
    .string()
    .regex(/^0x[0-9a-fA-F]{64}$/u, "32 bytes")
    .transform((value) => asHash(value)),
  signature: z.string().regex(/^0x([0-9a-fA-F]{2})+$/u, "a signature"),
});

export type Authorisation = z.output<typeof authorisationSchema>;

export const AUTHORISATION_TYPES = {
  TransferWithAuthorization: [
    { name: "from", type: "address" },
    { name: "to", type: "address" },
    { name: "value", type: "uint256" },
    { name: "validAfter", type: "uint256" },
    { name: "validBefore", type: "uint256" },
    { name: "nonce", type: "bytes32" },
  ],
};

/** The EIP-712 domain in which the token verifies authorisations. */
export async function tokenDomain(token: Contracts["OpenToken"]): Promise<TypedDataDomain> {
  const [, name, version, chainId, verifyingContract] = await token.eip712Domain();
  return { name, version, chainId, verifyingContract };
}

/**
 * Checks everything about an authorisation that can be checked without sending it.
 *
 * @param now the chain's time in unix seconds
 * @throws InputError with the value, the limit and the remedy
 */
export async function checkAuthorisation(
  token: Contracts["OpenToken"],
  domain: TypedDataDomain,
  authorisation: Authorisation,
  { to, price, now }: { readonly to: Address; readonly price: bigint; readonly now: bigint },
): Promise<void> {
  const { from, value, validAfter, validBefore, nonce, signature } = authorisation;
  if (value < price) {
    throw new InputError("the payment is below the price", {
      value: `${value} wei`,
      limit: `${price} wei`,
      remedy: "Authorise at least the model's price: GET /v1/models.",
    });
  }
  if (now <= validAfter || now >= validBefore) {
    throw new InputError("the authorisation is not valid now", {
      value: `${validAfter} … ${validBefore}`,
      limit: `the chain's time, ${now}`,
      remedy: "Sign one that begins before and ends after it.",
    });
  }
  if (signerOf(domain, { from, to, value, validAfter, validBefore, nonce }, signature) !== from) {
    throw new InputError("the authorisation is not signed by the account that pays", {
      value: from,
      limit: `a signature of TransferWithAuthorization to ${to}`,
      remedy: "Sign for this model's till, chain and token.",
    });
  }
  const [used, balance] = await Promise.all([token.authorizationState(from, nonce), token.balanceOf(from)]);
  if (used) {
    throw new InputError("the authorisation was used before", { value: nonce, remedy: "Sign one with a new nonce." });
  }
  if (balance < value) {
    throw new InputError("the account has too little OPEN", {
      value: `${balance} wei`,
      limit: `${value} wei`,
      remedy: "Send OPEN to the account, or authorise less.",
    });
  }
}

function signerOf(domain: TypedDataDomain, message: Record<string, unknown>, signature: string): Address {
  try {
    return asAddress(verifyTypedData(domain, AUTHORISATION_TYPES, message, signature));
  } catch (error) {
    throw new InputError(`the signature cannot be read: ${messageOf(error)}`, { value: signature });
  }
}
