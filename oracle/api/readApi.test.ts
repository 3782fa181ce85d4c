import { getAddress } from "ethers";
import { asAddress, asHash, ZERO_HASH } from "@openledger/protocol/hex.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { plainLeaf, plainRoot } from "../../test/fixtures/plainPayouts.ts";
import {
  bundle,
  CLAIMED,
  DISTRIBUTED,
  distributor,
  first,
  receipt,
  root,
  rootHash,
  second,
  settlement,
  startReadApi,
  unpaid,
} from "../../test/fixtures/readApi.ts";
import { accountOf } from "../../test/fixtures/settlement.ts";
import { account, accountExplanation, contributionExplanation } from "./schemas.ts";
import type { RunningApi } from "./server.ts";

let api: RunningApi;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ api, close } = await startReadApi());
});
afterAll(() => close());

async function get(path: string) {
  const response = await fetch(new URL(path, api.url));
  const text = await response.text();
  return { status: response.status, body: (text === "" ? undefined : JSON.parse(text)) as Record<string, unknown> };
}

describe("accounts", () => {
  it("prove their payout and its place", async () => {
    const { body } = await get(`/v1/accounts/${first!.account}`);
    const answer = account.parse(body);
    expect(answer.cumulative).toBe(first!.cumulative);
    expect(answer.entries.reduce((sum, entry) => sum + entry.cumulative, 0n)).toBe(answer.cumulative);
    const { index, cumulative, entriesRoot, proof } = answer;
    const payout = { account: asAddress(answer.account), cumulative, entriesRoot: asHash(entriesRoot) };
    expect(plainRoot(plainLeaf(payout), index, proof)).toBe(root.payoutsRoot);
    expect(plainRoot(plainLeaf({ ...payout, cumulative: 1n }), index, proof)).not.toBe(root.payoutsRoot);
    expect(plainRoot(plainLeaf(payout), index ^ 1, proof)).not.toBe(root.payoutsRoot);
  });

  it("count what was claimed alone and in batches", async () => {
    const { body } = await get(`/v1/accounts/${getAddress(first!.account)}`);
    expect(body["claimed"]).toBe(`${CLAIMED + DISTRIBUTED}`);
    expect(body["claimable"]).toBe(`${first!.cumulative - CLAIMED - DISTRIBUTED}`);
  });

  it("name who is paid", async () => {
    expect((await get(`/v1/accounts/${first!.account}`)).body["recipient"]).toBe(getAddress(first!.account));
    expect((await get(`/v1/accounts/${second!.account}`)).body["recipient"]).toBe(getAddress(distributor));
  });

  it("are listed page by page, all of them once", async () => {
    const seen: string[] = [];
    for (let after = ""; ;) {
      const { body } = await get(`/v1/accounts?limit=2${after && `&after=${after}`}`);
      const page = body["accounts"] as { account: string }[];
      if (page.length === 0) break;
      seen.push(...page.map((item) => item.account));
      after = seen.at(-1)!;
    }
    expect(seen).toEqual(settlement.accounts.map((item) => item.account));
  });

  it("are explained down to the formula, adding up to the wei", async () => {
    const explained = accountExplanation.parse((await get(`/v1/accounts/${first!.account}/explanation`)).body);
    const paid = explained.entries.flatMap((entry) => entry.payments);
    expect(paid.reduce((sum, payment) => sum + payment.payout, 0n)).toBe(first!.earned);
    expect(explained.pools.find(({ modelId }) => modelId === 1n)).toMatchObject({ receipts: 1, counted: 4n });
  });

  it("that contributed and earned nothing are told what became of their data", async () => {
    const explained = accountExplanation.parse((await get(`/v1/accounts/${unpaid}/explanation`)).body);
    expect(explained).toMatchObject({ account: unpaid, earned: 0n, cumulative: 0n, entries: [] });
    expect(explained.unpaid).toEqual([{ contributionId: 30n, datanetId: 1n, examples: 3, payments: [] }]);
    expect(explained.charges).toEqual([{ contributionId: 30n, amount: 3n }]);
  });

  it("that earned nothing are a 404 that says how many did", async () => {
    const { status, body } = await get(`/v1/accounts/${accountOf(999)}`);
    expect(status).toBe(404);
    expect(body["limit"]).toContain(`${settlement.accounts.length} accounts`);
    expect(body["remedy"]).toContain("/v1/accounts");
  });

  it("refuse what is no address", async () => {
    expect((await get("/v1/accounts/0x12")).status).toBe(400);
    expect((await get("/v1/accounts?limit=0")).status).toBe(400);
    expect((await get("/v1/accounts?root=newest")).status).toBe(400);
  });
});

describe("contributions", () => {
  it("are those that were accepted", async () => {
    const { body } = await get("/v1/contributions");
    expect((body["contributions"] as { contributionId: string }[]).map((c) => c.contributionId)).toEqual(["1", "30"]);
    expect((await get("/v1/contributions/2")).status).toBe(404);
    expect((await get("/v1/contributions/1?x")).body).toMatchObject({ kind: "train", submissionId: "1", part: 0 });
  });

  it("are explained in every pool", async () => {
    const { body } = await get("/v1/contributions/1/explanation");
    const { payments } = contributionExplanation.parse(body);
    expect(payments.map(({ modelId }) => modelId)).toEqual([1n, 2n]);
    expect(payments[0]!.steps.map(({ name }) => name)).toEqual(["quality", "score", "weight", "payout"]);
  });

  it("under review are listed apart", async () => {
    const ids = async (path: string) =>
      ((await get(path)).body["submissions"] as { submissionId: string }[]).map((s) => s.submissionId);
    expect(await ids("/v1/submissions")).toEqual(["1", "2", "3"]);
    expect(await ids("/v1/submissions?open=true")).toEqual(["2"]);
    expect(await ids("/v1/submissions?after=1")).toEqual(["2", "3"]);
  });
});

describe("the rest of the read API", () => {
  it("shows Datanets with their terms in words", async () => {
    expect((await get("/v1/datanets/1")).body).toMatchObject({
      name: "Banking",
      licence: ["train", "commercial"],
      admission: "allowlist",
      bond: "5",
      accepted: 2,
    });
    expect((await get("/v1/datanets/2")).body).toMatchObject({ limit: "1 Datanets" });
  });

  it("shows roots with the CID of a bundle that it serves", async () => {
    const { body } = await get("/v1/roots/latest");
    expect(body).toMatchObject({ rootHash, status: "finalized" });
    const manifest = await fetch(new URL(`/ipfs/${String(body["bundle"])}`, api.url));
    expect(await manifest.text()).toBe(bundle.manifest);
    expect((await get(`/v1/roots/${ZERO_HASH}`)).status).toBe(404);
    expect((await get(`/v1/accounts?root=${ZERO_HASH}`)).status).toBe(404);
  });

  it("shows receipts that count", async () => {
    expect((await get("/v1/receipts?modelId=1")).body).toMatchObject({ total: 1 });
    expect((await get("/v1/receipts?modelId=2")).body).toMatchObject({ total: 0 });
    expect((await get(`/v1/receipts/${receipt.paymentId}`)).body).toMatchObject({ counted: "4", modelId: "1" });
    expect((await get(`/v1/receipts/${receipt.paymentId}/explanation`)).body).toMatchObject({ label: "refund" });
    const answers = { rootHash: expect.any(String) as unknown, answers: [] };
    for (const whose of ["contributions/1", `accounts/0x${"1".repeat(40)}`]) {
      expect((await get(`/v1/${whose}/answers`)).body).toEqual(answers);
    }
    expect((await get(`/v1/receipts/${ZERO_HASH}`)).body["limit"]).toContain("2 pools");
  });

  it("has no model before one is minted", async () => {
    expect((await get("/v1/models")).body).toEqual({ models: [] });
    expect((await get("/v1/models/1")).status).toBe(404);
    expect((await get("/v1/versions/1")).status).toBe(404);
  });

  it("says for a file that is not here where to look", async () => {
    expect((await get("/ipfs/manifest.json")).status).toBe(422);
    const { status, body } = await get("/ipfs/bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e");
    expect(status).toBe(404);
    expect(body["remedy"]).toMatch(/operators/);
  });

  it("documents every route with its answers", async () => {
    const { body } = await get("/openapi.json");
    const paths = body["paths"] as Record<string, { get: { responses: Record<string, unknown> } }>;
    for (const path of ["/v1/accounts/{account}", "/v1/contributions/{contributionId}/explanation", "/v1/roots"]) {
      expect(JSON.stringify(paths[path]!.get.responses["200"])).toContain("properties");
    }
    const claimed = JSON.stringify(paths["/v1/accounts/{account}"]!.get.responses["200"]);
    expect(claimed).toContain('"claimable":{"description":"Wei that are not claimed yet; a claim pays');
  });
});
