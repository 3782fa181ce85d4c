import { startApi } from "../../oracle/api/server.ts";
import type { ChannelPayer } from "../../oracle/gateway/channels/channelPayer.ts";
import type { Offer } from "../../oracle/gateway/client.ts";
import { readKeys } from "../../oracle/gateway/proxy/apiKeys.ts";
import { openKeyBudgets } from "../../oracle/gateway/proxy/keyBudgets.ts";
import { proxyRoutes } from "../../oracle/gateway/proxy/proxyRoutes.ts";
import { openUsageBook } from "../../oracle/gateway/proxy/usageBook.ts";
import type { Context } from "../../oracle/jobs/context.ts";

/** A proxy over HTTP that pays a provider by one channel, on the keys in `file` and what they spent beside it. */
export async function openProxyApi(
  { log, metrics }: Pick<Context, "log" | "metrics">,
  { providerUrl, offer, payer, file }: { providerUrl: string; offer: Offer; payer: ChannelPayer; file: string },
) {
  const budgets = openKeyBudgets(`${file}.spent`);
  const usage = openUsageBook(`${file}.usage`);
  const modelOf = () => Promise.resolve({ offer, payer });
  const proxy = { providerUrl, modelOf, forget: () => {}, keys: () => readKeys(file), budgets, usage, log };
  const api = await startApi({
    ...{ title: "test", host: "127.0.0.1", port: 0, rate: 0, log, metrics },
    routes: [proxyRoutes(proxy)],
  });
  return {
    url: api.url,
    close: async () => {
      await api.close();
      budgets.close();
      usage.close();
    },
  };
}
