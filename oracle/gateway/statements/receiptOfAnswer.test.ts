import { digestOf, signingDomain } from "@openledger/protocol/eip712/domain.ts";
import { type Receipt, receiptType } from "@openledger/protocol/eip712/receipt.ts";
import { asAddress, asHash } from "@openledger/protocol/hex.ts";
import { Wallet } from "ethers";
import { describe, expect, it } from "vitest";
import { type InferenceRequest, requestHash } from "../../jobs/receiptFiles.ts";
import { signDigest } from "../recover.ts";
import { receiptStatement } from "../x402/receiptExtension.ts";
import { encodeHeader } from "../x402/wire.ts";
import { receiptOfAnswer } from "./receiptOfAnswer.ts";

const wallet = new Wallet(`0x${"11".repeat(32)}`);
const market = asAddress(`0x${"44".repeat(20)}`);
const receipts = signingDomain(31_337n, market);
const offer = { provider: asAddress(wallet.address), receipts, price: 5n };
const channelId = asHash(`0x${"cd".repeat(32)}`);
const CHAT = "/v1/chat/completions";
const text = (input: string): InferenceRequest => ({ kind: "text", input });
const chat = (content: string, more: object = {}) => ({ model: 1n, messages: [{ role: "user", content }], ...more });

interface Answered {
  readonly request: InferenceRequest;
  readonly changes?: Partial<Receipt>;
  readonly by?: Wallet;
}

/** What a payer finds in an answer: the hash of its receipt, if it is what was asked and paid for. */
function found(path: string, body: object, { request, changes = {}, by = wallet }: Answered) {
  const receipt: Receipt = {
    versionId: 1n,
    consumer: market,
    requestHash: requestHash(request),
    outputHash: channelId,
    fee: 5n,
    paymentId: channelId,
    cumulative: 15n,
    time: 9n,
    ...changes,
  };
  const signature = signDigest(by.privateKey, digestOf(receipts, receiptType, receipt)).compactSerialized;
  const paid = { receipt, signature, answer: { label: "x", confidence: 1 }, transaction: "" };
  const extensions = { "openledger-receipt": receiptStatement(market, paid) };
  const headers = new Headers({ "payment-response": encodeHeader({ extensions }) });
  const hash = receiptOfAnswer(offer, { headers, cumulative: 15n }, { path, body, channelId });
  return hash === receiptType.hash(receipt) ? "its receipt" : hash;
}

describe("the receipt of an answer", () => {
  it("is not taken for one that is another's, of another call, or for another question", () => {
    const others: Answered[] = [
      { request: text("where") },
      { request: text("when"), by: new Wallet(`0x${"22".repeat(32)}`) },
      { request: text("when"), changes: { cumulative: 10n } },
      { request: text("when"), changes: { fee: 4n } },
      { request: text("when"), changes: { paymentId: requestHash(text("another channel")) } },
      { request: { kind: "embedding", input: "when" } },
    ];
    for (const other of others) expect(found(CHAT, chat("when"), other)).toBe(undefined);
    expect(found("/v1/classify", { input: "when" }, { request: { kind: "embedding", input: "when" } })).toBe(undefined);
    expect(found("/v1/embeddings", { input: "when" }, { request: text("when") })).toBe(undefined);
    const none = { headers: new Headers(), cumulative: 15n };
    expect(receiptOfAnswer(offer, none, { path: CHAT, body: chat("when"), channelId })).toBe(undefined);
  });

  it("is what a provider makes of a request, by each route and with each way to choose words", () => {
    expect(found(CHAT, chat("when"), { request: text("when") })).toBe("its receipt");
    expect(found("/v1/classify", { input: ["when"] }, { request: text("when") })).toBe("its receipt");
    expect(found("/v1/embeddings", { input: "when" }, { request: { kind: "embedding", input: "when" } })).toBe(
      "its receipt",
    );
    const prompt = { kind: "prompt" as const, input: "when", temperature: 700, seed: 3 };
    const choices = { temperature: 0.7, seed: 3 };
    const limited = { request: { ...prompt, maxTokens: 64 } };
    expect(found(CHAT, chat("when", { ...choices, max_tokens: 64 }), limited)).toBe("its receipt");
    expect(found(CHAT, chat("when", { ...choices, max_tokens: 65 }), limited)).toBe(undefined);
    // the version's own limit
    expect(found(CHAT, chat("when", choices), limited)).toBe("its receipt");
    expect(found(CHAT, chat("when", { ...choices, seed: 4 }), limited)).toBe(undefined);
  });
});
