import { signingDomain } from "@openledger/protocol/eip712/domain.ts";
import { asAddress, asHash } from "@openledger/protocol/hex.ts";
import { z } from "zod";
import { type KeyOrder, signOrder } from "../../gateway/hosted/keyOrder.ts";
import { hashOf, newSecret } from "../../gateway/proxy/apiKeys.ts";
import { postApi } from "../apiClient.ts";
import { requireKey, type Session } from "../session.ts";
import { HOST, readHost } from "./deposit.ts";

/** What a key may do, as it is typed. */
export interface KeyTermsOptions {
  readonly host: string;
  readonly name: string;
  readonly project?: string;
  readonly model: readonly bigint[];
  readonly perCall: bigint;
  readonly perDay: bigint;
  readonly days?: bigint;
}

const SECONDS_PER_DAY = 86_400n;
/** A model's id where none is meant: a key that is taken away asks nothing. */
const ANY_MODEL = "1";

/** `openledger hosted key`: the secret is made here, and the host learns its hash. */
export async function orderKey(session: Session, options: KeyTermsOptions): Promise<void> {
  const { name, project = "", model, perCall, perDay, days } = options;
  const { secret, hash } = newSecret();
  const issued = now();
  const id = await send(session, options.host, {
    ...{ keyHash: asHash(`0x${hash}`), name, project, models: model.join(","), perCall, perDay },
    ...{ expires: days === undefined ? 0n : issued + days * SECONDS_PER_DAY, issued },
  });
  session.output.result({ id, secret }, () => [`Key ${id} for ${name}, shown this once:`, secret].join("\n"));
}

/** `openledger hosted revoke`: an order that has expired when it is given. */
export async function revokeKey(session: Session, host: string, secret: string): Promise<void> {
  const issued = now();
  const keyHash = asHash(`0x${hashOf(secret)}`);
  const none = { name: "revoked", project: "", models: ANY_MODEL, perCall: 0n, perDay: 0n };
  const id = await send(session, host, { keyHash, ...none, expires: issued, issued });
  session.output.result({ revoked: id }, () => `Key ${id} is taken away.`);
}

async function send(session: Session, url: string, terms: Omit<KeyOrder, "account" | "host">): Promise<string> {
  const { deployment } = session;
  const wallet = requireKey(session, "an order for a key");
  const host = asAddress(await readHost(session, url));
  const domain = signingDomain(BigInt(deployment.chainId), asAddress(deployment.addresses.PaymentChannels));
  const signed = await signOrder(wallet, domain, { account: asAddress(wallet.address), host, ...terms });
  const { id } = await postApi(url, "/v1/keys", signed, z.object({ id: z.string() }), HOST);
  return id;
}

function now(): bigint {
  return BigInt(Math.floor(Date.now() / 1_000));
}
