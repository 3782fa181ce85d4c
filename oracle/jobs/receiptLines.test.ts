import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asAddress } from "@openledger/protocol/hex.ts";
import { keccakText } from "@openledger/protocol/keccak.ts";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { ContentError } from "../common/errors.ts";
import { createContentFiles } from "./contentFiles.ts";
import { outputHash, parseRecord, putReceipts, type ReceiptRecord, requestHash } from "./receiptFiles.ts";
import { getReceipts, openReceipts } from "./receiptLines.ts";

const folder = mkdtempSync(join(tmpdir(), "openledger-receipts-"));
afterAll(() => rmSync(folder, { recursive: true }));
const content = createContentFiles(folder, []);

function record(i: number): ReceiptRecord {
  const request = { kind: "text" as const, input: `Frage ${i}: wie früh?` };
  const answer = { label: "yes", confidence: 600_000 };
  const hashes = { requestHash: requestHash(request), outputHash: outputHash(answer) };
  const payment = { fee: 5n, paymentId: keccakText(`payment ${i}`), cumulative: 5n, time: BigInt(i) };
  const receipt = { versionId: 7n, consumer: asAddress(`0x${"c0".repeat(20)}`), ...hashes, ...payment };
  return { receipt, signature: "0x12" as const, request, answer };
}

/** What the file says when it is read as one text. */
function readWhole(bytes: Uint8Array): ReceiptRecord[] {
  const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  const lines = text.split("\n").filter((line) => line !== "");
  return lines.map((line, i) => parseRecord(line, i + 1, "whole"));
}

describe("a file of receipts that is read line by line", () => {
  it("has what the payers of channels have confirmed before its records", async () => {
    const [records, signature] = [[record(1), record(2)], `0x${"12".repeat(64)}` as const];
    const stated = [{ hash: keccakText("receipt"), fee: 5n }];
    const statements = [1, 2].map((n) => ({ channelId: keccakText(`channel ${n}`), receipts: stated, signature }));
    const lines = await openReceipts(content, await putReceipts(content, records, statements));
    expect(lines.statements).toEqual(statements);
    const read = [...lines.records()];
    expect(read.map(({ record: one }) => one)).toEqual(records);
    expect(read.map(({ place }) => lines.at(place))).toEqual(records);
    const { statements: none } = await openReceipts(content, await putReceipts(content, records));
    expect(none).toEqual([]);
  });

  it("is refused with a statement that cannot be read, or one behind a record", async () => {
    const whole = new TextDecoder().decode(await content.get(await putReceipts(content, [record(1)])));
    for (const text of [`{"statement":{}}\n${whole}`, `${whole}{"statement":{}}\n`]) {
      const uri = await content.put(new TextEncoder().encode(text));
      await expect(getReceipts(content, uri)).rejects.toThrow(ContentError);
    }
  });

  it("says what it says as one text, or is refused like it, whatever its bytes are", async () => {
    const own = await content.get(await putReceipts(content, [record(1), record(2)]));
    const [first, second] = [own.subarray(0, own.indexOf(0x0a)), own.subarray(own.indexOf(0x0a) + 1)];
    const mark = [0xef, 0xbb, 0xbf];
    const pieces = fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(first, second, own) },
      { weight: 6, arbitrary: fc.constant(Uint8Array.of(0x0a)) },
      fc.constantFrom(
        ...[mark, [0x20], [0x0d], [0x0d, 0x0a], [0xff], [0xc3], [0xbc], [0x00]].map((b) => Uint8Array.from(b)),
      ),
    );
    let [read, refused] = [0, 0];
    await fc.assert(
      fc.asyncProperty(fc.array(pieces, { maxLength: 8 }), async (parts) => {
        const bytes = Buffer.concat(parts);
        const lines = await getReceipts(content, await content.put(bytes)).catch((error: unknown) => error);
        let whole: unknown;
        try {
          whole = readWhole(bytes);
        } catch {
          refused++;
          expect(lines).toBeInstanceOf(ContentError);
          return;
        }
        read++;
        expect(lines).toEqual(whole);
      }),
      { numRuns: 500, seed: 3 },
    );
    expect(Math.min(read, refused)).toBeGreaterThan(50);
  });

  it("gives a record again by its place", async () => {
    const records = [record(3), record(1), record(2)];
    const lines = await openReceipts(content, await putReceipts(content, records));
    const places = Array.from(lines.records(), ({ place }) => place);
    expect(places.toReversed().map((place) => lines.at(place))).toEqual(records.toReversed());
  });

  it("names the line that cannot be read", async () => {
    const own = await content.get(await putReceipts(content, [record(1)]));
    const uri = await content.put(Buffer.concat([Buffer.from("\n"), own, Buffer.from("\n{}\n")]));
    await expect(getReceipts(content, uri)).rejects.toThrow(/line 2/u);
  });
});
