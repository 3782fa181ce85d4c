// A provider's gateway on a simulated chain, its store on a disk: `serve.ts SEED CLIENTS FOLDER`. Prints where it is and what it
// sells, and ends with its standard input.
import process from "node:process";
import { network } from "hardhat";
import { OPEN } from "@openledger/protocol/units.ts";
import { toJson } from "../../oracle/common/json.ts";
import { readOffer } from "../../oracle/gateway/client.ts";
import { installChannels } from "../../test/gateway/channelPayer.ts";
import { openGateway, openShop } from "../../test/gateway/openGateway.ts";
import { walletAt } from "./wallets.ts";

const [seed, clients, folder] = [Number(process.argv[2]), Number(process.argv[3]), process.argv[4]!];
/** What each client may spend. */
const PURSE = 100_000n * OPEN;

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const shop = await openShop(ethers, (seconds) => networkHelpers.time.increase(seconds), folder);
await installChannels(ethers, shop);
for (let i = 0; i < clients; i++) await shop.token.transfer(walletAt(i, seed).address, PURSE);
const gateway = await openGateway(shop);
const { context } = shop;
const offer = await readOffer(context.contracts, context.deployment, 1n);
const time = (await ethers.provider.getBlock("latest"))!.timestamp;
process.stdout.write(`${toJson({ url: gateway.url, offer, time })}\n`);
process.stdin.on("close", () => process.exit()).resume();
