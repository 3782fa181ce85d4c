import type { Address } from "@openledger/protocol/hex.ts";
import type { Command } from "commander";
import { AccessError } from "../../common/errors.ts";
import { createChannelPayer } from "../../gateway/channels/channelPayer.ts";
import { readOffer } from "../../gateway/client.ts";
import { hostedRoutes } from "../../gateway/hosted/hostedRoutes.ts";
import type { ApiKey } from "../../gateway/proxy/apiKeys.ts";
import { endpointOption, parseUrl } from "../apiClient.ts";
import { serveKeys, usageFile } from "../keyedServer.ts";
import { addKeyTerms } from "../keyTerms.ts";
import { collect, parseAmount, parseId, parseNewFile, parsePort } from "../parse.ts";
import type { AddCommand } from "../program.ts";
import { addChainOptions, type ChainOptions, requireKey, type Session, withSession } from "../session.ts";
import { depositAtHost, withdrawFromHost } from "./deposit.ts";
import { type KeyTermsOptions, orderKey, revokeKey } from "./orderKeys.ts";

interface ServeOptions extends ChainOptions {
  readonly listen: string;
  readonly port: number;
  readonly provider: string;
  readonly keys: string;
}

interface HostOptions extends ChainOptions {
  readonly host: string;
}

const DEFAULT_PORT = 8_091;
const DEFAULT_HOST = `http://127.0.0.1:${DEFAULT_PORT}`;

/** `openledger hosted`: API keys that somebody else pays with, out of an account's deposit and no further. */
export const hostedCommand: AddCommand = (program) => {
  const hosted = program
    .command("hosted")
    .description("API keys at a host, which pays with them from a deposit of yours");

  addChainOptions(hosted.command("serve"))
    .description("be a host: serve OpenAI's interface to accounts, and sign for what their keys ask")
    .option("--listen <address>", "address to listen at; put TLS in front of any but loopback", "127.0.0.1")
    .option("--port <port>", "port", parsePort, DEFAULT_PORT)
    .addOption(endpointOption("--provider <url>", "the provider's gateway", "OPENLEDGER_PROVIDER_URL"))
    .option("--keys <file>", "the accounts' keys, as hashes", parseNewFile, "openledger-hosted-keys.json")
    .action((options: ServeOptions) => withSession(program, options, (session) => serve(session, options)));

  const atHost = (words: string) => addHostOption(addChainOptions(hosted.command(words)));
  atHost("deposit")
    .description("put OPEN into the channel from which a host may pay for a model; the most that can be lost")
    .argument("<OPEN>", "amount", parseAmount)
    .requiredOption("--model <id>", "model that is asked", parseId)
    .action((amount: bigint, options: HostOptions & { readonly model: bigint }) =>
      withSession(program, options, (session) => depositAtHost(session, { ...options, amount })),
    );
  addKeyTerms(atHost("key"))
    .description("make an API key, shown once: the host gets its hash, its limits and your signature")
    .requiredOption("--model <id>", "a model that it may ask; can be repeated", collect(parseId))
    .option("--days <days>", "how long it is valid (default: until it is taken away)", parseId)
    .action((options: HostOptions & KeyTermsOptions) =>
      withSession(program, options, (session) => orderKey(session, options)),
    );
  atHost("revoke")
    .description("take a key away; the host refuses it from then on")
    .argument("<key>", "olk_…")
    .action((secret: string, options: HostOptions) =>
      withSession(program, options, (session) => revokeKey(session, options.host, secret)),
    );
  atHost("withdraw")
    .description("take back what is not spent: announce it, and a day later --finish it; no host is asked")
    .requiredOption("--model <id>", "model of the channel", parseId)
    .option("--finish", "take what was announced")
    .action((options: HostOptions & { readonly model: bigint; readonly finish?: true }) =>
      withSession(program, options, (session) => withdrawFromHost(session, options)),
    );
};

function addHostOption(command: Command): Command {
  return command.option("--host <url>", "the host", parseUrl, DEFAULT_HOST);
}

async function serve(session: Session, options: ServeOptions): Promise<void> {
  const { contracts, deployment, output } = session;
  const wallet = requireKey(session, "a host that signs vouchers");
  await serveKeys(session, {
    role: "host",
    listen: options.listen,
    port: options.port,
    wallet,
    providerUrl: options.provider,
    keys: options.keys,
    payerFor: (offer, key) =>
      createChannelPayer(contracts, { providerUrl: options.provider, offer, wallet, account: requireAccount(key) }),
    routes: [
      hostedRoutes({
        contracts,
        deployment,
        host: wallet.address,
        keys: options.keys,
        usage: usageFile(options.keys),
        offerOf: (modelId) => readOffer(contracts, deployment, modelId),
      }),
    ],
    onReady: (url) =>
      output.result(
        { url: `${url}/v1`, host: wallet.address },
        (ready) => `OpenAI's interface is at ${ready.url}; ${wallet.address} signs for ${options.provider}.`,
      ),
  });
}

/** @throws AccessError for a key of somebody's own proxy, which no account has ordered */
function requireAccount({ id, account }: ApiKey): Address {
  if (account !== undefined) return account;
  throw new AccessError("no account has ordered the API key", {
    value: id,
    limit: "a key that its account has signed for",
    remedy: "npx openledger hosted key, or serve the file with npx openledger proxy.",
  });
}
