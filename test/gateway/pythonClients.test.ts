import { execFile, execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect } from "chai";
import { network } from "hardhat";
import { Wallet } from "ethers";
import { messageOf } from "../../oracle/common/errors.ts";
import { closeAll } from "../watch/openWatchtower.ts";
import { claimRevenue } from "./claimRevenue.ts";
import { openGateway, openShop, PRICE, type Shop } from "./openGateway.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const SCRIPT = fileURLToPath(new URL("pythonClients.py", import.meta.url));
/** A Python with `x402[evm,httpx]` 2.25.0 and `openai`. */
const PYTHON = process.env["X402_PYTHON"] ?? "python3";

/** Why the clients cannot be run; undefined where they can. */
function absence(): string | undefined {
  try {
    execFileSync(PYTHON, ["-c", "import x402.http.clients.httpx, openai, eth_account"], { stdio: "pipe" });
    return undefined;
  } catch (error) {
    return `${PYTHON} has no x402[evm,httpx] and openai (X402_PYTHON names another): ${messageOf(error).split("\n")[0]}`;
  }
}

describe("Python's clients", () => {
  let shop: Shop;
  let gateway: Awaited<ReturnType<typeof openGateway>>;
  const absent = absence();

  before(async () => {
    if (absent !== undefined) return;
    shop = await openShop(ethers, (seconds) => networkHelpers.time.increase(seconds));
    gateway = await openGateway(shop);
  });
  after(async () => {
    if (absent !== undefined) return;
    await gateway.close();
    await shop.db.close();
    await closeAll();
  });

  it("x402 and openai pay unmodified, and the contributors claim their part", async function () {
    if (absent !== undefined) {
      console.log(`      skipped: ${absent}`);
      this.skip();
    }
    const payer = Wallet.createRandom();
    await shop.token.transfer(payer.address, 2n * PRICE);
    const { network: chain, asset } = gateway.token;
    const env = {
      ...process.env,
      PROVIDER_URL: gateway.url,
      PAYER_KEY: payer.privateKey,
      ALLOWED_ASSET: JSON.stringify({ network: chain, asset, max_amount_per_payment: `${PRICE}` }),
    };
    const before = await shop.token.balanceOf(shop.till);
    const { stdout } = await promisify(execFile)(PYTHON, [SCRIPT], { env });
    const { infer, chat } = JSON.parse(stdout) as {
      infer: { receipt: { consumer: string } };
      chat: { choices: { message: { content: string } }[]; usage: { cost: string } };
    };
    expect(infer.receipt.consumer).equal(payer.address.toLowerCase());
    expect(["no", "yes"]).include(chat.choices[0]!.message.content);
    expect(chat.usage.cost).equal("0.5");
    expect((await shop.token.balanceOf(shop.till)) - before).equal(2n * PRICE);
    const { fees, claimed } = await claimRevenue(shop, gateway);
    expect(fees).equal(2n * PRICE);
    expect(claimed > 0n && claimed < fees).equal(true);
  });
});
