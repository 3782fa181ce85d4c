import { type Authorization, getAddress, Signature } from "ethers";
import { z } from "zod";
import type { Submission } from "./bundler.ts";

/** Longest byte string of an operation: far more than a transaction of a public chain holds. */
const MAX_HEX = 2 + 2 * 128 * 1_024;

/** In one form: what is kept of an account is found again. */
const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/u, "an address")
  .transform((text) => getAddress(text.toLowerCase()));
const bytes = z
  .string()
  .max(MAX_HEX)
  .regex(/^0x([0-9a-fA-F]{2})*$/u, "bytes in hexadecimal");
const word = z.string().regex(/^0x[0-9a-fA-F]{64}$/u, "32 bytes in hexadecimal");
/** What the EntryPoint takes for gas: 120 bits. */
const quantity = z
  .string()
  .regex(/^0x[0-9a-fA-F]{1,64}$/u, "a number in hexadecimal")
  .transform(BigInt);
const gas = quantity.refine((value) => value < 2n ** 120n, "less than 2^120");
const noGas = gas.optional().transform((value) => value ?? 0n);

const authorization = z
  .strictObject({ chainId: quantity, address, nonce: quantity, yParity: quantity, r: word, s: word })
  .transform(({ chainId, address: contract, nonce, yParity, r, s }): Authorization => ({
    chainId,
    address: contract,
    nonce,
    signature: Signature.from({ r, s, yParity: yParity === 1n ? 1 : 0 }),
  }));

/** An operation as bundlers take it (ERC-7769, EntryPoint v0.7). What is not estimated yet may be left out. */
export const submissionSchema = z
  .strictObject({
    sender: address,
    nonce: quantity,
    callData: bytes,
    callGasLimit: noGas,
    verificationGasLimit: noGas,
    preVerificationGas: noGas,
    maxFeePerGas: noGas,
    maxPriorityFeePerGas: noGas,
    paymaster: address,
    paymasterVerificationGasLimit: noGas,
    paymasterPostOpGasLimit: noGas,
    paymasterData: bytes,
    signature: bytes,
    eip7702Auth: authorization.optional(),
  })
  .transform(({ eip7702Auth, ...op }): Submission => ({ op, ...(eip7702Auth && { authorization: eip7702Auth }) }));

const hex = (value: bigint) => `0x${value.toString(16)}`;

/** The form in which an operation goes to a bundler. */
export function encodeSubmission({ op, authorization: given }: Submission): Record<string, unknown> {
  const shown = Object.fromEntries(
    Object.entries(op).map(([name, value]: [string, string | bigint]) => [
      name,
      typeof value === "bigint" ? hex(value) : value,
    ]),
  );
  if (given === undefined) return shown;
  const { chainId, address: contract, nonce, signature } = given;
  const { r, s, yParity } = signature;
  const eip7702Auth = {
    chainId: hex(chainId),
    address: contract,
    nonce: hex(nonce),
    yParity: hex(BigInt(yParity)),
    r,
    s,
  };
  return { ...shown, eip7702Auth };
}

/** Numbers as JSON-RPC has them. */
export function encodeQuantities(values: Readonly<Record<string, bigint>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, hex(value)]));
}
