import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asAddress, asHash, type Address } from "@openledger/protocol/hex.ts";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { NotYetError } from "../common/errors.ts";
import { createAvailabilityVotes } from "./availabilityVotes.ts";
import { createChainEvents } from "./chainEvents.ts";
import { migrate } from "./migrate.ts";
import { openStore } from "./open.ts";
import type { EventFilter } from "./storedEvent.ts";
import { createSignatures } from "./signatures.ts";
import { createStageResults } from "./stageResults.ts";
import { startPostgres } from "./testing/servers.ts";
import { createTransactionQueue } from "./transactionQueue.ts";

const directory = mkdtempSync(join(tmpdir(), "openledger-store-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const block = (number: number, fork = "a") => ({
  number,
  hash: `0x${fork}${number}`,
  parentHash: `0x${fork}${number - 1}`,
  timestamp: 1_000 + number,
});
const event = (blockNumber: number, logIndex: number, amount: string) => ({
  blockNumber,
  logIndex,
  transactionHash: "0xff",
  contract: "Till",
  name: "Paid",
  args: { amount, nested: ["1", "2"] },
});

const server = await startPostgres();
afterAll(() => server?.stop());

const stores = [
  ["in a directory", { OPENLEDGER_STATE_DIR: directory, DATABASE_URL: undefined }],
  ...(server === undefined
    ? []
    : ([["on a PostgreSQL server", { OPENLEDGER_STATE_DIR: undefined, DATABASE_URL: server.url }]] as const)),
] as const;

describe.each(stores)("the store %s", async (_, config) => {
  const db = await openStore(config);
  afterAll(() => db.close());

  it("has nothing left to migrate after it was opened", async () => {
    expect(await migrate(db)).toBe(0);
  });

  it("refuses a store that a newer version has migrated, and a migration that was edited", async () => {
    await db.query("INSERT INTO migrations VALUES (9999, 'later', 'x')");
    await expect(migrate(db)).rejects.toThrow(/newer version/);
    await db.query("DELETE FROM migrations WHERE number = 9999");
    const [first] = await db.query<{ sha256: string }>("SELECT sha256 FROM migrations WHERE number = 1");
    await db.query("UPDATE migrations SET sha256 = 'edited' WHERE number = 1");
    await expect(migrate(db)).rejects.toThrow(/has changed/);
    await db.query("UPDATE migrations SET sha256 = $1 WHERE number = 1", [first?.sha256]);
  });

  it("keeps all of a range or none of it", async () => {
    const events = createChainEvents(db);
    await expect(events.append([block(1)], [event(1, 0, "5"), event(7, 0, "5")])).rejects.toThrow();
    expect(await events.head()).toBeUndefined();
  });

  it("returns events in chain order, filtered by argument, and forgets them with their blocks", async () => {
    const events = createChainEvents(db);
    await events.append([block(1), block(2), block(3)], [event(3, 1, "9"), event(1, 4, "5"), event(3, 0, "5")]);
    const all = await events.find({ contract: "Till", name: "Paid" });
    expect(all.map((e) => [e.blockNumber, e.logIndex, e.timestamp])).toEqual([
      [1, 4, 1_001],
      [3, 0, 1_003],
      [3, 1, 1_003],
    ]);
    expect(await events.find({ contract: "Till", name: "Paid", where: { amount: "5" } })).toHaveLength(2);
    expect(await events.find({ contract: "Till", name: "Paid", upToBlock: 2 })).toHaveLength(1);
    const among = (...values: string[]) => ({ argument: "amount", values });
    const placesOf = async (filter: Partial<EventFilter>) =>
      (await events.find({ contract: "Till", name: "Paid", ...filter })).map((e) => [e.blockNumber, e.logIndex]);
    expect(await placesOf({ among: among("9", "7") })).toEqual([[3, 1]]);
    expect(await placesOf({ among: among() })).toEqual([]);
    const at = (blockNumber: number, logIndex: number) => ({ blockNumber, logIndex });
    expect(await placesOf({ places: [at(3, 1), at(1, 4), at(1, 3)] })).toEqual([[1, 4], [3, 1]]); // prettier-ignore
    expect(await placesOf({ places: [] })).toEqual([]);
    expect(await placesOf({ places: [at(3, 1), at(3, 0)], among: among("5"), fromBlock: 2 })).toEqual([[3, 0]]);
    await events.rollBack(2);
    expect((await events.head())?.number).toBe(1);
    expect(await events.find({ contract: "Till", name: "Paid" })).toHaveLength(1);
  });

  it("tells the newest block that is stored, also when it is asked while blocks are stored, refused or forgotten", async () => {
    const events = createChainEvents(db);
    const newest = async () => (await events.head())?.number;
    expect(await newest()).toBe(1);
    const [asked] = await Promise.all([newest(), events.append([block(2)], []), newest()]);
    expect([1, 2]).toContain(asked);
    expect(await newest()).toBe(2);
    await expect(events.append([block(2)], [])).rejects.toThrow();
    expect(await newest()).toBe(2);
    await Promise.all([newest(), events.rollBack(2), newest()]);
    expect(await newest()).toBe(1);
    expect(await createChainEvents(db).head()).toEqual(await events.head());
  });

  it("keeps the first result of a stage and validates what it returns", async () => {
    const results = createStageResults(db, createChainEvents(db));
    const fork = await results.fork();
    await results.write("index", "1", { root: "0xaa", total: 2n ** 200n }, fork);
    await results.write("index", "1", { root: "0xbb", total: 1n }, fork);
    expect(await results.read("index", "1", z.object({ root: z.string(), total: z.coerce.bigint() }))).toEqual({
      root: "0xaa",
      total: 2n ** 200n,
    });
    await expect(results.read("index", "1", z.object({ missing: z.string() }))).rejects.toThrow();
    expect(await results.read("index", "2", z.unknown())).toBeUndefined();
  });

  it("follows another fork in one go: no result of the one before is left, and none is stored any more", async () => {
    const events = createChainEvents(db);
    const [results, queue] = [createStageResults(db, events), createTransactionQueue(db)];
    const transaction = {
      key: "act:1",
      kind: "act",
      sender: "0x2",
      nonce: 1,
      hash: "0xh",
      earlierHashes: [],
      raw: "0xr",
    } as const;
    await queue.add({ ...transaction, status: "mined" });
    const before = await results.fork();
    expect(await results.subjects("settle")).toEqual([]);
    await results.write("settle", "1-1", {}, before);
    expect(await results.subjects("settle")).toEqual(["1-1"]);

    await events.rollBack(1);
    expect(await results.fork()).toBe(before + 1);
    expect(await results.subjects("settle")).toEqual([]);
    expect((await queue.unmined("0x2")).map(({ key }) => key)).toEqual(["act:1"]);
    await expect(results.write("settle", "1-1", {}, before)).rejects.toThrow(NotYetError);
    expect(await results.has("settle", "1-1")).toBe(false);
    await results.write("settle", "1-1", {}, before + 1);
    expect(await results.has("settle", "1-1")).toBe(true);
  });

  it("stores no result of a fork that is left at the same moment", async () => {
    const events = createChainEvents(db);
    const results = createStageResults(db, events);
    for (let round = 0; round < 50; round++) {
      const fork = await results.fork();
      const writing = results.write("train", `${round}`, {}, fork).catch((error: unknown) => error);
      await Promise.all([events.rollBack(1), writing]);
    }
    expect(await results.subjects("train")).toEqual([]);
  });

  it("never gives a key or a nonce a second transaction", async () => {
    const queue = createTransactionQueue(db);
    const transaction = {
      key: "post:1",
      kind: "post",
      sender: "0x1",
      nonce: 7,
      hash: "0xh",
      earlierHashes: [],
      raw: "0xr",
    } as const;
    await queue.add({ ...transaction, status: "signed" });
    await expect(queue.add({ ...transaction, nonce: 8, status: "signed" })).rejects.toThrow();
    await expect(queue.add({ ...transaction, key: "post:2", status: "signed" })).rejects.toThrow();
    expect(await queue.unmined("0x1")).toHaveLength(1);
    await queue.setStatus("post:1", "mined");
    expect(await queue.unmined("0x1")).toHaveLength(0);
  });

  it("keeps the earlier hashes of a transaction that is replaced, and never replaces a mined one", async () => {
    const queue = createTransactionQueue(db);
    const rest = { key: "pay:1", kind: "pay", sender: "0x3", nonce: 4, earlierHashes: [] } as const;
    await queue.add({ ...rest, hash: "0xa", raw: "0x1", status: "signed" });
    await queue.replace("pay:1", { hash: "0xb", raw: "0x2" });
    await queue.replace("pay:1", { hash: "0xc", raw: "0x3" });
    const replaced = { ...rest, hash: "0xc", raw: "0x3", earlierHashes: ["0xa", "0xb"] };
    expect(await queue.find("pay:1")).toMatchObject({ ...replaced, status: "signed" });
    await queue.setStatus("pay:1", "mined");
    await queue.replace("pay:1", { hash: "0xd", raw: "0x4" });
    expect(await queue.find("pay:1")).toMatchObject({ ...replaced, status: "mined" });
  });

  it("knows the highest nonce of a key's transactions, mined or not", async () => {
    const queue = createTransactionQueue(db);
    expect(await queue.lastNonce("0x4")).toBeUndefined();
    for (const [nonce, status] of [
      [9, "mined"],
      [10, "mined"],
      [2, "signed"],
    ] as const) {
      const rest = { kind: "pay", sender: "0x4", hash: "0xh", earlierHashes: [], raw: "0xr" } as const;
      await queue.add({ ...rest, key: `last:${nonce}`, nonce, status });
    }
    expect(await queue.lastNonce("0x4")).toBe(10);
    expect((await queue.withNonce("0x4", 9))?.key).toBe("last:9");
    expect(await queue.withNonce("0x4", 8)).toBeUndefined();
  });

  it("keeps one signature per signer", async () => {
    const signatures = createSignatures(db);
    await signatures.add("0xd", "0xAb", "first");
    await signatures.add("0xd", "0xaB", "second");
    expect([...(await signatures.of("0xd"))]).toEqual([["0xab", "first"]]);
  });

  it("keeps one word of this operator about a file, and both of a key that says two things", async () => {
    const votes = createAvailabilityVotes(db);
    const [own, other] = ["0a", "0b"].map((digits) => asAddress(`0x${digits.repeat(20)}`)) as [Address, Address];
    const file = { modelId: 2n ** 200n, epoch: 2n ** 63n, commitment: asHash(`0x${"5a".repeat(32)}`) };
    const vote = (signer: Address, have: boolean) => ({ ...file, signer, have, signature: `0x${have ? "01" : "00"}` });
    await Promise.all([votes.addOwn(vote(own, true)), votes.addOwn(vote(own, false))]);
    await votes.addOwn(vote(own, false));
    expect(await votes.add(vote(other, true))).toBe(false);
    expect(await votes.add(vote(other, true))).toBe(false);
    expect(await votes.add(vote(other, false))).toBe(true);
    expect(await votes.add(vote(other, false))).toBe(false);
    const kept = await votes.of(file.epoch, file.epoch);
    expect(kept.filter(({ signer }) => signer === own)).toHaveLength(1);
    expect(kept.filter(({ signer }) => signer === other)).toEqual([vote(other, false), vote(other, true)]);
    expect(await votes.of(1n, file.epoch - 1n)).toEqual([]);
    expect(await votes.contradictions()).toEqual([{ have: vote(other, true), lack: vote(other, false) }]);

    // what it has said to a peer before it lost its store binds it too
    const lost = { ...vote(own, false), epoch: 7n };
    await votes.add(lost);
    await votes.addOwn({ ...lost, have: true });
    expect(await votes.of(7n, 7n)).toEqual([lost]);
  });
});
