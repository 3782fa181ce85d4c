import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getAddress } from "ethers";
import { rootHashOf } from "@openledger/protocol/eip712/scoreRoot.ts";
import { asAddress, asHash, ZERO_ADDRESS, ZERO_HASH } from "@openledger/protocol/hex.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { plainLeaf, plainRoot } from "../../test/fixtures/plainPayouts.ts";
import { accountOf, settlementInputs } from "../../test/fixtures/settlement.ts";
import { createLogger } from "../common/logger.ts";
import { createMetrics } from "../common/metrics.ts";
import { toJson } from "../common/json.ts";
import { createContentFiles } from "../jobs/contentFiles.ts";
import { createSettledRoots } from "../jobs/settledRoots.ts";
import { writeBundle } from "../settlement/bundle.ts";
import { scoreRootOf, settleEpochs } from "../settlement/settle.ts";
import { createChainEvents } from "../store/chainEvents.ts";
import { openStore } from "../store/open.ts";
import { createProtocolView } from "../store/protocolView.ts";
import { createStageResults } from "../store/stageResults.ts";
import { accountRoutes } from "./routes/accounts.ts";
import { contentRoutes } from "./routes/content.ts";
import { contributionRoutes } from "./routes/contributions.ts";
import { datanetRoutes } from "./routes/datanets.ts";
import { modelRoutes } from "./routes/models.ts";
import { receiptRoutes } from "./routes/receipts.ts";
import { rootRoutes } from "./routes/roots.ts";
import { account, accountExplanation, contributionExplanation } from "./schemas.ts";
import { type RunningApi, startApi } from "./server.ts";

const distributor = asAddress(`0x${"d1".repeat(20)}`);
const inputs = settlementInputs({ seed: 5, accounts: 6, contributions: 12, k: 32, models: 2, epochs: 1 });
const settlement = settleEpochs(inputs);
const receipt = {
  versionId: 1n,
  consumer: accountOf(77),
  requestHash: ZERO_HASH,
  outputHash: ZERO_HASH,
  fee: 5n,
  paymentId: `0x${"ab".repeat(32)}` as typeof ZERO_HASH,
  time: 9n,
};
const bundle = writeBundle(inputs, settlement, {
  chainId: 31_337n,
  distributor,
  receipts: [[{ receipt, signature: "0x1234", counted: 4n }], []],
});
const root = scoreRootOf(settlement, bundle.bundleHash);
const rootHash = rootHashOf(root);
const [first, second] = settlement.accounts;
const CLAIMED = 7n;
const DISTRIBUTED = 11n;

const folder = mkdtempSync(join(tmpdir(), "openledger-api-"));
let api: RunningApi;
let close: () => Promise<void>;

beforeAll(async () => {
  const db = await openStore({ DATABASE_URL: undefined, OPENLEDGER_STATE_DIR: undefined });
  const events = createChainEvents(db);
  const stored = [
    ["DatanetRegistry", "DatanetCreated", datanetCreated()],
    ["ContributionRegistry", "Submitted", submitted(1n, 1n, 2)],
    ["ContributionRegistry", "Submitted", submitted(2n, 3n, 1)],
    ["ContributionRegistry", "Resolved", { submissionId: "1", datanetId: "1", acceptedMask: "1" }],
    ["RewardDistributor", "RootPosted", { rootHash, ...root }],
    ["RewardDistributor", "RootFinalized", { rootHash }],
    ["RewardDistributor", "RecipientSet", { account: getAddress(second!.account), recipient: distributor }],
    ["RewardDistributor", "Claimed", { account: getAddress(first!.account), amount: `${CLAIMED}` }],
    ["RewardDistributor", "Distributed", { payments: [`${(BigInt(first!.account) << 96n) | DISTRIBUTED}`] }],
  ] as const;
  await events.append(
    [{ number: 1, hash: ZERO_HASH, parentHash: ZERO_HASH, timestamp: 1_000 }],
    stored.map(([contract, name, args], logIndex) => ({
      blockNumber: 1,
      logIndex,
      transactionHash: ZERO_HASH,
      contract,
      name,
      args: JSON.parse(toJson(args)) as Record<string, unknown>,
    })),
  );
  const content = createContentFiles(folder, []);
  for (const bytes of bundle.files.values()) await content.put(bytes);
  const results = createStageResults(db);
  await results.write(
    "settle",
    "1-1",
    {
      root,
      rootHash,
      bundle: await content.put(new TextEncoder().encode(bundle.manifest)),
      accounts: await content.put(bundle.files.get("accounts.ndjson")!),
    },
    await results.fork(),
  );
  const view = createProtocolView(events);
  const context = { events, results, content, view };
  const roots = createSettledRoots(context);
  api = await startApi({
    title: "test",
    host: "127.0.0.1",
    port: 0,
    log: createLogger({ level: "silent" }),
    metrics: createMetrics(),
    routes: [
      accountRoutes(events, roots),
      contributionRoutes(view, roots),
      datanetRoutes(events, view),
      modelRoutes(context),
      receiptRoutes(roots, { explain: () => Promise.resolve({ label: "refund", influences: [] }) }),
      rootRoutes(context),
      contentRoutes(content),
    ],
  });
  close = async () => {
    await api.close();
    await db.close();
    rmSync(folder, { recursive: true });
  };
});
afterAll(() => close());

function datanetCreated() {
  const terms = {
    licence: 9,
    licenceExpiry: "0",
    admission: 1,
    votesNeeded: 2,
    bond: "5",
    reviewFee: "1",
    judgeModelId: "0",
  };
  return { datanetId: "1", owner: distributor, name: "Banking", uri: "", tags: ["bank"], terms };
}

function submitted(submissionId: bigint, firstContributionId: bigint, parts: number) {
  return {
    submissionId,
    datanetId: "1",
    contributor: distributor,
    sponsor: ZERO_ADDRESS,
    firstContributionId,
    parts: Array.from({ length: parts }, () => ({ kind: 0, contentRoot: ZERO_HASH, examples: 3 })),
    uri: "bafk",
  };
}

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
    expect((await get(`/v1/accounts/${second!.account}`)).body["recipient"]).toBe(distributor);
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
    expect((body["contributions"] as { contributionId: string }[]).map((c) => c.contributionId)).toEqual(["1"]);
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
    expect(await ids("/v1/submissions")).toEqual(["1", "2"]);
    expect(await ids("/v1/submissions?open=true")).toEqual(["2"]);
    expect(await ids("/v1/submissions?after=1")).toEqual(["2"]);
  });
});

describe("the rest of the read API", () => {
  it("shows Datanets with their terms in words", async () => {
    expect((await get("/v1/datanets/1")).body).toMatchObject({
      name: "Banking",
      licence: ["train", "commercial"],
      admission: "allowlist",
      bond: "5",
      accepted: 1,
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
    expect((await get(`/v1/receipts/${ZERO_HASH}`)).body["limit"]).toContain("1 receipts");
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
