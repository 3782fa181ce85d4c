import { asAddress, asHash, type Address } from "@openledger/protocol/hex.ts";
import { type TypedDataDomain, TypedDataEncoder } from "ethers";
import { z } from "zod";
import type { Contracts } from "../chain/contracts.ts";
import { PaymentError } from "../common/errors.ts";
import { accountAccepts, keySignature } from "./signature.ts";

const uint = z.coerce.bigint().refine((value) => value >= 0n && value < 2n ** 256n, "an unsigned 256-bit integer");

/** Smart accounts with many owners, and with passkeys, sign long; the bytes are paid for as calldata. */
const MAX_SIGNATURE_BYTES = 4_096;

/** 32 bytes in hexadecimal. */
export const hash32 = z
  .string()
  .regex(/^0x[0-9a-fA-F]{64}$/u, "32 bytes")
  .transform((value) => asHash(value));

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
  nonce: hash32,
  signature: z
    .string()
    .max(2 + 2 * MAX_SIGNATURE_BYTES)
    .regex(/^0x([0-9a-fA-F]{2})+$/u, "a signature"),
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
/** The same to be used by who receives it alone: of deposits into channels, and of what gas costs. */
export const RECEIVE_TYPES = { ReceiveWithAuthorization: AUTHORISATION_TYPES.TransferWithAuthorization };

/** The EIP-712 domain in which the token verifies authorisations. */
export async function tokenDomain(token: Contracts["OpenToken"]): Promise<TypedDataDomain> {
  const [, name, version, chainId, verifyingContract] = await token.eip712Domain();
  return { name, version, chainId, verifyingContract };
}

/**
 * Chain seconds that an authorisation must have left: the payment is mined in one of the next blocks, and gas may be dear for
 * a few of them.
 */
const MARGIN = 30n;

/** An authorisation as the token takes it. */
export interface CheckedAuthorisation extends Authorisation {
  /** The token has used its nonce, or cancelled it. */
  readonly used: boolean;
  /** It is signed by an account's contract (ERC-1271), which costs gas to ask, and not by a key. */
  readonly byContract: boolean;
}

/**
 * Checks what an authorisation says, and who signed it. One that was used may have ended since: what it paid for is still due.
 *
 * @param now the chain's time in unix seconds
 * @throws PaymentError with the value, the limit and the remedy
 */
export async function checkAuthorisation(
  token: Contracts["OpenToken"],
  domain: TypedDataDomain,
  authorisation: Authorisation,
  { to, price, now }: { readonly to: Address; readonly price: bigint; readonly now: bigint },
): Promise<CheckedAuthorisation> {
  const { from, value, nonce } = authorisation;
  if (value < price) {
    throw new PaymentError("the payment is below the price", {
      value: `${value} wei`,
      limit: `${price} wei`,
      remedy: "Authorise at least the model's price: GET /v1/models.",
    });
  }
  const used = await token.authorizationState(from, nonce);
  if (!used) requireTime(authorisation, now);
  return { ...authorisation, used, ...(await signed(token, domain, authorisation, to)) };
}

function requireTime({ validAfter, validBefore }: Authorisation, now: bigint): void {
  if (validAfter < now && now + MARGIN <= validBefore) return;
  throw new PaymentError("the authorisation is not valid now, or ends too soon", {
    value: `${validAfter} … ${validBefore}`,
    limit: `the chain's time, ${now}, and ${MARGIN} seconds more`,
    remedy: "Sign one that begins before and ends later.",
  });
}

/** @throws PaymentError where the account that pays has not signed the authorisation */
export async function requireSigned(
  token: Contracts["OpenToken"],
  domain: TypedDataDomain,
  authorisation: Authorisation,
  to: Address,
): Promise<void> {
  await signed(token, domain, authorisation, to);
}

/** Whoever signed: the account's key, or else its contract. The token asks in the same order. */
async function signed(
  token: Contracts["OpenToken"],
  domain: TypedDataDomain,
  authorisation: Authorisation,
  to: Address,
): Promise<Pick<CheckedAuthorisation, "signature" | "byContract">> {
  const { from, value, validAfter, validBefore, nonce, signature } = authorisation;
  const message = { from, to, value, validAfter, validBefore, nonce };
  const digest = TypedDataEncoder.hash(domain, AUTHORISATION_TYPES, message);
  const byKey = keySignature(signature, digest);
  if (byKey?.signer === from) return { signature: byKey.signature, byContract: false };
  if (await accountAccepts(token, from, digest, signature)) return { signature, byContract: true };
  throw new PaymentError("the authorisation is not signed by the account that pays", {
    value: from,
    limit: `a signature of TransferWithAuthorization to ${to}`,
    remedy: "Sign for this model's till, chain and token.",
  });
}
