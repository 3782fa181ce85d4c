interface Channel<B> {
  /** What the last call left; undefined before the first, and after one that failed in an unknown state. */
  book: B | undefined;
  /** Ends with the last call that asked. */
  last: Promise<unknown>;
  asking: number;
}

/** What is known of channels, and a queue for each: two calls never go on from the same voucher. */
export interface ChannelTurns<B> {
  /** Waits for the calls of the channel that came before. What a call leaves, the next one is given. */
  run<T>(channelId: string, call: (book: B | undefined) => Promise<{ readonly book: B; readonly sold: T }>): Promise<T>;
}

/** Channels that are remembered while nobody asks. */
const KEPT = 10_000;

export function createChannelTurns<B>(kept = KEPT): ChannelTurns<B> {
  const channels = new Map<string, Channel<B>>();

  /** The least recently used first. */
  function forgetIdle(): void {
    for (const [id, { asking }] of channels) {
      if (channels.size <= kept) return;
      if (asking === 0) channels.delete(id);
    }
  }

  return {
    run: async (channelId, call) => {
      const channel = channels.get(channelId) ?? { book: undefined, last: Promise.resolve(), asking: 0 };
      channels.delete(channelId);
      channels.set(channelId, channel);
      channel.asking++;
      const turn = channel.last.then(async () => {
        const book = channel.book;
        // whatever a failed call has stored or not, the store knows
        channel.book = undefined;
        const done = await call(book);
        channel.book = done.book;
        return done.sold;
      });
      channel.last = turn.catch(() => {});
      try {
        return await turn;
      } finally {
        channel.asking--;
        if (channel.asking === 0 && channel.book === undefined) channels.delete(channelId);
        forgetIdle();
      }
    },
  };
}
