import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { accountOf } from "../../test/fixtures/settlement.ts";
import { ContentError } from "../common/errors.ts";
import { accountCodec, indexCodec, receiptCodec, scoreCodec, voteCodec } from "./codecs.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const row = '{"contributionId":"1","examples":2,"quality":"-3","scale":4}\n';

describe("row files", () => {
  it.each([
    ["a line without an end", row.trimEnd(), /line 1 has no end/],
    ["a later line without an end", `${row}{}`, /line 2 has no end/],
    ["an empty line", `${row}\n`, /line 2 is not JSON/],
    ["text that is not JSON", "nonsense\n", /line 1 is not JSON/],
    ["a number where a decimal string belongs", row.replace('"1"', "1"), /contributionId/],
    ["a leading zero", row.replace('"1"', '"01"'), /decimal integer/],
    ["a negative zero", row.replace('"1"', '"-0"'), /decimal integer/],
    ["a number beyond its type", row.replace("2", "4294967296"), /examples/],
    ["a field too many", row.replace("{", '{"more":1,'), /more/],
    ["a field too few", row.replace('"scale":4', '"examples":4'), /scale/],
  ])("are refused with %s", (_, text, problem) => {
    expect(() => indexCodec.decode(encode(text), "index.ndjson")).toThrow(ContentError);
    expect(() => indexCodec.decode(encode(text), "index.ndjson")).toThrow(problem);
  });

  it("are refused when they are not UTF-8", () => {
    expect(() => indexCodec.decode(Uint8Array.of(0x22, 0xff, 0x22, 0x0a), "index.ndjson")).toThrow(/UTF-8/);
  });

  it("are refused with an address in capitals: one account has one spelling", () => {
    const line = `{"account":"${accountOf(1).toUpperCase().replace("0X", "0x")}","entries":[]}\n`;
    expect(() => accountCodec.decode(encode(line), "accounts.ndjson")).toThrow(/lower-case/);
  });

  it("survive encoding, however many rows", () => {
    const entry = fc.record({
      modelId: fc.bigInt({ min: 0n, max: 1n << 255n }),
      contributionId: fc.bigInt({ min: 0n, max: 1n << 255n }),
      cumulative: fc.bigInt({ min: 0n, max: 1n << 127n }),
      earned: fc.bigInt({ min: 0n, max: 1n << 127n }),
    });
    const account = fc.record({ account: fc.nat().map(accountOf), entries: fc.array(entry, { maxLength: 4 }) });
    fc.assert(
      fc.property(fc.array(account), (accounts) => {
        expect(accountCodec.decode(accountCodec.encode(accounts), "accounts.ndjson")).toEqual(accounts);
      }),
    );
    const many = Array.from({ length: 20_000 }, (_, i) => ({
      contributionId: BigInt(i),
      examples: i,
      scale: 1,
      quality: -1n,
    }));
    const bytes = indexCodec.encode(many);
    expect(bytes.length).toBeGreaterThan(1 << 20);
    expect(indexCodec.decode(bytes, "index.ndjson")).toEqual(many);
    expect(indexCodec.encode([])).toEqual(new Uint8Array());
  });

  it("are refused as content, whatever their bytes are", () => {
    const lines = fc.string({ unit: "binary" }).map((text) => encode(`${text}\n`));
    const mangled = fc.tuple(fc.nat(row.length - 1), fc.nat(255)).map(([at, byte]) => encode(row).with(at, byte));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), lines, mangled), (bytes) => {
        for (const codec of [indexCodec, accountCodec, scoreCodec, receiptCodec, voteCodec]) {
          try {
            codec.decode(bytes, "hostile.ndjson");
          } catch (error) {
            expect(error).toBeInstanceOf(ContentError);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});
