import { CHANNELS_ADDRESS } from "@openledger/protocol/eip712/channel.ts";
import type { Hash } from "@openledger/protocol/hex.ts";
import type { Context } from "../../jobs/context.ts";

/** What the chain says of a channel. Wei. */
export interface ChannelState {
  /** Deposited, and not given back. */
  readonly balance: bigint;
  readonly totalClaimed: bigint;
  /** When a withdrawal was announced that has not ended, in unix seconds; 0 where there is none. */
  readonly withdrawRequestedAt: bigint;
}

/** The chain as it was a moment ago, so that no answer has to wait for it. */
export interface ChannelView {
  /** The newest block's time in unix seconds. */
  time(): Promise<bigint>;
  stateOf(channelId: Hash): Promise<ChannelState>;
  /** Reads the channel again when it is asked for next. */
  forget(channelId: Hash): void;
}

export interface ChannelViewOptions {
  /** How old what is known may be, in milliseconds. A withdrawal takes effect a day after it was announced, or later. */
  readonly lookMs?: number;
  readonly clock?: () => number;
}

/** Events tell which channels have changed; whatever they tell, a channel is read again after so many milliseconds. */
const MAX_AGE_MS = 60_000;

export function createChannelView(
  { contracts, provider }: Pick<Context, "contracts" | "provider">,
  { lookMs = 1_000, clock = Date.now }: ChannelViewOptions = {},
): ChannelView {
  const states = new Map<string, { readonly at: number; readonly state: Promise<ChannelState> }>();
  let seen: { readonly at: number; readonly block: number; readonly time: bigint } | undefined;
  let looking: Promise<bigint> | undefined;

  async function look(): Promise<bigint> {
    const head = (await provider.send("eth_getBlockByNumber", ["latest", false])) as RawBlock;
    const [block, time] = [Number(head.number), BigInt(head.timestamp)];
    if (seen === undefined || block < seen.block) states.clear();
    else if (block > seen.block) {
      const range = { fromBlock: toQuantity(seen.block + 1), toBlock: toQuantity(block) };
      const logs = (await provider.send("eth_getLogs", [{ address: CHANNELS_ADDRESS, ...range }])) as RawLog[];
      for (const { topics } of logs) if (topics[1] !== undefined) states.delete(topics[1]);
    }
    seen = { at: clock(), block, time };
    return time;
  }

  async function fresh(): Promise<bigint> {
    if (seen !== undefined && clock() - seen.at < lookMs) return seen.time;
    looking ??= look().finally(() => (looking = undefined));
    return looking;
  }

  async function read(channelId: Hash): Promise<ChannelState> {
    const { PaymentChannels } = contracts;
    const [{ balance, totalClaimed }, { amount, initiatedAt }] = await Promise.all([
      PaymentChannels.channels(channelId),
      PaymentChannels.pendingWithdrawals(channelId),
    ]);
    return { balance, totalClaimed, withdrawRequestedAt: amount === 0n ? 0n : initiatedAt };
  }

  return {
    time: fresh,
    stateOf: async (channelId) => {
      await fresh();
      const known = states.get(channelId);
      if (known !== undefined && clock() - known.at < MAX_AGE_MS) return known.state;
      const state = read(channelId);
      states.set(channelId, { at: clock(), state });
      try {
        const found = await state;
        // what is empty is nobody's channel, and would be kept for whoever invents ids
        if (found.balance === 0n) states.delete(channelId);
        return found;
      } catch (error) {
        states.delete(channelId);
        throw error;
      }
    },
    forget: (channelId) => void states.delete(channelId),
  };
}

interface RawBlock {
  readonly number: string;
  readonly timestamp: string;
}

interface RawLog {
  readonly topics: readonly string[];
}

function toQuantity(block: number): string {
  return `0x${block.toString(16)}`;
}
