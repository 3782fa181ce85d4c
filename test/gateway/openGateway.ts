import type { HardhatEthers } from "@nomicfoundation/hardhat-ethers/types";
import { asAddress } from "@openledger/protocol/hex.ts";
import { ROLE } from "@openledger/protocol/stakeRole.ts";
import { hexlify, randomBytes, type TypedDataDomain, type Wallet } from "ethers";
import { startApi } from "../../oracle/api/server.ts";
import { blockTime } from "../../oracle/chain/blockTime.ts";
import { defaultScheme } from "../../oracle/attribution/scheme.ts";
import { toJson } from "../../oracle/common/json.ts";
import { NGRAM_BUCKETS } from "../../oracle/data/hashedNgrams.ts";
import { AUTHORISATION_TYPES, tokenDomain } from "../../oracle/gateway/authorisation.ts";
import { createGateway } from "../../oracle/gateway/gateway.ts";
import { gatewayRoutes } from "../../oracle/gateway/gatewayRoutes.ts";
import { exactRequirements, paidToken } from "../../oracle/gateway/x402/requirements.ts";
import { encodeHeader } from "../../oracle/gateway/x402/wire.ts";
import { ensembleHash, planHash, putManifest, putWeights, type Plan } from "../../oracle/jobs/versionFiles.ts";
import { architectureOf } from "../../oracle/model/architecture.ts";
import { initialWeights } from "../../oracle/model/initialWeights.ts";
import { parseRecipe } from "../../oracle/model/recipe.ts";
import { createChannels } from "../../oracle/store/channels.ts";
import { createInferences } from "../../oracle/store/inferences.ts";
import { createStatements } from "../../oracle/store/statements.ts";
import { openStore } from "../../oracle/store/open.ts";
import { DAY, deployDisputes, type Deployment, OPEN } from "../attribution/deployDisputes.ts";
import { createEconomy } from "../attribution/economy.ts";
import { SIZE } from "../training/freeTraining.ts";
import { openWatchtower, type Watchtower } from "../watch/openWatchtower.ts";

export const PRICE = OPEN / 2n;
export const COMPUTE_STAKE = 100_000n * OPEN;
const recipe = parseRecipe({
  format: "openledger-recipe/1",
  input: { kind: "bags", buckets: NGRAM_BUCKETS },
  layers: [{ kind: "embeddingBag", dimension: 4 }],
  classes: 2,
  optimizer: { kind: "adam", learningRate: 0.01 },
  epochs: 1,
  batch: 8,
  seed: 1,
  members: 1,
});
const plan: Plan = {
  format: "openledger-plan/1",
  recipe,
  encoding: "hashed-ngrams/1",
  labels: ["no", "yes"],
  parentVersionId: null,
};

/** What a consumer signs; all of it can be changed before it is sent. */
export interface Payment {
  readonly from: string;
  readonly value: bigint;
  readonly validAfter: bigint;
  readonly validBefore: bigint;
  readonly nonce: string;
  readonly signature: string;
}

export interface Reply {
  readonly status: number;
  readonly body: {
    readonly error?: string;
    readonly answer?: unknown;
    readonly receipt?: { readonly paymentId: string };
  };
}

export type Shop = Awaited<ReturnType<typeof openShop>>;

/** A model of texts with an active version, which a provider serves at {@link PRICE}; its questions are free of sense. */
export async function openShop(
  ethers: HardhatEthers,
  wait: (seconds: bigint) => Promise<unknown>,
  stateDirectory?: string,
) {
  const deployment = await deployDisputes(ethers, wait);
  const { token, market, models, indexes, scheme } = deployment;
  const economy = await createEconomy(deployment, { seed: 3, models: 0, epochs: 0 }, wait);
  const db = await openStore({ DATABASE_URL: undefined, OPENLEDGER_STATE_DIR: stateDirectory });
  const tower = await openWatchtower(deployment, ethers, { peers: [], name: "provider" });
  const { context } = tower;
  await ethers.provider.send("hardhat_setBalance", [tower.address, "0x56bc75e2d63100000"]);

  await stakeCompute(ethers, deployment, tower.address);

  const models_ = [initialWeights(recipe, architectureOf(recipe), 0)];
  const weights = await putWeights(context.content, models_);
  const manifest = { format: "openledger-version/1" as const, plan, scheme: defaultScheme("text"), weights };
  await models.mint({ parents: [], provider: tower.address, price: PRICE, base: false }, "");
  const artefacts = {
    weightsHash: ensembleHash(models_),
    recipeHash: planHash(plan),
    schemeId: scheme,
    snapshotIds: [await models.snapshotCount()],
    size: SIZE,
    uri: await putManifest(context.content, manifest),
  };
  await models.publishVersion(1, artefacts, 0n);
  const index = await economy.buildIndex(1n);
  economy.versions.push(index);
  await economy.attest(index);
  await wait(DAY);
  await indexes.activate(1);
  await tower.run("scan");

  const domain = await tokenDomain(context.contracts.OpenToken);
  const till = asAddress(await market.tillOf(1));
  return { deployment, economy, token, tower, context, domain, till, db, wait };
}

/** Lets an account serve for money, to this amount. */
export async function stakeCompute(
  ethers: HardhatEthers,
  { token, stakes }: Pick<Deployment, "token" | "stakes">,
  address: string,
  assets = COMPUTE_STAKE,
) {
  const provider = await ethers.getImpersonatedSigner(address);
  await token.transfer(provider, assets);
  await token.connect(provider).approve(stakes, assets);
  await stakes.connect(provider).register(ROLE.compute, provider, 0, 0, "0x");
  await stakes.connect(provider).stake(ROLE.compute, provider, assets, 0, 0);
}

/** The provider's process: its gateway over HTTP, on what it has stored. */
export async function openGateway({ context, db, domain, till }: Pick<Shop, "context" | "db" | "domain" | "till">) {
  const inferences = createInferences(db);
  const channels = createChannels(db);
  const statements = createStatements(db);
  const gateway = await createGateway(context, inferences, context.key!);
  const token = paidToken(context.deployment.chainId, domain);
  const api = await startApi({
    title: "test",
    host: "127.0.0.1",
    port: 0,
    log: context.log,
    metrics: context.metrics,
    rate: 0,
    routes: [await gatewayRoutes(context, gateway, { inferences, channels, statements }, context.key!)],
  });
  /** What a client sends for a payment, whatever it asks for. */
  const paymentHeader = ({ signature, ...authorization }: Payment, extensions: object = {}) =>
    encodeHeader({
      x402Version: 2,
      accepted: exactRequirements(token, { price: PRICE, till }, 600),
      payload: { authorization: { ...authorization, to: till }, signature },
      extensions,
    });
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${api.url}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: toJson(body),
    });
  const ask = async (
    payment: Payment,
    request: unknown = text("when is it open"),
    extensions: object = {},
  ): Promise<Reply> => {
    const header = paymentHeader(payment, extensions);
    const response = await post("/v1/models/1/infer", request, { "payment-signature": header });
    return { status: response.status, body: (await response.json()) as Reply["body"] };
  };
  return {
    gateway,
    inferences,
    channels,
    statements,
    token,
    url: api.url,
    post,
    paymentHeader,
    ask,
    close: () => api.close(),
  };
}

export const text = (input: string) => ({ kind: "text" as const, input });

/** An authorisation of this wallet to pay the till; `changes` are signed. */
export async function authorise(
  { context, domain, till }: { context: Watchtower["context"]; domain: TypedDataDomain; till: string },
  wallet: Wallet,
  changes: Partial<Payment> = {},
): Promise<Payment> {
  const now = await blockTime(context.provider, "latest");
  const payment = {
    from: asAddress(wallet.address),
    value: PRICE,
    validAfter: 0n,
    validBefore: now + 3_600n,
    nonce: hexlify(randomBytes(32)),
    ...changes,
  };
  const signature = await wallet.signTypedData(domain, AUTHORISATION_TYPES, { ...payment, to: till });
  return { ...payment, signature };
}
