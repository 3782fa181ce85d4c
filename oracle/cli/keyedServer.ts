import { requireModel } from "../actions/models.ts";
import { type AddRoutes, startApi } from "../api/server.ts";
import type { LocalWallet } from "../chain/wallet.ts";
import { createLogger } from "../common/logger.ts";
import { createMetrics } from "../common/metrics.ts";
import { createShutdown, terminationRequested } from "../common/shutdown.ts";
import type { ChannelPayer } from "../gateway/channels/channelPayer.ts";
import { type Offer, readOffer } from "../gateway/client.ts";
import { type ApiKey, readKeys } from "../gateway/proxy/apiKeys.ts";
import { openKeyBudgets } from "../gateway/proxy/keyBudgets.ts";
import { type PaidModel, proxyRoutes } from "../gateway/proxy/proxyRoutes.ts";
import { createCountersigner } from "../gateway/statements/countersigner.ts";
import { openUsageBook, readUsageBook } from "../gateway/proxy/usageBook.ts";
import type { Session } from "./session.ts";

export interface KeyedServer {
  readonly role: "proxy" | "host";
  readonly listen: string;
  readonly port: number;
  /** Signs the vouchers, and confirms what they paid. */
  readonly wallet: LocalWallet;
  /** The provider's gateway. */
  readonly providerUrl: string;
  /** File of the API keys; what they spend and use is kept beside it. */
  readonly keys: string;
  /** Requests a minute of one client; 0 for any number, undefined for the usual one. */
  readonly rate?: number | undefined;
  /** What pays for the answers of a key. */
  readonly payerFor: (offer: Offer, key: ApiKey) => ChannelPayer;
  /** What is served beside OpenAI's interface. */
  readonly routes?: readonly AddRoutes[];
  /** Called when it serves. */
  readonly onReady: (url: string) => void;
}

/** How often what was answered is confirmed to the provider: epochs take days, and their receipts are committed after them. */
const CONFIRM_EVERY_MS = 30_000;

/** Where it is kept what the keys in a file were given. */
export function usageFile(keys: string): string {
  return `${keys}.usage`;
}

/** Serves OpenAI's interface to programs with API keys, until the process is asked to end. */
export async function serveKeys({ config, contracts, deployment }: Session, options: KeyedServer): Promise<void> {
  const { role, listen, port, wallet, providerUrl, keys, rate, payerFor, routes = [], onReady } = options;
  const models = new Map<string, Promise<PaidModel>>();
  const nameOf = (modelId: bigint, { account }: ApiKey) => `${account ?? ""} ${modelId}`;

  async function open(modelId: bigint, key: ApiKey): Promise<PaidModel> {
    await requireModel(contracts, modelId);
    const offer = await readOffer(contracts, deployment, modelId);
    return { offer, payer: payerFor(offer, key) };
  }
  /** One for all keys of an account: calls of one channel wait for each other. */
  function modelOf(modelId: bigint, key: ApiKey): Promise<PaidModel> {
    const name = nameOf(modelId, key);
    const model = models.get(name) ?? open(modelId, key);
    models.set(name, model);
    model.catch(() => models.delete(name));
    return model;
  }

  const shutdown = createShutdown();
  const termination = terminationRequested();
  const log = createLogger({ level: config.LOG_LEVEL, bindings: { role } });
  try {
    const budgets = openKeyBudgets(`${keys}.spent`);
    shutdown.onClose("budgets", () => budgets.close());
    const usage = openUsageBook(usageFile(keys));
    shutdown.onClose("usage", () => usage.close());
    const known = new Set(readUsageBook(usageFile(keys)).map(({ receiptHash }) => receiptHash));
    const countersigner = createCountersigner({ providerUrl, wallet, isKnown: (hash) => known.has(hash), log });
    const forget = (modelId: bigint, key: ApiKey) => void models.delete(nameOf(modelId, key));
    const paid = proxyRoutes({
      ...{ providerUrl, modelOf, forget, keys: () => readKeys(keys), budgets, log },
      usage: {
        ...usage,
        add: (used) => {
          usage.add(used);
          known.add(used.receiptHash);
        },
      },
    });
    const confirming = setInterval(
      () => void Promise.allSettled([...models.values()].map(async (model) => countersigner.confirm(await model))),
      CONFIRM_EVERY_MS,
    );
    shutdown.onClose("confirming", () => clearInterval(confirming));
    const api = await startApi({
      title: `OpenLedger ${role}`,
      host: listen,
      port,
      log,
      metrics: createMetrics(),
      trustedProxies: config.OPENLEDGER_TRUSTED_PROXIES,
      ...(rate === undefined ? {} : { rate }),
      routes: [paid, ...routes],
    });
    shutdown.onClose("API", () => api.close());
    onReady(api.url);
    await termination;
  } finally {
    await shutdown.close();
  }
}
