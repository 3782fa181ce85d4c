import { formatOpen, OPEN } from "@openledger/protocol/units.ts";
import { requireModel } from "../actions/models.ts";
import { startApi } from "../api/server.ts";
import { InputError } from "../common/errors.ts";
import { createLogger } from "../common/logger.ts";
import { createMetrics } from "../common/metrics.ts";
import { createShutdown, terminationRequested } from "../common/shutdown.ts";
import { createChannelPayer, FIRST_CHANNEL } from "../gateway/channels/channelPayer.ts";
import { USUAL_DEPOSIT } from "../gateway/channels/channelTerms.ts";
import { readOffer } from "../gateway/client.ts";
import { addKey, readKeys, removeKey } from "../gateway/proxy/apiKeys.ts";
import { openKeyBudgets } from "../gateway/proxy/keyBudgets.ts";
import { openUsageBook, readUsageBook, usageOfKey } from "../gateway/proxy/usageBook.ts";
import { type PaidModel, proxyRoutes } from "../gateway/proxy/proxyRoutes.ts";
import { renderUsage, USAGE_FORMATS, type UsageFormat } from "../invoices/usage.ts";
import { endpointOption } from "./apiClient.ts";
import { parseUsageFormat } from "./invoice.ts";
import { createOutput, table } from "./output.ts";
import { amountOption, collect, parseAmount, parseId, parseNewFile, parsePort } from "./parse.ts";
import type { AddCommand } from "./program.ts";
import { addChainOptions, type ChainOptions, chainTime, requireKey, type Session, withSession } from "./session.ts";

interface ProxyOptions extends ChainOptions {
  readonly port: number;
  readonly provider: string;
  readonly keys: string;
  readonly deposit?: bigint;
}

interface AddOptions {
  readonly name: string;
  readonly project?: string;
  readonly model?: readonly bigint[];
  readonly perCall: bigint;
  readonly perDay: bigint;
  readonly days?: bigint;
}

const DEFAULT_PORT = 8_090;
const DEFAULT_KEYS = "openledger-keys.json";
/** Chain seconds in which the provider may make a deposit. */
const VALIDITY = 3_600n;
const SECONDS_PER_DAY = 86_400;

/** `openledger proxy`: OpenAI's interface on this machine, paid by a channel whose key stays here. */
export const proxyCommand: AddCommand = (program) => {
  const proxy = addChainOptions(program.command("proxy"))
    .description("serve OpenAI's interface on loopback, and pay for what programs with a key of yours ask")
    .option("--port <port>", "loopback port", parsePort, DEFAULT_PORT)
    .addOption(endpointOption("--provider <url>", "the provider's gateway", "OPENLEDGER_PROVIDER_URL"))
    .option("--keys <file>", "the API keys; what they spend is kept beside it", parseNewFile, DEFAULT_KEYS)
    .option("--deposit <OPEN>", "what is put into a channel when it is used up; 10 answers if absent", parseAmount)
    .action((options: ProxyOptions) => withSession(program, options, (session) => serve(session, options)));

  const keysFile = () => proxy.opts<ProxyOptions>().keys;
  const keys = proxy.command("keys").description("API keys of the proxy");
  keys
    .command("add")
    .description("make a key; it is shown once and kept as a hash")
    .requiredOption("--name <name>", "whom or what it is for")
    .option("--project <name>", "whom its answers are billed to")
    .option("--model <id>", "a model that it may ask; can be repeated (default: all)", collect(parseId))
    .addOption(amountOption("--per-call <OPEN>", "spend at most this for a call", OPEN))
    .addOption(amountOption("--per-day <OPEN>", "spend at most this in a day", 10n * OPEN))
    .option("--days <days>", "how long it is valid (default: until it is removed)", parseId)
    .action(({ name, project, model, perCall, perDay, days }: AddOptions) => {
      const file = keysFile();
      const expires =
        days === undefined ? {} : { expires: Math.floor(Date.now() / 1_000) + Number(days) * SECONDS_PER_DAY };
      const models = model === undefined ? {} : { models: model.map(String) };
      const made = addKey(file, {
        name,
        ...(project !== undefined && { project }),
        ...models,
        perCall,
        perDay,
        ...expires,
      });
      createOutput(program.opts<{ json: boolean }>().json).result(made, ({ id, secret }) =>
        [`Key ${id} for ${name}, shown this once:`, secret].join("\n"),
      );
    });
  keys
    .command("list")
    .description("the keys and their limits")
    .action(() => {
      const known = readKeys(keysFile()).map(({ id, name, project, models, perCall, perDay, expires }) => ({
        id,
        name,
        project,
        models,
        perCall,
        perDay,
        expires,
      }));
      createOutput(program.opts<{ json: boolean }>().json).result(known, (rows) =>
        table(rows, [
          { title: "key", value: ({ id }) => id },
          { title: "name", value: ({ name }) => name },
          { title: "project", value: ({ project }) => project ?? "" },
          { title: "models", value: ({ models }) => models?.join(", ") ?? "all" },
          { title: "OPEN a call", value: ({ perCall }) => formatOpen(perCall), align: "right" },
          { title: "OPEN a day", value: ({ perDay }) => formatOpen(perDay), align: "right" },
        ]),
      );
    });
  keys
    .command("remove")
    .description("take a key away; the proxy refuses it from then on")
    .argument("<key>", "its id")
    .action((id: string) => {
      removeKey(keysFile(), id);
      createOutput(program.opts<{ json: boolean }>().json).result({ removed: id }, () => `Key ${id} is removed.`);
    });
  proxy
    .command("usage")
    .description("every answer that a key was given, with its project and receipt")
    .option("--format <format>", USAGE_FORMATS.join(", "), parseUsageFormat, "jsonl")
    .action(({ format }: { readonly format: UsageFormat }) => {
      const used = readUsageBook(usageFile(proxy.opts<ProxyOptions>()));
      process.stdout.write(renderUsage(used.map(usageOfKey), format));
    });
};

function usageFile({ keys }: Pick<ProxyOptions, "keys">): string {
  return `${keys}.usage`;
}

async function serve(session: Session, options: ProxyOptions): Promise<void> {
  const { contracts, deployment, provider, output } = session;
  const wallet = requireKey(session, "a proxy that pays");
  if (readKeys(options.keys).length === 0) {
    throw new InputError("the proxy has no API keys", {
      value: options.keys,
      limit: "a key for each program that asks",
      remedy: "npx openledger proxy keys add --name <name>",
    });
  }
  const models = new Map<bigint, Promise<PaidModel>>();
  async function open(modelId: bigint): Promise<PaidModel> {
    await requireModel(contracts, modelId);
    const offer = await readOffer(contracts, deployment, modelId);
    const payer = createChannelPayer(contracts, {
      providerUrl: options.provider,
      offer,
      wallet,
      deposit: options.deposit ?? USUAL_DEPOSIT * offer.price,
      salt: FIRST_CHANNEL,
      validBefore: async () => (await chainTime(provider)) + VALIDITY,
    });
    return { price: offer.price, payer };
  }
  function modelOf(modelId: bigint): Promise<PaidModel> {
    const model = models.get(modelId) ?? open(modelId);
    models.set(modelId, model);
    model.catch(() => models.delete(modelId));
    return model;
  }

  const shutdown = createShutdown();
  const termination = terminationRequested();
  const log = createLogger({ level: session.config.LOG_LEVEL, bindings: { role: "proxy" } });
  try {
    const budgets = openKeyBudgets(`${options.keys}.spent`);
    shutdown.onClose("budgets", () => budgets.close());
    const usage = openUsageBook(usageFile(options));
    shutdown.onClose("usage", () => usage.close());
    const api = await startApi({
      title: "OpenLedger proxy",
      host: "127.0.0.1",
      port: options.port,
      log,
      metrics: createMetrics(),
      rate: 0,
      routes: [
        proxyRoutes({
          providerUrl: options.provider,
          modelOf,
          forget: (modelId) => void models.delete(modelId),
          keys: () => readKeys(options.keys),
          budgets,
          usage,
          log,
        }),
      ],
    });
    shutdown.onClose("API", () => api.close());
    output.result(
      { url: `${api.url}/v1`, payer: wallet.address },
      ({ url }) => `OpenAI's interface is at ${url}; ${wallet.address} pays ${options.provider}.`,
    );
    await termination;
  } finally {
    await shutdown.close();
  }
}
