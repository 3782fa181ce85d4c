import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { OPEN } from "@openledger/protocol/units.ts";
import { keccak256, toUtf8Bytes } from "ethers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { setEthBalance } from "../../oracle/chain/localNode.ts";
import { orderRoutes } from "../../oracle/api/routes/orders.ts";
import { order as orderSchema } from "../../oracle/api/schemas.ts";
import { type RunningApi, startApi } from "../../oracle/api/server.ts";
import { createLogger } from "../../oracle/common/logger.ts";
import { createMetrics } from "../../oracle/common/metrics.ts";
import { createOrderBook } from "../../oracle/jobs/orderBook.ts";
import type { Database } from "../../oracle/store/database.ts";
import { openStore } from "../../oracle/store/open.ts";
import { createOrders } from "../../oracle/store/orders.ts";
import { addressOf, as, DAY, type DeployedChain, startDeployedChain } from "./deployedChain.ts";

const [CREATOR, BUYER, STRANGER] = [5, 6, 7];

const PLAN = {
  model: 1,
  name: "Model 1",
  symbol: "M1",
  disclosure: keccak256(toUtf8Bytes("disclosed")),
  softCap: "100",
  hardCap: "400",
  contributorsPercent: 0,
  soldPercent: 40,
  saleDays: 1,
  cliffDays: 30,
  vestingDays: 365,
  deadlineDays: 90,
  reviewDays: 7,
  milestones: [{ check: "review", percent: 100, streamDays: 30 }],
};

let chain: DeployedChain;
let node: DeployedChain["node"];
let contracts: DeployedChain["contracts"];
let api: RunningApi;
let store: Database;
/** Where the commands find an operator's book of orders. */
let book: string[];

const run = (...words: string[]) => chain.run(...words);
const later = (seconds: bigint) => chain.later(seconds);

/** Writes a launch file. */
function plan(changes: object): string {
  const file = join(chain.directory, `${Object.keys(changes).join("-") || "plan"}.json5`);
  writeFileSync(file, JSON.stringify({ ...PLAN, ...changes }));
  return file;
}

beforeAll(async () => {
  chain = await startDeployedChain("market");
  ({ node, contracts } = chain);
  const { deployment } = chain;
  for (const index of [CREATOR, BUYER, STRANGER]) {
    await setEthBalance(node.provider, addressOf(index), 10n ** 19n);
    expect((await run("send", "10000", addressOf(index), ...as(0))).status).toBe(0);
  }
  // models 1 to 3; nothing is trained here
  const { ModelRegistry: models, DatanetRegistry: datanets } = chain.contractsOf(CREATOR);
  const free = {
    licence: 15n,
    licenceExpiry: 0n,
    admission: 0n,
    votesNeeded: 1n,
    bond: 0n,
    reviewFee: 0n,
    judgeModelId: 0n,
  };
  await (await datanets.create("Cards", "", [], free)).wait();
  const terms = { parents: [], provider: addressOf(CREATOR), price: OPEN, base: false };
  for (let model = 0; model < 3; model++) await (await models.mint(terms, "")).wait();

  store = await openStore({ DATABASE_URL: undefined, OPENLEDGER_STATE_DIR: undefined });
  const source = { provider: node.provider, contracts, deployment };
  api = await startApi({
    title: "test",
    host: "127.0.0.1",
    port: 0,
    log: createLogger({ level: "silent" }),
    metrics: createMetrics(),
    routes: [orderRoutes(createOrderBook(source, createOrders(store), (stored) => orderSchema.parse(stored)))],
  });
  book = ["--api", api.url];
});

afterAll(async () => {
  await api.close();
  await store.close();
  await chain.close();
});

describe("openledger launch", () => {
  it("refuses a plan that the contract would refuse, before anything is sent", async () => {
    const before = await contracts.ModelRegistry.getApproved(1n);
    for (const [changes, words] of [
      [{ soldPercent: 61 }, /soldPercent/u],
      [{ softCap: "0.5" }, /softCap/u],
      [{ hardCap: "99" }, /hardCap/u],
      [{ saleDays: 61 }, /saleDays/u],
      [{ cliffDays: 366 }, /cliffDays/u],
      [{ disclosure: `0x${"0".repeat(64)}` }, /disclosure/u],
      [{ milestones: [{ check: "review", percent: 99, streamDays: 30 }] }, /add up to 100/u],
      [{ milestones: [{ check: "revenue", percent: 100, streamDays: 30 }] }, /threshold/u],
      [{ contributorsPercent: 20 }, /active version/u],
      [{ extra: 1 }, /extra/u],
    ] as const) {
      const { status, result } = await run("launch", "create", plan(changes), ...as(CREATOR));
      expect(status).toBe(64);
      expect(JSON.stringify(result)).toMatch(words);
    }
    expect((await run("launch", "create", join(chain.directory, "none.json5"), ...as(CREATOR))).status).toBe(64);
    expect((await run("launch", "create", plan({}), ...as(STRANGER))).status).toBe(77);
    expect((await run("launch", "create", plan({ model: 9 }), ...as(CREATOR))).status).toBe(66);
    expect(await contracts.ModelRegistry.getApproved(1n)).toBe(before);
  });

  it("sells, graduates, and gives shares that trade, earn and vote", async () => {
    expect((await run("launch", "create", plan({}), ...as(CREATOR))).result).toMatchObject({ launchId: "1" });
    expect((await run("launch", "deposit", "2", "1", ...as(BUYER))).status).toBe(66);
    expect((await run("launch", "deposit", "1", "20000", ...as(BUYER))).status).toBe(64);
    expect((await run("launch", "deposit", "1", "1", "--contribution", "1", ...as(BUYER))).status).toBe(64);
    expect((await run("launch", "finish", "1", ...as(STRANGER))).status).toBe(75);
    expect((await run("launch", "deposit", "1", "200", ...as(BUYER))).status).toBe(0);
    expect((await run("launch", "collect", "1", ...as(BUYER))).status).toBe(75);
    expect((await run("launch", "collect", "1", ...as(STRANGER))).status).toBe(64);
    await later(DAY + 60n);
    expect((await run("launch", "deposit", "1", "1", ...as(BUYER))).status).toBe(64);
    expect((await run("launch", "finish", "1", ...as(STRANGER))).result).toMatchObject({ outcome: "graduate" });
    expect((await run("launch", "finish", "1", ...as(STRANGER))).status).toBe(64);
    expect((await run("launch", "release", "1", ...as(CREATOR))).status).toBe(75);
    const { result } = await run("launch", "collect", "1", ...as(BUYER));
    expect(result).toMatchObject({ shares: `${400_000n * OPEN}`, paidBack: "0" });
    expect((await run("launch", "list")).result).toMatchObject([{ state: "graduated", raised: `${200n * OPEN}` }]);

    expect((await run("shares", "buy", "model:1", "10", ...as(STRANGER))).status).toBe(0);
    expect((await run("shares", "sell", "model:1", "999999", ...as(STRANGER))).status).toBe(64);
    expect((await run("shares", "sell", "model:1", "1000", ...as(STRANGER))).status).toBe(0);
    expect((await run("shares", "buy", "model:2", "10", ...as(STRANGER))).status).toBe(66);

    const shares = await contracts.ModelRegistry.ownerOf(1n);
    expect((await run("shares", "claim", "model:1", ...as(BUYER))).status).toBe(64);
    expect((await run("send", "86", shares, ...as(STRANGER))).status).toBe(0);
    expect((await run("shares", "transfer", shares, "1", addressOf(CREATOR), ...as(BUYER))).status).toBe(0);
    await later(2n * DAY);
    expect((await run("shares", "claim", shares, ...as(BUYER))).status).toBe(0);

    expect((await run("shares", "manage", "model:1", "price", "2", ...as(BUYER))).status).toBe(77);
    expect((await run("shares", "manage", "model:1", "price", "2", ...as(CREATOR))).status).toBe(0);
    expect((await contracts.ModelRegistry.modelOf(1n)).price).toBe(2n * OPEN);
    const another = ["manager", addressOf(BUYER)];
    expect((await run("shares", "support", "model:1", ...another, ...as(BUYER))).status).toBe(64);
    expect((await run("shares", "delegate", "model:1", addressOf(BUYER), ...as(BUYER))).status).toBe(0);
    expect((await run("shares", "decide", "model:1", ...another, ...as(STRANGER))).status).toBe(75);
    expect((await run("shares", "support", "model:1", ...another, ...as(BUYER))).status).toBe(0);
    await later(2n);
    expect((await run("shares", "decide", "model:1", ...another, ...as(STRANGER))).status).toBe(0);
    expect((await run("shares", "show", "model:1")).result).toMatchObject({ manager: addressOf(BUYER) });

    expect((await run("shares", "bid", "model:1", "500", ...as(STRANGER))).status).toBe(64);
    expect((await run("shares", "settle", "model:1", ...as(STRANGER))).status).toBe(64);
    expect((await run("shares", "support", "model:1", "offer", "400", ...as(BUYER))).status).toBe(0);
    await later(2n);
    expect((await run("shares", "decide", "model:1", "offer", "400", ...as(BUYER))).status).toBe(0);
    expect((await run("shares", "bid", "model:1", "399", ...as(STRANGER))).status).toBe(64);
    expect((await run("shares", "bid", "model:1", "400", ...as(STRANGER))).status).toBe(0);
    expect((await run("shares", "settle", "model:1", ...as(STRANGER))).status).toBe(75);
    await later(14n * DAY);
    expect((await run("shares", "settle", shares, ...as(STRANGER))).status).toBe(0);
    expect(await contracts.ModelRegistry.ownerOf(1n)).toBe(addressOf(STRANGER));
  });
});

describe("openledger shares issue", () => {
  it("gives all shares to the owner, who can redeem them, and refuses everybody else", async () => {
    const issue = ["shares", "issue", "model", "2", "--name", "Two", "--symbol", "M2"];
    expect((await run(...issue, ...as(STRANGER))).status).toBe(77);
    expect((await run(...issue, "--min-float", "1", ...as(CREATOR))).status).toBe(64);
    expect((await run("shares", "issue", "contribution", "2", "--name", "x", "--symbol", "x")).status).toBe(64);
    expect((await run(...issue, ...as(CREATOR))).status).toBe(0);
    expect((await run("shares", "list")).result).toMatchObject([{ what: "model:1" }, { what: "model:2" }]);
    expect((await run("shares", "redeem", "model:2", ...as(STRANGER))).status).toBe(64);
    expect((await run("shares", "redeem", "model:2", ...as(CREATOR))).status).toBe(0);
    expect(await contracts.ModelRegistry.ownerOf(2n)).toBe(addressOf(CREATOR));
    expect((await run("shares", "show", "model:2")).status).toBe(66);
    expect((await run("shares", "show", "nothing")).status).toBe(64);
  });
});

describe("openledger policy", () => {
  it("shows what is governed, and refuses a contract of which nothing is", async () => {
    const { status, result } = await run("policy", "InferenceMarket");
    expect(status).toBe(0);
    expect(result).toContainEqual(
      expect.objectContaining({ name: "split.curatorBps", value: "2 %", kind: "exit", by: "deployment" }),
    );
    expect((await run("policy", "ShareTrades")).status).toBe(64);
  });
});

describe("openledger proposal check", () => {
  /** Writes a proposal, and checks it. */
  async function check(...calls: { contract: string; function: string; args: unknown[]; announce?: boolean }[]) {
    const file = join(chain.directory, "proposal.json5");
    writeFileSync(file, JSON.stringify({ title: "Test", calls }));
    return run("proposal", "check", file);
  }

  it("names what contracts show and store and who holds roles, and leaves everything of others where it is", async () => {
    const { status, result } = await check(
      { contract: "ModelRegistry", function: "setMinParentShare", args: [600] },
      { contract: "RewardDistributor", function: "setGuardian", args: [addressOf(STRANGER)] },
    );
    expect(status).toBe(0);
    const guardian = {
      what: "RewardDistributor.guardian",
      before: await contracts.OpenLedgerGovernor.timelock(),
      after: addressOf(STRANGER),
    };
    const share = { what: "ModelRegistry.minParentShareBps", before: "500", after: "600" };
    expect(result).toMatchObject({ differences: [share, guardian], storage: [share] });
    const { calls, roles, invariants } = result as {
      calls: { events: string[] }[];
      roles: (typeof guardian)[];
      invariants: { holds: boolean }[];
    };
    expect(calls[0]!.events).toEqual(["ModelRegistry.MinParentShareSet(600)"]);
    expect(roles.length).toBeGreaterThan(20);
    expect(roles.filter(({ before, after }) => before !== after)).toEqual([guardian]);
    expect(invariants.length).toBeGreaterThan(8);
    expect(invariants.filter(({ holds }) => !holds)).toEqual([]);
    expect(await contracts.ModelRegistry.minParentShareBps()).toBe(500n);
  });

  it("refuses what would revert, and an upgrade to code whose storage nobody can check", async () => {
    const treasury = { contract: "InferenceMarket", function: "setTreasury", args: [addressOf(STRANGER)] };
    expect((await check(treasury)).status).toBe(1);
    const upgrade = { contract: "ModelRegistry", function: "upgradeToAndCall", args: ["@OpenToken", "0x"] };
    expect((await check({ ...upgrade, announce: true })).status).toBe(76);
  });
});

describe("openledger market", () => {
  it("refuses to list what is not yours, nothing, or too long, before anything is sent", async () => {
    const owner = await contracts.ModelRegistry.ownerOf(3n);
    expect(owner).toBe(addressOf(CREATOR));
    for (const [words, index, expected] of [
      [["model:3", "10"], STRANGER, 77],
      [["model:9", "10"], CREATOR, 66],
      [["model:3", "10", "--days", "366"], CREATOR, 64],
      [["model:3", "0"], CREATOR, 64],
      [["agent:2", "10"], CREATOR, 66],
      [["library:2", "10"], CREATOR, 64],
      // no version is active yet, so the till cannot be swept
      [["model:3", "10"], CREATOR, 64],
    ] as const) {
      expect((await run("market", "sell", ...words, ...as(index))).status).toBe(expected);
    }
    expect((await run("market", "list", "--announced")).result).toEqual([]);
    expect((await run("market", "buy", "1", ...as(BUYER))).status).toBe(66);
  });

  it("lists, takes back, sells for OPEN, and shows what became of each", async () => {
    const sell = ["market", "sell", "model:3", "10", "--with-till", ...as(CREATOR)];
    expect((await run(...sell)).result).toMatchObject({ number: 1 });
    expect((await run("market", "cancel", "1", ...as(STRANGER))).status).toBe(77);
    expect((await run("market", "cancel", "1", ...as(CREATOR))).status).toBe(0);
    expect((await run("market", "cancel", "1", ...as(CREATOR))).status).toBe(64);
    expect((await run("market", "buy", "1", ...as(BUYER))).status).toBe(64);

    expect((await run(...sell)).result).toMatchObject({ number: 2 });
    expect((await run("market", "buy", "2", ...as(CREATOR))).status).toBe(64);
    const before = await contracts.OpenToken.balanceOf(addressOf(CREATOR));
    expect((await run("market", "buy", "2", ...as(BUYER))).status).toBe(0);
    expect(await contracts.ModelRegistry.ownerOf(3n)).toBe(addressOf(BUYER));
    expect((await contracts.OpenToken.balanceOf(addressOf(CREATOR))) - before).toBe(10n * OPEN);
    expect((await run("market", "buy", "2", ...as(STRANGER))).status).toBe(64);
    for (const source of [["--announced"], book]) {
      expect((await run("market", "list", ...source)).result).toEqual([]);
      expect((await run("market", "list", "--all", ...source)).result).toMatchObject([
        { number: 1, what: "model:3", state: "canceled" },
        { number: 2, what: "model:3", state: "sold" },
      ]);
    }
  });

  it("hands signed orders to an operator, who shows what became of each with every block", async () => {
    const sell = ["market", "sell", "model:3", "20", "--signed", "--with-till", ...book, ...as(BUYER)];
    const state = async () => {
      const { result } = await run("market", "list", "--all", ...book);
      return (result as unknown as { orderHash: string; state: string; reason?: string }[])[2];
    };
    const { orderHash } = (await run(...sell)).result as { orderHash: string };
    expect(await state()).toMatchObject({ orderHash, state: "open" });
    // nothing of it is on the chain
    expect((await run("market", "list", "--announced")).result).toEqual([]);
    const models = chain.contractsOf(BUYER).ModelRegistry;
    await (await models.transferFrom(addressOf(BUYER), addressOf(CREATOR), 3n)).wait();
    expect(await state()).toMatchObject({ state: "void", reason: "the seller does not own it" });
    expect((await run("market", "buy", orderHash, ...book, ...as(STRANGER))).status).toBe(64);
    const back = chain.contractsOf(CREATOR).ModelRegistry;
    await (await back.transferFrom(addressOf(CREATOR), addressOf(BUYER), 3n)).wait();
    expect(await state()).toMatchObject({ state: "void", reason: "the seller does not let the exchange take it" });

    // another order takes its place
    const again = (await run(...sell)).result as { orderHash: string };
    expect(await state()).toMatchObject({ orderHash: again.orderHash, state: "open" });
    expect((await run("market", "buy", orderHash, ...book, ...as(STRANGER))).status).toBe(66);
    expect((await run("market", "cancel", again.orderHash, ...book, ...as(STRANGER))).status).toBe(77);
    expect((await run("market", "cancel", again.orderHash, ...book, ...as(BUYER))).status).toBe(0);
    expect(await state()).toMatchObject({ state: "canceled" });

    const third = (await run(...sell)).result as { orderHash: string };
    expect((await run("market", "buy", third.orderHash, ...book, ...as(STRANGER))).status).toBe(0);
    expect(await contracts.ModelRegistry.ownerOf(3n)).toBe(addressOf(STRANGER));
    expect(await state()).toMatchObject({ orderHash: third.orderHash, state: "sold" });
  });

  it("takes no order that somebody else signed, that offers something else, or that nobody could fill", async () => {
    const { orders: found } = (await (await fetch(`${api.url}/v1/orders?all=true`)).json()) as {
      orders: { order: Record<string, unknown>; signature: string; state: string }[];
    };
    const { order, signature } = found[found.length - 1]!;
    const post = async (body: unknown) => {
      const headers = { "content-type": "application/json" };
      const response = await fetch(`${api.url}/v1/orders`, { method: "POST", headers, body: JSON.stringify(body) });
      return { status: response.status, text: await response.text() };
    };
    expect(await post({ order, signature })).toMatchObject({
      status: 400,
      text: expect.stringMatching(/is sold/u) as string,
    });
    const mine = { ...order, offerer: addressOf(STRANGER), salt: "5" };
    const owner = chain.contractsOf(STRANGER).ModelRegistry;
    await (await owner.approve(await contracts.Seaport.getAddress(), 3n)).wait();
    expect(await post({ order: mine, signature })).toMatchObject({
      status: 400,
      text: expect.stringMatching(/not signed/u) as string,
    });
    expect(await post({ order: { ...mine, orderType: "0" }, signature })).toMatchObject({
      status: 400,
      text: expect.stringMatching(/no listing/u) as string,
    });
    expect((await post({ order: { ...mine, more: 1 }, signature })).status).toBe(400);
    expect((await post({ order: mine })).status).toBe(400);
  });
});

describe("openledger bounty", () => {
  it("refuses what the contract would refuse, before anything is sent", async () => {
    for (const [words, expected] of [
      [["9", "10", "--model", "1"], 66],
      [["1", "10", "--model", "9"], 66],
      [["1", "0", "--model", "1"], 64],
      [["1", "10", "--model", "1", "--target", "0"], 64],
      [["1", "10", "--model", "1", "--target", "x"], 64],
      [["1", "10", "--model", "1", "--period-days", "31"], 64],
      [["1", "10", "--model", "1", "--training-days", "6"], 64],
      [["1", "10", "--model", "1", "--days", "700"], 64],
      [["1", "10", "--model", "1", "--label", 'a"b'], 64],
      [["1", "99999999", "--model", "1"], 64],
    ] as const) {
      expect((await run("bounty", "create", ...words, ...as(BUYER))).status, words.join(" ")).toBe(expected);
    }
    expect((await run("bounty", "list")).result).toEqual([]);
    expect((await run("bounty", "show", "1")).status).toBe(66);
  });

  it("is put down, closed, and paid back when nothing came", async () => {
    const created = [
      "bounty",
      "create",
      "1",
      "10",
      "--model",
      "1",
      "--label",
      "rare",
      "--days",
      "1",
      "--training-days",
      "7",
    ];
    expect((await run(...created, ...as(BUYER))).result).toMatchObject({ bountyId: "1" });
    expect((await run("bounty", "close", "1", ...as(STRANGER))).status).toBe(75);
    expect((await run("bounty", "enter", "1", ...book, ...as(STRANGER))).status).toBe(75);
    expect((await run("bounty", "refund", "1", ...as(STRANGER))).status).toBe(75);
    expect((await run("bounty", "claim", "1", ...as(STRANGER))).status).toBe(64);
    expect((await run("bounty", "refute", "1", "1", ...book, ...as(STRANGER))).status).toBe(64);
    await later(DAY + 60n);
    expect((await run("bounty", "close", "1", ...as(STRANGER))).status).toBe(0);
    expect((await run("bounty", "close", "1", ...as(STRANGER))).status).toBe(64);
    expect((await run("bounty", "list")).result).toMatchObject([{ state: "waits for its judge", label: "rare" }]);
    await later(7n * DAY);
    const before = await contracts.OpenToken.balanceOf(addressOf(BUYER));
    expect((await run("bounty", "refund", "1", ...as(STRANGER))).result).toMatchObject({ returned: `${10n * OPEN}` });
    expect((await contracts.OpenToken.balanceOf(addressOf(BUYER))) - before).toBe(10n * OPEN);
    expect((await run("bounty", "refund", "1", ...as(STRANGER))).status).toBe(64);
    expect((await run("bounty", "show", "1")).result).toMatchObject({ state: "paid", entries: [] });
  });
});
