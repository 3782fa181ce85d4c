import { digestOf } from "@openledger/protocol/eip712/domain.ts";
import { receiptType } from "@openledger/protocol/eip712/receipt.ts";
import { statementType } from "@openledger/protocol/eip712/statement.ts";
import type { Hash } from "@openledger/protocol/hex.ts";
import { z } from "zod";
import type { LocalWallet } from "../../chain/wallet.ts";
import { ChainError, messageOf } from "../../common/errors.ts";
import { toJson } from "../../common/json.ts";
import { receiptSchema } from "../../jobs/receiptFiles.ts";
import { statementOf } from "../../settlement/statements.ts";
import type { Offer } from "../client.ts";
import { signDigest } from "../recover.ts";

const statedSchema = z.object({ receipts: z.array(z.object({ receipt: receiptSchema, signature: z.string() })) });
const TIMEOUT_MS = 60_000;
const NOT_FOUND = 404;

export interface Countersigning {
  readonly providerUrl: string;
  readonly channelId: Hash;
  /** The channel's payer, or its voucher key. */
  readonly wallet: LocalWallet;
  /** Where the last receipt ended that was looked at before, in wei of the channel. */
  readonly after: bigint;
  /** Whether a receipt with this struct hash came with an answer to what was asked. */
  readonly isKnown: (hash: Hash) => boolean;
}

/** What came of it. */
export interface Countersigned {
  /** Receipts that were confirmed. */
  readonly confirmed: number;
  /** Receipts that the provider states and that did not come with an answer to what was asked. */
  readonly unknown: number;
  /** Where the last receipt ended that was looked at, in wei of the channel. */
  readonly upto: bigint;
}

/**
 * Confirms what a provider states of a channel, as far as it is what was asked and answered.
 *
 * @throws ChainError where the provider does not answer, or not take it: nothing is lost, it can be done again
 */
export async function countersign(
  { receipts: domain }: Pick<Offer, "receipts">,
  { providerUrl, channelId, wallet, after, isKnown }: Countersigning,
): Promise<Countersigned> {
  const result = { confirmed: 0, unknown: 0, upto: after };
  for (;;) {
    const { receipts } = statedSchema.parse(await ask(providerUrl, `/v1/statements/${channelId}?after=${result.upto}`));
    const last = receipts.at(-1)?.receipt.cumulative;
    // a provider that goes backwards would be asked for ever
    if (last === undefined || last <= result.upto) return result;
    const stated = receipts.map(({ receipt }) => ({ ...receipt, hash: receiptType.hash(receipt) }));
    const known = stated.filter(({ hash, paymentId }) => paymentId === channelId && isKnown(hash));
    if (known.length > 0) {
      const digest = digestOf(domain, statementType, statementOf({ channelId, receipts: known }));
      const { serialized: signature } = signDigest(wallet.privateKey, digest);
      await ask(providerUrl, `/v1/statements/${channelId}`, {
        receipts: known.map(({ cumulative }) => cumulative),
        signature,
      });
    }
    result.confirmed += known.length;
    result.unknown += stated.length - known.length;
    result.upto = last;
  }
}

async function ask(providerUrl: string, path: string, body?: object): Promise<unknown> {
  const sent =
    body === undefined ? {} : { method: "POST", headers: { "content-type": "application/json" }, body: toJson(body) };
  let response: Response;
  let text: string;
  try {
    response = await fetch(new URL(path, providerUrl), { ...sent, signal: AbortSignal.timeout(TIMEOUT_MS) });
    text = await response.text();
  } catch (error) {
    throw new ChainError(`the provider does not answer: ${messageOf(error)}`, { value: providerUrl, retryable: true });
  }
  if (response.ok) return JSON.parse(text);
  // nothing was sold by the channel yet
  if (response.status === NOT_FOUND && body === undefined) return { receipts: [] };
  throw new ChainError("the provider does not take the statement", {
    value: `status ${response.status}: ${text}`,
    remedy: "Ask the provider; what was confirmed stays confirmed.",
  });
}
