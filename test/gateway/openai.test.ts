import { expect } from "chai";
import { network } from "hardhat";
import { ExactEvmScheme } from "@x402/evm/exact/client";
import { wrapFetchWithPayment, x402Client } from "@x402/fetch";
import { hexlify, randomBytes } from "ethers";
import OpenAI from "openai";
import type { Hex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { outputHash } from "../../oracle/jobs/receiptFiles.ts";
import { closeAll } from "../watch/openWatchtower.ts";
import { claimRevenue } from "./claimRevenue.ts";
import { openGateway, openShop, PRICE, type Shop } from "./openGateway.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const MODEL = "1";
const QUESTION = [{ role: "user" as const, content: "when is it open" }];

describe("the OpenAI client buys unmodified", () => {
  let shop: Shop;
  let gateway: Awaited<ReturnType<typeof openGateway>>;
  let paying: OpenAI;

  before(async () => {
    shop = await openShop(ethers, (seconds) => networkHelpers.time.increase(seconds));
    gateway = await openGateway(shop);
    const payer = privateKeyToAccount(hexlify(randomBytes(32)) as Hex);
    await shop.token.transfer(payer.address, 10n * PRICE);
    const x402 = new x402Client()
      .register("eip155:*", new ExactEvmScheme(payer))
      .setSpendControls({ allowedAssets: true });
    paying = client(wrapFetchWithPayment(fetch, x402));
  });
  after(async () => {
    await gateway.close();
    await shop.db.close();
    await closeAll();
  });

  const client = (fetching: typeof fetch) =>
    new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: "none", fetch: fetching, maxRetries: 0 });
  const inTill = () => shop.token.balanceOf(shop.till);

  it("the list of models", async () => {
    const [model, ...others] = (await client(fetch).models.list()).data;
    expect(others).deep.equal([]);
    expect(model).include({ id: MODEL, object: "model", owned_by: shop.tower.address, price: `${PRICE}` });
    expect(await client(fetch).models.retrieve(MODEL)).deep.include({ id: MODEL });
  });

  it("a chat completion, with usage, cost and its receipt", async () => {
    const before = await inTill();
    const call = paying.chat.completions.create({ model: MODEL, messages: QUESTION, logprobs: true, top_logprobs: 2 });
    const { data, response } = await call.withResponse();
    expect(["no", "yes"]).include(data.choices[0]!.message.content);
    expect(data.usage).deep.equal({ prompt_tokens: 4, completion_tokens: 1, total_tokens: 5, cost: "0.5" });
    expect(data.choices[0]!.logprobs!.content![0]!.top_logprobs.length).equal(2);
    expect((await inTill()) - before).equal(PRICE);

    const id = response.headers.get("x-openledger-receipt");
    const { receipt } = (await (await fetch(`${gateway.url}/v1/receipts/${id}`)).json()) as {
      receipt: { outputHash: string };
    };
    const { openledger } = data as unknown as { openledger: { answer: Parameters<typeof outputHash>[0] } };
    expect(outputHash(openledger.answer)).equal(receipt.outputHash);
  });

  it("a streamed one, whose last chunk has usage and cost", async () => {
    const stream = await paying.chat.completions.create({ model: MODEL, messages: QUESTION, stream: true });
    let content = "";
    let last: OpenAI.Chat.Completions.ChatCompletionChunk | undefined;
    for await (const chunk of stream) {
      content += chunk.choices[0]?.delta.content ?? "";
      last = chunk;
    }
    expect(["no", "yes"]).include(content);
    expect(last!.usage).include({ total_tokens: 5, cost: "0.5" });
  });

  it("a classification", async () => {
    const body = { model: MODEL, input: "when is it open" };
    const { data } = await paying.post<{ data: { label: string; probs: number[]; num_classes: number }[] }>(
      "/classify",
      { body },
    );
    expect(data[0]!.num_classes).equal(2);
    expect(Math.abs(data[0]!.probs.reduce((sum, p) => sum + p, 0) - 1) < 1e-6).equal(true);
    expect(data[0]!.label).equal(["no", "yes"][data[0]!.probs[0]! >= 0.5 ? 0 : 1]);
  });

  it("nothing without paying, and is told how, and what cannot be had, before it pays", async () => {
    const before = await inTill();
    const refusal = async (call: Promise<unknown>) => {
      const error = await call.then(
        () => undefined,
        (problem: unknown) => problem,
      );
      expect(error).instanceOf(OpenAI.APIError);
      return error as InstanceType<typeof OpenAI.APIError>;
    };
    const unpaid = await refusal(client(fetch).chat.completions.create({ model: MODEL, messages: QUESTION }));
    expect(unpaid).include({ status: 402, code: "payment_required" });
    expect(unpaid.message).match(/0\.5 OPEN/u);
    const absent = await refusal(paying.chat.completions.create({ model: "77", messages: QUESTION }));
    expect(absent).include({ status: 404, code: "model_not_found" });
    const embedding = await refusal(paying.embeddings.create({ model: MODEL, input: "x" }));
    expect(embedding.status).equal(400);
    expect(embedding.message).match(/does not embed/u);
    expect(await inTill()).equal(before);
  });

  it("what the contributors then claim their part of", async () => {
    const { clock, distributor } = shop.deployment;
    const [epoch, revenue] = [await clock.current(), await inTill()];
    const { fees, claimed } = await claimRevenue(shop, gateway);
    expect(fees).equal(revenue);
    expect(claimed).equal(await distributor.poolOf(1, epoch));
    expect(claimed > 0n && claimed < revenue).equal(true);
  });
});
