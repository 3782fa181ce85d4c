import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { network } from "hardhat";
import { countersignedSalt } from "@openledger/protocol/eip712/statement.ts";
import { hexlify, randomBytes, Wallet } from "ethers";
import { blockTime } from "../../oracle/chain/blockTime.ts";
import { ContentError, InputError } from "../../oracle/common/errors.ts";
import {
  type AnswerFile,
  openAnswerFile,
  readAnswerFile,
  receiptHashes,
} from "../../oracle/gateway/batch/answerFile.ts";
import { answerRows } from "../../oracle/gateway/batch/answerRows.ts";
import { readQuestions } from "../../oracle/gateway/batch/questionFile.ts";
import { channelConfig } from "../../oracle/gateway/channels/channelConfig.ts";
import { createChannelPayer } from "../../oracle/gateway/channels/channelPayer.ts";
import { type Offer, readOffer } from "../../oracle/gateway/client.ts";
import { countersign } from "../../oracle/gateway/statements/countersign.ts";
import { closeAll } from "../watch/openWatchtower.ts";
import { installChannels } from "./channelPayer.ts";
import { openGateway, openShop, PRICE, type Shop } from "./openGateway.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const ROWS = 6;

describe("a job answers a file of questions", () => {
  let shop: Shop;
  let gateway: Awaited<ReturnType<typeof openGateway>>;
  let offer: Offer;
  const folder = mkdtempSync(join(tmpdir(), "openledger-job-"));
  const [asked, out] = [join(folder, "questions.jsonl"), join(folder, "answers.jsonl")];
  const wallet = new Wallet(hexlify(randomBytes(32)));
  const lines = Array.from({ length: ROWS }, (_, i) => JSON.stringify({ input: `question ${i}` }));

  before(async () => {
    shop = await openShop(ethers, (seconds) => networkHelpers.time.increase(seconds));
    await installChannels(ethers, shop);
    gateway = await openGateway(shop);
    offer = await readOffer(shop.context.contracts, shop.context.deployment, 1n);
    await shop.token.transfer(wallet.address, 100n * PRICE);
    writeFileSync(asked, `${lines.join("\n")}\n`);
  });
  after(async () => {
    await gateway.close();
    await shop.db.close();
    await closeAll();
    rmSync(folder, { recursive: true });
  });

  function open(file = out, questions = readQuestions(asked), modelId = 1n) {
    return openAnswerFile(file, questions, modelId, () => {
      const job = hexlify(randomBytes(16)).slice(2);
      return { job, channel: channelConfig(offer, wallet.address, wallet.address, countersignedSalt(job)) };
    });
  }
  function payerFor(file: AnswerFile) {
    return createChannelPayer(shop.context.contracts, {
      providerUrl: gateway.url,
      offer,
      wallet,
      deposit: BigInt(ROWS) * PRICE,
      salt: file.header.channel.salt,
      validBefore: async () => (await blockTime(shop.context.provider, "latest")) + 600n,
    });
  }
  const charged = async (file: AnswerFile) => (await gateway.channels.find(payerFor(file).channelId))?.charged ?? 0n;

  it("of which every line can be asked, before anything is paid", () => {
    const bad = join(folder, "bad.jsonl");
    for (const line of ["", "{", "{}", '{"input":" "}', '{"kind":"text"}', '{"input":"x","other":1}', "7"]) {
      writeFileSync(bad, `${lines[0]}\n${line}\n${lines[1]}\n`);
      expect(() => readQuestions(bad)).throw(InputError, /line 2/u);
    }
    writeFileSync(bad, "");
    expect(() => readQuestions(bad)).throw(InputError, /no questions/u);
    writeFileSync(bad, `"one"\r\n{"input":"two"}\r\n{"kind":"text","input":"three"}`);
    expect(readQuestions(bad).rows.map((row) => "input" in row && row.input)).deep.equal(["one", "two", "three"]);
  });

  it("once for each row, also when it is killed between an answer and its line", async () => {
    const file = open();
    const killed = {
      ...file,
      add: (row: number, bought: Parameters<AnswerFile["add"]>[1]) => {
        if (row === 4) throw new Error("killed");
        file.add(row, bought);
      },
    };
    const buyer = { payer: payerFor(file), offer, wallet };
    await answerRows(readQuestions(asked), killed, buyer, () => {}).then(
      () => expect.fail("not killed"),
      (error: unknown) => expect(error).match(/killed/u),
    );
    file.close();
    expect(await charged(file)).equal(4n * PRICE);
    // half a line of the process that was killed
    appendFileSync(out, '{"row":4,"answ');

    const again = open();
    expect(again.answered.map(({ row }) => row)).deep.equal([1, 2, 3]);
    expect(again.header).deep.equal(file.header);
    const told: number[] = [];
    await answerRows(readQuestions(asked), again, { ...buyer, payer: payerFor(again) }, (done) => told.push(done));
    again.close();
    expect(told).deep.equal([4, 5, 6]);
    expect(await charged(again)).equal(BigInt(ROWS) * PRICE);

    const { header, answered } = readAnswerFile(out)!;
    expect(answered.map(({ row }) => row)).deep.equal([1, 2, 3, 4, 5, 6]);
    expect(answered.map(({ receipt }) => receipt.cumulative)).deep.equal(
      Array.from({ length: ROWS }, (_, i) => BigInt(i + 1) * PRICE),
    );
    expect(header.rows).equal(ROWS);
    const { balance } = await shop.context.contracts.PaymentChannels.channels(payerFor(again).channelId);
    expect(balance).equal(BigInt(ROWS) * PRICE);
  });

  it("and confirms every receipt that came with an answer", async () => {
    const file = open();
    file.close();
    const known = receiptHashes(file.answered);
    const { channelId } = payerFor(file);
    const signing = { providerUrl: gateway.url, channelId, wallet, after: 0n };
    const result = await countersign(offer, { ...signing, isKnown: (hash) => known.has(hash) });
    expect(result).deep.equal({ confirmed: ROWS, unknown: 0, upto: BigInt(ROWS) * PRICE });
  });

  it("into no file of another job, nor one that cannot be read", () => {
    const other = join(folder, "other.jsonl");
    writeFileSync(other, `"something else"\n`);
    expect(() => open(out, readQuestions(other))).throw(InputError, /another job/u);
    expect(() => open(out, readQuestions(asked), 2n)).throw(InputError, /another job/u);
    const damaged = join(folder, "damaged.jsonl");
    writeFileSync(damaged, readFileSync(out, "utf8").replace('"row":2', '"row":"2"'));
    expect(() => open(damaged)).throw(ContentError, /line 3/u);
    expect(readAnswerFile(join(folder, "none.jsonl"))).equal(undefined);
  });
});
