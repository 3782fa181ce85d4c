// Sells answers by channels until it is killed: the gateway's sales and its database in a process of their own, on a chain that stands still.
import { createServer } from "node:http";
import { text as readText } from "node:stream/consumers";
import { channelHashes } from "@openledger/protocol/eip712/channel.ts";
import { Wallet } from "ethers";
import { messageOf } from "../../oracle/common/errors.ts";
import { toJson } from "../../oracle/common/json.ts";
import { createLogger } from "../../oracle/common/logger.ts";
import { createChannelSales } from "../../oracle/gateway/channels/channelSales.ts";
import { voucherPayloadSchema } from "../../oracle/gateway/channels/voucherCall.ts";
import { requestSchema } from "../../oracle/jobs/receiptFiles.ts";
import { createChannels } from "../../oracle/store/channels.ts";
import { createInferences } from "../../oracle/store/inferences.ts";
import { openStore } from "../../oracle/store/open.ts";
import { CHAIN_ID, OFFER, PROVIDER_KEY, TOKEN } from "./standingChain.ts";

const [directory, port] = process.argv.slice(2);
const db = await openStore({ DATABASE_URL: undefined, OPENLEDGER_STATE_DIR: directory });
const wallet = new Wallet(PROVIDER_KEY);
const answer = (input: string) => ({ label: input.slice(-1), confidence: 1_000_000 });
const sales = createChannelSales(
  {
    deployment: { chainId: Number(CHAIN_ID), addresses: { InferenceMarket: TOKEN } },
    log: createLogger({ level: "silent" }),
  } as never,
  {
    channels: createChannels(db),
    inferences: createInferences(db),
    models: {
      predictorOf: () =>
        Promise.resolve({
          check: () => {},
          answer: (request) => Promise.resolve(answer(request.kind === "text" ? request.input : "")),
        }),
    },
    cover: { reserve: () => Promise.resolve({ end: () => {} }) },
    view: {
      time: () => Promise.resolve(BigInt(Math.floor(Date.now() / 1_000))),
      stateOf: () => Promise.resolve({ balance: 2n ** 100n, totalClaimed: 0n, withdrawRequestedAt: 0n }),
      forget: () => {},
    },
    deposits: { make: () => Promise.reject(new Error("nobody deposits here")) },
    terms: {
      token: { network: `eip155:${CHAIN_ID}`, asset: TOKEN, extra: {} } as never,
      provider: wallet.address,
      hashes: channelHashes(CHAIN_ID),
    },
    wallet,
  },
);

createServer((request, response) => {
  void (async () => {
    try {
      const asked = JSON.parse(await readText(request)) as { request: unknown; payment: unknown };
      const call = { request: requestSchema.parse(asked.request), payment: voucherPayloadSchema.parse(asked.payment) };
      const { paid } = await sales.sell(OFFER, call);
      response.end(toJson({ receipt: paid.receipt, signature: paid.signature }));
    } catch (error) {
      response.writeHead(402).end(messageOf(error));
    }
  })();
}).listen(Number(port), "127.0.0.1");
