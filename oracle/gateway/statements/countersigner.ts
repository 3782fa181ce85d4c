import type { Hash } from "@openledger/protocol/hex.ts";
import type { LocalWallet } from "../../chain/wallet.ts";
import { messageOf } from "../../common/errors.ts";
import type { Logger } from "../../common/logger.ts";
import type { PaidModel } from "../proxy/proxyRoutes.ts";
import { countersign } from "./countersign.ts";

/** Confirms what was answered, channel by channel, from time to time. */
export interface Countersigner {
  /** What comes in the way is logged, and tried again the next time. One call for a channel at a time. */
  confirm(model: PaidModel): Promise<void>;
}

export interface CountersignerOptions {
  readonly providerUrl: string;
  readonly wallet: LocalWallet;
  /** Whether a receipt with this struct hash came with an answer to what was asked. */
  readonly isKnown: (hash: Hash) => boolean;
  readonly log: Logger;
}

export function createCountersigner({ providerUrl, wallet, isKnown, log }: CountersignerOptions): Countersigner {
  /** By channel, where the last receipt ended that was looked at; undefined while one looks. */
  const places = new Map<Hash, bigint | undefined>();

  return {
    confirm: async ({ offer, payer: { channelId } }) => {
      if (places.has(channelId) && places.get(channelId) === undefined) return;
      const after = places.get(channelId) ?? 0n;
      places.set(channelId, undefined);
      try {
        const { confirmed, unknown, upto } = await countersign(offer, {
          ...{ providerUrl, channelId, wallet, after, isKnown },
        });
        places.set(channelId, upto);
        if (confirmed > 0) log.info({ channelId, confirmed }, "confirmed receipts");
        if (unknown > 0) log.warn({ channelId, unknown }, "the provider states receipts that came with no answer");
      } catch (error) {
        places.set(channelId, after);
        log.warn({ channelId, err: error }, `receipts are not confirmed yet: ${messageOf(error)}`);
      }
    },
  };
}
