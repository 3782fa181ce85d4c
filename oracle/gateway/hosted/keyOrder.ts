import { digestOf, type SigningDomain } from "@openledger/protocol/eip712/domain.ts";
import { structType, type StructOf } from "@openledger/protocol/eip712/typedData.ts";
import { asAddress } from "@openledger/protocol/hex.ts";
import { z } from "zod";
import type { LocalWallet } from "../../chain/wallet.ts";
import { ConflictError, InputError } from "../../common/errors.ts";
import { hash32 } from "../authorisation.ts";
import { type ApiKey, keyId, MODELS_TEXT } from "../proxy/apiKeys.ts";
import { keySignature } from "../signature.ts";

const members = {
  account: "address",
  host: "address",
  keyHash: "bytes32",
  name: "string",
  project: "string",
  models: "string",
  perCall: "uint128",
  perDay: "uint128",
  expires: "uint64",
  issued: "uint64",
} as const;

/**
 * What an account tells a host of one of its API keys: its hash, what it may ask and spend, and until when. A later order for the
 * same hash replaces the one before; one that has expired takes the key away.
 */
export type KeyOrder = StructOf<typeof members>;
export const keyOrderType = structType("HostedKey", members);

/** Seconds that a host's clock and an account's may be apart. */
const SKEW = 600n;
/** Keys of one account that a host keeps. */
const MOST_KEYS = 64;
const MOST_MODELS = 16;
const WORDS = 64;

const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/u, "an address")
  .transform((value) => asAddress(value));
const whole = (digits: number) =>
  z
    .string()
    .regex(new RegExp(`^\\d{1,${digits}}$`, "u"), "a whole number")
    .transform(BigInt);
const words = z
  .string()
  .regex(/^[^\p{C}]*$/u, "printable characters")
  .max(WORDS);

/** An order as it is sent: integers are decimal strings. */
export const signedOrderSchema = z.strictObject({
  order: z.strictObject({
    account: address,
    host: address,
    keyHash: hash32,
    name: words.min(1),
    project: words,
    models: z
      .string()
      .regex(MODELS_TEXT, "ids of models, with commas between them")
      .refine((text) => text.split(",").length <= MOST_MODELS, `at most ${MOST_MODELS} models`),
    perCall: whole(38),
    perDay: whole(38),
    expires: whole(12),
    issued: whole(12),
  }),
  signature: z.string().regex(/^0x[0-9a-fA-F]{128,130}$/u, "a signature of 64 or 65 bytes"),
});
export type SignedOrder = z.output<typeof signedOrderSchema>;

export async function signOrder(wallet: LocalWallet, domain: SigningDomain, order: KeyOrder): Promise<SignedOrder> {
  const signature = await wallet.signTypedData(domain, keyOrderType.types, order);
  return { order, signature };
}

/** What decides whether a host takes an order. */
export interface HostFacts {
  readonly domain: SigningDomain;
  readonly host: string;
  /** Unix seconds. */
  readonly now: bigint;
  /** The keys that it has. */
  readonly keys: readonly ApiKey[];
}

/**
 * The key that an order makes or changes.
 *
 * @throws InputError for an order that is not the account's, not for this host, not of now or one too many; ConflictError where the
 * hash is another account's, or a later order came before
 */
export function requireOrdered({ order, signature }: SignedOrder, { domain, host, now, keys }: HostFacts): ApiKey {
  const { account, keyHash, models, expires, issued, name, project, perCall, perDay } = order;
  if (order.host !== asAddress(host)) throw refusal("the order is for another host", order.host, asAddress(host));
  const signer = keySignature(signature, digestOf(domain, keyOrderType, order))?.signer;
  if (signer !== account) {
    throw refusal("the order is not signed by the account", signer ?? signature, `the key of ${account}`);
  }
  if (issued + SKEW < now || now + SKEW < issued) {
    throw refusal("the order is not of now", `issued at ${issued}`, `${now}, give or take ${SKEW} seconds`);
  }
  const hash = keyHash.slice(2);
  const id = keyId(hash);
  const known = keys.find((key) => key.id === id);
  const isOlder = known?.issued !== undefined && BigInt(known.issued) >= issued;
  if (known !== undefined && (known.hash !== hash || known.account !== account || isOlder)) {
    throw new ConflictError("the key is another account's, or a later order for it came before", {
      value: `key ${id}, issued at ${issued}`,
      limit: "a key of your own, and an order later than the last",
      remedy: "Make another key, or sign a new order.",
    });
  }
  const others = keys.filter((key) => key.account === account && key.id !== id).length;
  if (others >= MOST_KEYS) {
    throw refusal(
      "the account has too many keys",
      `${others} keys`,
      `${MOST_KEYS}`,
      "Order new terms for one of them.",
    );
  }
  return {
    id,
    hash,
    account,
    issued: Number(issued),
    name,
    ...(project !== "" && { project }),
    models: models.split(","),
    perCall,
    perDay,
    ...(expires !== 0n && { expires: Number(expires) }),
  };
}

function refusal(problem: string, value: string, limit: string, remedy = "Sign the order again."): InputError {
  return new InputError(problem, { value, limit, remedy });
}
