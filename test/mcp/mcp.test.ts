import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { network } from "hardhat";
import { formatOpen } from "@openledger/protocol/units.ts";
import { ExactEvmScheme } from "@x402/evm/exact/client";
import { x402Client } from "@x402/fetch";
import { hexlify, randomBytes } from "ethers";
import type { Hex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { developmentWallet } from "../../oracle/chain/wallet.ts";
import { claimRevenue } from "../gateway/claimRevenue.ts";
import { openGateway, openShop, PRICE, type Shop } from "../gateway/openGateway.ts";
import { closeAll } from "../watch/openWatchtower.ts";
import { type Connected, openOutside, overHttp, overStdio } from "./openMcp.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const PAYER = 19;
const payer = developmentWallet(PAYER);
const QUESTION = { model: "1", text: "when is it open" };

interface Result {
  readonly isError?: boolean;
  readonly text: string;
  readonly value: Record<string, unknown>;
  readonly meta: Record<string, unknown>;
}

describe("openledger mcp, with the official client", () => {
  let shop: Shop;
  let gateway: Awaited<ReturnType<typeof openGateway>>;
  let outside: Awaited<ReturnType<typeof openOutside>>;
  let folder: string;
  let args: string[];
  let paying: string[];

  before(async () => {
    shop = await openShop(ethers, (seconds) => networkHelpers.time.increase(seconds));
    gateway = await openGateway(shop);
    outside = await openOutside(shop, ethers);
    folder = mkdtempSync(join(tmpdir(), "openledger-mcp-"));
    await shop.token.transfer(payer.address, 10n * PRICE);
    args = [...outside.chain, "--provider", gateway.url];
    const limits = ["--max-per-call", formatOpen(PRICE), "--max-total", formatOpen(2n * PRICE)];
    paying = [...args, "--dev-account", `${PAYER}`, "--spend-file", join(folder, "spent.json"), ...limits];
  });
  after(async () => {
    await outside.close();
    await gateway.close();
    await shop.db.close();
    await closeAll();
    rmSync(folder, { recursive: true });
  });

  const inTill = () => shop.token.balanceOf(shop.till);

  async function call({ client }: Connected, name: string, input: object, meta?: object): Promise<Result> {
    const asked = { name, arguments: input as Record<string, unknown> };
    const result = await client.callTool(meta === undefined ? asked : { ...asked, _meta: { ...meta } });
    const [first] = result.content as { text: string }[];
    return {
      ...(result.isError === true ? { isError: true } : {}),
      text: first!.text,
      value: (result.structuredContent ?? {}) as Record<string, unknown>,
      meta: result._meta ?? {},
    };
  }

  /** The development key in any form in which it could be said. */
  function expectNoKey(connected: Connected) {
    const heard = connected.heard().toLowerCase();
    expect(heard).not.include(payer.privateKey.slice(2).toLowerCase());
    expect(heard).not.include("junk");
  }

  describe("over standard input and output", () => {
    let host: Connected;
    before(async () => {
      host = await overStdio(paying);
    });
    after(() => host.close());

    it("lists its tools, and what is sold at what price, for nothing", async () => {
      const { tools } = await host.client.listTools();
      expect(tools.map(({ name }) => name).sort()).deep.equal([
        "explain",
        "infer",
        "list_datanets",
        "list_models",
        "quote",
      ]);
      const before = await inTill();
      const models = await call(host, "list_models", {});
      expect(models.value).deep.include({ total: 1 });
      expect(models.value["models"]).deep.include.members([
        { modelId: "1", price: formatOpen(PRICE), state: "active", parents: [], base: false, uri: "" },
      ]);
      expect((await call(host, "list_datanets", {})).value).deep.include({ total: 1 });
      const quoted = await call(host, "quote", QUESTION);
      expect(quoted.value).deep.include({
        price: formatOpen(PRICE),
        payTo: shop.till,
        budget: { perCall: formatOpen(PRICE), left: formatOpen(2n * PRICE) },
      });
      expect(await inTill()).equal(before);
    });

    const hostile: readonly (readonly [why: string, tool: string, input: object, says: RegExp])[] = [
      ["a control character", "infer", { model: "1", text: "when\u001b[2J is it open" }, /control characters/u],
      ["a NUL", "infer", { model: "1", text: "a\0b" }, /control characters/u],
      ["half a surrogate pair", "infer", { model: "1", text: "a\ud800" }, /cannot be read|surrogate/u],
      ["a huge text", "infer", { model: "1", text: "x".repeat(70_000) }, /at most 65536 characters/u],
      ["a blank text", "infer", { model: "1", text: " \n" }, /cannot be read/u],
      ["a negative limit", "infer", { ...QUESTION, max_price: "-1" }, /not an amount of OPEN/u],
      ["a limit in words", "infer", { ...QUESTION, max_price: "all" }, /not an amount of OPEN/u],
      ["a limit below the price", "infer", { ...QUESTION, max_price: "0.4" }, /limit: {2}0\.4 OPEN/u],
      ["an unknown model", "infer", { model: "7", text: "hello" }, /no such model/u],
      ["a model that is no id", "infer", { model: "1/../../7", text: "hello" }, /a model's id/u],
      ["a negative model", "infer", { model: -1, text: "hello" }, /a model's id/u],
      ["no text", "infer", { model: "1" }, /text/u],
      ["a payment that is none", "infer", QUESTION, /payment cannot be read/u],
      ["something that cannot be explained", "explain", { what: "../../v1/status" }, /neither an account/u],
      ["a root that is none", "explain", { what: payer.address, root: "latest&x=1" }, /a root's hash/u],
    ];
    for (const [why, tool, input, says] of hostile) {
      it(`refuses ${why}, before any payment`, async () => {
        const before = await inTill();
        const meta = why === "a payment that is none" ? { "x402/payment": "0x" } : undefined;
        const result = await call(host, tool, input, meta);
        expect(result).include({ isError: true });
        expect(result.text).match(says);
        expect(await inTill()).equal(before);
        const { value } = await call(host, "quote", QUESTION);
        expect(value["budget"]).deep.include({ left: formatOpen(2n * PRICE) });
      });
    }

    it("pays, and gives the answer with its receipt", async () => {
      const before = await inTill();
      const { isError, text, value } = await call(host, "infer", QUESTION);
      expect(isError, text).equal(undefined);
      expect((value["answer"] as { label: string }).label).oneOf(["no", "yes"]);
      const receipt = value["receipt"] as { fee: string; consumer: string; paymentId: string };
      expect(receipt).include({ fee: `${PRICE}`, consumer: payer.address.toLowerCase() });
      expect(text).include(receipt.paymentId);
      expect((await inTill()) - before).equal(PRICE);
    });

    it("spends no more in all than it may, and says what to do", async () => {
      const before = await inTill();
      const results = await Promise.all(Array.from({ length: 5 }, () => call(host, "infer", QUESTION)));
      expect(results.filter(({ isError }) => isError !== true).length).equal(1);
      const { text } = results.find(({ isError }) => isError === true)!;
      expect(text).match(
        /value: {2}0\.5 OPEN, with 1 OPEN spent\n {2}limit: {2}1 OPEN in total\n {2}remedy: .*--max-total/u,
      );
      expect((await inTill()) - before).equal(PRICE);
      expect(JSON.parse(readFileSync(join(folder, "spent.json"), "utf8"))).include({ spent: `${2n * PRICE}` });
    });

    it("never says the key", () => expectNoKey(host));
  });

  describe("over Streamable HTTP", () => {
    it("remembers what was spent before it was started, and refuses what is not from this machine", async () => {
      const host = await overHttp(paying);
      try {
        const before = await inTill();
        const refused = await call(host, "infer", QUESTION);
        expect(refused).include({ isError: true });
        expect(refused.text).match(/1 OPEN in total/u);
        expect(await inTill()).equal(before);
        const statusOf = (headers: Record<string, string>) =>
          new Promise<number | undefined>((resolve, reject) => {
            const sent = request(host.url, { method: "POST", headers }, (response) => {
              response.resume();
              resolve(response.statusCode);
            });
            sent.on("error", reject);
            sent.end("{}");
          });
        expect(await statusOf({ host: "evil.example", "content-type": "application/json" })).equal(403);
        expect(await statusOf({ origin: "https://evil.example", "content-type": "application/json" })).equal(403);
        expectNoKey(host);
      } finally {
        await host.close();
      }
    });

    it("without a key lets a stock x402 client pay by _meta", async () => {
      const host = await overHttp(args);
      try {
        const account = privateKeyToAccount(hexlify(randomBytes(32)) as Hex);
        await shop.token.transfer(account.address, PRICE);
        const unpaid = await call(host, "infer", QUESTION);
        expect(unpaid).include({ isError: true });
        expect(JSON.parse(unpaid.text)).deep.equal(unpaid.value);

        const { network: chain, asset } = gateway.token;
        const client = new x402Client().register("eip155:*", new ExactEvmScheme(account)).setSpendControls({
          allowedAssets: [{ network: chain as `${string}:${string}`, asset, maxAmountPerPayment: `${PRICE}` }],
        });
        const payment = await client.createPaymentPayload(unpaid.value as never);
        const before = await inTill();
        const paid = await call(host, "infer", QUESTION, { "x402/payment": payment });
        expect(paid.isError, paid.text).equal(undefined);
        expect((paid.value["receipt"] as { consumer: string }).consumer).equal(account.address.toLowerCase());
        expect(paid.meta["x402/payment-response"]).deep.include({
          success: true,
          payer: account.address.toLowerCase(),
        });
        expect((await inTill()) - before).equal(PRICE);

        const again = await call(host, "infer", { model: "1", text: "something else" }, { "x402/payment": payment });
        expect(again).include({ isError: true });
        expect((await inTill()) - before).equal(PRICE);
      } finally {
        await host.close();
      }
    });
  });

  describe("what was paid", () => {
    it("is claimed by the contributors in their part", async () => {
      const { distributor, clock } = shop.deployment;
      const epoch = await clock.current();
      const { receipts, claimed } = await claimRevenue(shop, gateway);
      expect(receipts).equal(3);
      // three answers; what is left after protocol, owner, compute, stakers and curators
      expect(claimed).equal(await distributor.poolOf(1, epoch));
      expect(claimed > 0n && claimed < 3n * PRICE).equal(true);
    });
  });
});
