import { COUNTERSIGNED_CHANNEL } from "@openledger/protocol/eip712/statement.ts";
import { formatOpen } from "@openledger/protocol/units.ts";
import { InputError } from "../common/errors.ts";
import { createChannelPayer } from "../gateway/channels/channelPayer.ts";
import { USUAL_DEPOSIT } from "../gateway/channels/channelTerms.ts";
import { addKey, readKeys, removeKey } from "../gateway/proxy/apiKeys.ts";
import { readUsageBook, usageOfKey } from "../gateway/proxy/usageBook.ts";
import { renderUsage, USAGE_FORMATS, type UsageFormat } from "../invoices/usage.ts";
import { endpointOption } from "./apiClient.ts";
import { parseUsageFormat } from "./invoice.ts";
import { serveKeys, usageFile } from "./keyedServer.ts";
import { addKeyTerms } from "./keyTerms.ts";
import { createOutput, table } from "./output.ts";
import { collect, parseAmount, parseId, parseNewFile, parsePort } from "./parse.ts";
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
  addKeyTerms(keys.command("add"))
    .description("make a key; it is shown once and kept as a hash")
    .option("--model <id>", "a model that it may ask; can be repeated (default: all)", collect(parseId))
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
      const used = readUsageBook(usageFile(keysFile()));
      process.stdout.write(renderUsage(used.map(usageOfKey), format));
    });
};

async function serve(session: Session, options: ProxyOptions): Promise<void> {
  const { contracts, provider, output } = session;
  const wallet = requireKey(session, "a proxy that pays");
  if (readKeys(options.keys).length === 0) {
    throw new InputError("the proxy has no API keys", {
      value: options.keys,
      limit: "a key for each program that asks",
      remedy: "npx openledger proxy keys add --name <name>",
    });
  }
  await serveKeys(session, {
    role: "proxy",
    listen: "127.0.0.1",
    port: options.port,
    wallet,
    providerUrl: options.provider,
    keys: options.keys,
    rate: 0,
    payerFor: (offer) =>
      createChannelPayer(contracts, {
        providerUrl: options.provider,
        offer,
        wallet,
        deposit: options.deposit ?? USUAL_DEPOSIT * offer.price,
        salt: COUNTERSIGNED_CHANNEL,
        validBefore: async () => (await chainTime(provider)) + VALIDITY,
      }),
    onReady: (url) =>
      output.result(
        { url: `${url}/v1`, payer: wallet.address },
        (ready) => `OpenAI's interface is at ${ready.url}; ${wallet.address} pays ${options.provider}.`,
      ),
  });
}
