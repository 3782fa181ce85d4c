import { cidOf } from "@openledger/protocol/cid.ts";
import { rootHashOf } from "@openledger/protocol/eip712/scoreRoot.ts";
import { ZERO_HASH, type Hex } from "@openledger/protocol/hex.ts";
import { keccakText } from "@openledger/protocol/keccak.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { accountOf, previousOf, settlementInputs } from "../../test/fixtures/settlement.ts";
import { ContentError } from "../common/errors.ts";
import { openBundle, rebuild, writeBundle, type Bundle } from "./bundle.ts";
import { receiptBytes, receiptRows } from "./bundleReceipts.ts";
import { compareSettlements } from "./compare.ts";
import { scoreRootOf, settleEpochs } from "./settle.ts";

const size = { seed: 5, accounts: 9, contributions: 20, k: 32, models: 2, epochs: 2 };
const inputs = settlementInputs(size);
const settlement = settleEpochs(inputs);
const receipt = {
  receipt: {
    versionId: 1n,
    consumer: accountOf(3),
    requestHash: keccakText("request"),
    outputHash: keccakText("output"),
    fee: 10n ** 18n,
    paymentId: keccakText("payment"),
    cumulative: 10n ** 18n,
    time: 1_790_000_000n,
  },
  signature: "0x1234" as Hex,
  counted: 5n,
};
const receiptFiles = [[receipt], [], [], []].map(receiptBytes);
const context = {
  chainId: 10n,
  distributor: accountOf(1),
  receipts: receiptFiles.map((file) => ({ cid: cidOf(file), bytes: file.length })),
  receiptsFiles: ["have", "lack", "none", "none"],
} as const;
const bundle = writeBundle(inputs, settlement, context);

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function withFile(path: string, change: (text: string) => string): Bundle {
  const files = new Map(bundle.files);
  files.set(path, encoder.encode(change(decoder.decode(files.get(path)))));
  return { ...bundle, files };
}

describe("bundle", () => {
  it("is refused when a file is missing or not the one that the manifest names", () => {
    for (const path of bundle.files.keys()) {
      const files = new Map(bundle.files);
      files.delete(path);
      expect(() => openBundle({ ...bundle, files })).toThrow(new RegExp(`${path} is missing`));
      expect(() => openBundle(withFile(path, (text) => `${text}\n`))).toThrow(ContentError);
    }
  });

  it("is refused when its manifest is not canonical, not JSON, or says something else", () => {
    expect(() => openBundle({ ...bundle, manifest: ` ${bundle.manifest}` })).toThrow(/canonical/);
    expect(() => openBundle({ ...bundle, manifest: "{" })).toThrow(/not JSON/);
    expect(() => openBundle({ ...bundle, manifest: "{}" })).toThrow(/malformed/);
  });

  it("is refused with receipts that are not those that the manifest names", () => {
    const [named, none] = openBundle(bundle).manifest.pools.map((pool) => pool.receipts);
    expect(() => [...receiptRows(named!, receiptFiles[1]!)]).toThrow(/is not the file/);
    const mangled = new TextEncoder().encode('{"counted":"5"}\n');
    const file = { ...none!, cid: cidOf(mangled), bytes: mangled.length };
    expect(() => [...receiptRows(file, mangled)]).toThrow(/receipts.ndjson, line 1/);
  });

  it("names the line of a malformed row", () => {
    const broken = withFile("accounts.ndjson", (text) => text.replace(/"cumulative":"\d+"/, '"cumulative":"1.5"'));
    const rewritten = writeBundle(inputs, settlement, context);
    const cid = /"accounts":\{"bytes":(\d+),"cid":"(\w+)","path":"accounts.ndjson"/.exec(rewritten.manifest)!;
    const content = broken.files.get("accounts.ndjson")!;
    const manifest = bundle.manifest.replace(
      cid[0],
      cid[0].replace(cid[1]!, String(content.length)).replace(cid[2]!, cidOf(content)),
    );
    expect(() => openBundle({ manifest, files: broken.files })).toThrow(/accounts.ndjson, line 1.*decimal integer/s);
  });

  it("gives back what it was written from", () => {
    const opened = openBundle(bundle);
    expect(opened.inputs).toEqual(inputs);
    const receipts = opened.manifest.pools.map((pool, p) => [...receiptRows(pool.receipts, receiptFiles[p]!)]);
    expect(receipts).toEqual([[receipt], [], [], []]);
    expect(opened.claims.root).toEqual(settlement.root);
  });

  it("rebuilds every root, and agrees with itself", () => {
    const opened = openBundle(bundle);
    const rebuilt = rebuild(opened);
    expect(rebuilt.root).toEqual(settlement.root);
    expect(compareSettlements(rebuilt, opened.claims)).toBeUndefined();
  });

  it("has one hash, whoever writes it", () => {
    expect(writeBundle(settlementInputs(size), settleEpochs(settlementInputs(size)), context).bundleHash).toBe(
      bundle.bundleHash,
    );
    expect(writeBundle(inputs, settlement, { ...context, chainId: 11n }).bundleHash).not.toBe(bundle.bundleHash);
  });

  it("builds on the accounts of the bundle before, by the same file", () => {
    const rootHash = rootHashOf(scoreRootOf(settlement, bundle.bundleHash));
    const nextInputs = settlementInputs({ ...size, seed: 6, firstEpoch: 3n }, previousOf(settlement, rootHash));
    const next = writeBundle(nextInputs, settleEpochs(nextInputs), context);
    expect(next.files.get("previous/accounts.ndjson")).toEqual(bundle.files.get("accounts.ndjson"));
    expect(rebuild(openBundle(next)).root.previousRoot).toBe(rootHash);
  });

  it("is refused when its accounts before are not those of the previous root", () => {
    const previous = { ...previousOf(settlement, keccakText("root")), payoutsRoot: keccakText("other") };
    const nextInputs = settlementInputs({ ...size, firstEpoch: 3n }, previous);
    const opened = openBundle(writeBundle(nextInputs, settleEpochs(nextInputs), context));
    expect(() => rebuild(opened)).toThrow(/previous root/);
    const first = openBundle(bundle);
    const invented = { ...first.inputs.previous, payoutsRoot: keccakText("invented") };
    expect(first.inputs.previous.payoutsRoot).toBe(ZERO_HASH);
    expect(() => rebuild({ ...first, inputs: { ...first.inputs, previous: invented } })).toThrow(ContentError);
  });

  it("is refused as content, whatever bytes stand in the place of a manifest", () => {
    const mangled = fc
      .tuple(fc.nat(bundle.manifest.length - 1), fc.string({ unit: "binary", maxLength: 3 }))
      .map(([at, text]) => bundle.manifest.slice(0, at) + text + bundle.manifest.slice(at + 1));
    const texts = fc.oneof(fc.string({ unit: "binary" }), fc.json(), mangled);
    fc.assert(
      fc.property(texts, (manifest) => {
        try {
          openBundle({ ...bundle, manifest });
        } catch (error) {
          expect(error).toBeInstanceOf(ContentError);
        }
      }),
      { numRuns: 300 },
    );
  });
});
