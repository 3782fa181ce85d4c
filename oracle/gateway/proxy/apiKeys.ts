import { createHash, randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { asAddress } from "@openledger/protocol/hex.ts";
import { z } from "zod";
import { AccessError, ContentError, InputError, messageOf } from "../../common/errors.ts";
import { writeDurably } from "../../common/durableFile.ts";
import { withFileErrors } from "../../common/fileErrors.ts";
import { isoTime } from "../../common/isoTime.ts";

const wei = z
  .string()
  .regex(/^\d{1,39}$/u)
  .transform(BigInt);
const keySchema = z.strictObject({
  /** Names it to people and in the record of spending. */
  id: z.string(),
  name: z.string(),
  /** Whom its answers are billed to. */
  project: z.string().optional(),
  /** SHA-256 of the key: whoever reads the file cannot use it. */
  hash: z.string().regex(/^[0-9a-f]{64}$/u),
  /** Ids of the models that it may ask; undefined for all. */
  models: z.array(z.string()).optional(),
  perCall: wei,
  perDay: wei,
  /** Unix seconds. */
  expires: z.number().int().optional(),
  /** Whose deposit pays for it, where that is not whoever runs the proxy, and when it was last ordered, in unix seconds. */
  account: z
    .string()
    .transform((value) => asAddress(value))
    .optional(),
  issued: z.number().int().optional(),
});
const fileSchema = z.strictObject({ format: z.literal("openledger-keys/1"), keys: z.array(keySchema) });

/** What a program may ask of a proxy. Amounts are OPEN wei. */
export type ApiKey = z.output<typeof keySchema>;
export type KeyTerms = Omit<ApiKey, "id" | "hash" | "account" | "issued">;

const PREFIX = "olk_";
const ID_LENGTH = 12;
/** Ids of models in one text. */
export const MODELS_TEXT = /^[1-9]\d{0,18}(,[1-9]\d{0,18})*$/u;

/** The keys in a file; none where there is no file. @throws ContentError for a file that cannot be read as one */
export function readKeys(file: string): readonly ApiKey[] {
  return withFileErrors(file, () => {
    if (!existsSync(file)) return [];
    try {
      return fileSchema.parse(JSON.parse(readFileSync(file, "utf8"))).keys;
    } catch (error) {
      throw new ContentError(`the file of API keys cannot be read: ${messageOf(error)}`, {
        value: file,
        limit: "a file that this program has written",
        remedy: "Restore it, or name another file and make new keys.",
        cause: error,
      });
    }
  });
}

/** Makes a key. @returns the key itself, which is kept nowhere */
export function addKey(file: string, terms: KeyTerms): { readonly id: string; readonly secret: string } {
  const { secret, hash } = newSecret();
  const id = keyId(hash);
  writeKeys(file, [...readKeys(file), { id, hash, ...terms }]);
  return { id, secret };
}

/** A key that nobody has yet, and its SHA-256. */
export function newSecret(): { readonly secret: string; readonly hash: string } {
  const secret = `${PREFIX}${randomBytes(32).toString("base64url")}`;
  return { secret, hash: hashOf(secret) };
}

/** How people name the key with this hash. */
export function keyId(hash: string): string {
  return hash.slice(0, ID_LENGTH);
}

/** Adds a key, in place of the one with its id if there is one. */
export function keepKey(file: string, key: ApiKey): void {
  writeKeys(file, [...readKeys(file).filter(({ id }) => id !== key.id), key]);
}

/** @throws InputError for an id that no key has */
export function removeKey(file: string, id: string): void {
  const keys = readKeys(file);
  const rest = keys.filter((key) => key.id !== id);
  if (rest.length === keys.length) {
    throw new InputError("there is no such key", {
      value: id,
      limit: keys.map((key) => key.id).join(", ") || "no keys yet",
      remedy: "npx openledger proxy keys lists them.",
    });
  }
  writeKeys(file, rest);
}

/**
 * The key that a program has sent.
 *
 * @param authorization the header: `Bearer olk_…`
 * @param now unix seconds
 * @throws AccessError for a key that is none, or has expired
 */
export function requireKeyOf(keys: readonly ApiKey[], authorization: string | undefined, now: number): ApiKey {
  const [, secret = ""] = /^Bearer (.+)$/u.exec(authorization ?? "") ?? [];
  const hash = hashOf(secret);
  const key = keys.find((candidate) => candidate.hash === hash);
  if (key === undefined) {
    throw new AccessError("the API key is not one of this proxy's", {
      limit: "Authorization: Bearer olk_…",
      remedy: "Make one: npx openledger proxy keys add, or hosted key where the proxy is another's.",
    });
  }
  if (key.expires === undefined || now < key.expires) return key;
  throw new AccessError("the API key has expired", {
    value: key.id,
    limit: isoTime(BigInt(key.expires)),
    remedy: "Make another: npx openledger proxy keys add, or hosted key where the proxy is another's.",
  });
}

/** @throws AccessError for a model that the key may not ask */
export function requireScope({ id, models }: ApiKey, modelId: bigint): void {
  if (models === undefined || models.includes(modelId.toString())) return;
  throw new AccessError("the API key may not ask this model", {
    value: `model ${modelId}, key ${id}`,
    limit: `models ${models.join(", ")}`,
    remedy: "Ask one of these, or make a key with --model.",
  });
}

function writeKeys(file: string, keys: readonly ApiKey[]): void {
  const plain = keys.map(({ perCall, perDay, ...key }) => ({ ...key, perCall: `${perCall}`, perDay: `${perDay}` }));
  writeDurably(file, `${JSON.stringify({ format: "openledger-keys/1", keys: plain }, null, 2)}\n`);
}

/** What is kept of a key. */
export function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}
