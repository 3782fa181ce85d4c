import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asAddress, asHash, type Hash } from "@openledger/protocol/hex.ts";
import { keccakText } from "@openledger/protocol/keccak.ts";
import { buildReceiptsTree } from "@openledger/protocol/trees/receiptsTree.ts";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { ContentError } from "../common/errors.ts";
import { defaultRecipe } from "./defaultRecipe.ts";
import { createContentFiles } from "./contentFiles.ts";
import { outputHash, putReceipts, type ReceiptRecord, requestHash, requestSchema } from "./receiptFiles.ts";
import { getReceipts } from "./receiptLines.ts";
import { commitmentProblem, recordProblem } from "./receiptsProblem.ts";
import { inputOf } from "./trainingData.ts";
import type { Plan } from "./versionFiles.ts";
import { textExample } from "../data/example.ts";

const plan: Plan = {
  format: "openledger-plan/1",
  recipe: defaultRecipe(inputOf("hashed-ngrams/1", [textExample("x", "no")]), 2, { seed: 1, members: 1, epochs: 1 }),
  encoding: "hashed-ngrams/1",
  labels: ["no", "yes"],
  parentVersionId: null,
};

function record(i: number, changes: Partial<Pick<ReceiptRecord, "request" | "answer">> = {}, versionId = 7n) {
  const { request, answer } = {
    request: { kind: "text" as const, input: `question ${i}` },
    answer: { label: "yes", confidence: 600_000 },
    ...changes,
  };
  const receipt = {
    versionId,
    consumer: asAddress(`0x${"c0".repeat(20)}`),
    requestHash: requestHash(request),
    outputHash: outputHash(answer),
    fee: 5n,
    paymentId: asHash(keccakText(`payment ${i}`)),
    cumulative: 5n,
    time: BigInt(i),
  };
  return { receipt, signature: "0x12" as const, request, answer };
}
const committed = (records: readonly ReceiptRecord[]) => {
  const { root, size } = buildReceiptsTree(records.map(({ receipt }) => receipt));
  return { receiptsRoot: root, count: size, uri: "" };
};
const problemOf = (records: readonly ReceiptRecord[], committedTo: ReturnType<typeof committed>) =>
  commitmentProblem(records, committedTo) ??
  records.map((one) => recordProblem(plan, 7n, one)).find((problem) => problem !== undefined);
const image = { kind: "image", width: 1, height: 1, channels: 1, pixels: "AA==" } as const;

describe("receipts that a provider has committed", () => {
  it("can be counted when the version was asked and has answered so", () => {
    const records = [record(1), record(2)];
    expect(problemOf(records, committed(records))).toBeUndefined();
    expect(problemOf(records.toReversed(), committed(records))).toBeUndefined();
  });

  it("count for nothing when they are not the committed ones", () => {
    const records = [record(1), record(2)];
    const other: Hash = keccakText("other");
    expect(problemOf(records, { ...committed(records), receiptsRoot: other })).toMatch(/not the 2/u);
    expect(problemOf([record(1)], committed(records))).toMatch(/1 receipts .* not the 2/u);
  });

  it("count for nothing with a number that no tree holds", () => {
    for (const change of [
      { fee: -1n },
      { fee: 2n ** 256n },
      { fee: 2n ** 256n - 1n },
      { time: 2n ** 64n },
      { versionId: -1n },
    ]) {
      const bad = record(2);
      const records = [record(1), { ...bad, receipt: { ...bad.receipt, ...change } }];
      expect(problemOf(records, committed([record(1), bad]))).toMatch(/not the 2/u);
    }
  });

  it("count for nothing with a question that the version does not read, or an answer that it does not have", () => {
    for (const [bad, words] of [
      [record(2, { request: image }), /another kind of question/u],
      [record(2, { request: { kind: "row", input: { age: 39 } } }), /another kind of question/u],
      [record(2, { answer: { label: "perhaps", confidence: 1 } }), /no such answer/u],
    ] as const) {
      const records = [record(1), bad];
      expect(problemOf(records, committed(records))).toMatch(words);
    }
  });

  it("are not spoilt by what is of another version, which does not count", () => {
    const records = [record(1), record(2, { request: image }, 8n)];
    expect(problemOf(records, committed(records))).toBeUndefined();
  });
});

describe("a file of receipts", () => {
  const folder = mkdtempSync(join(tmpdir(), "openledger-receipts-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const content = createContentFiles(folder, []);

  it("gives the receipts again", async () => {
    const records = [record(1), record(2)];
    expect(await getReceipts(content, await putReceipts(content, records))).toEqual(records);
  });

  it("gives a row's question again, whatever the order in which its columns were written", async () => {
    const asked = record(1, { request: { kind: "row", input: { age: 39, "10": 0.1, job: "clerk" } } });
    const [read] = await getReceipts(content, await putReceipts(content, [asked]));
    expect(read).toEqual(asked);
    const other = requestSchema.parse(JSON.parse('{"input":{"job":"clerk","10":0.10,"age":39.0},"kind":"row"}'));
    expect(requestHash(other)).toBe(asked.receipt.requestHash);
  });

  it("is refused as content, whatever its bytes are", async () => {
    const lines = fc.string({ unit: "binary" }).map((text) => new TextEncoder().encode(text));
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 200 }), lines), async (bytes) => {
        const uri = await content.put(bytes);
        const read = await getReceipts(content, uri).catch((error: unknown) => error);
        if (!Array.isArray(read)) expect(read).toBeInstanceOf(ContentError);
      }),
      { numRuns: 200 },
    );
  });
});
