import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asAddress, type Address, type Hash } from "@openledger/protocol/hex.ts";
import { buildEntriesTree } from "@openledger/protocol/trees/entriesTree.ts";
import { buildPayoutsTree, packPayouts, payoutHash, payoutsParent } from "@openledger/protocol/trees/payoutsTree.ts";
import fc from "fast-check";
import { getAddress } from "ethers";
import { afterAll, describe, expect, it } from "vitest";
import { type ChainEvents, createChainEvents } from "../chainEvents.ts";
import { openStore } from "../open.ts";
import { createClaimStates } from "./claimStates.ts";
import { openPayouts, type PayoutsFile } from "./openPayouts.ts";
import { type PayoutAccount, writePayouts } from "./writePayouts.ts";

const directory = mkdtempSync(join(tmpdir(), "openledger-payouts-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
let files = 0;

const addressOf = (n: bigint) => asAddress(`0x${n.toString(16).padStart(40, "0")}`);
const entry = fc.record({
  modelId: fc.bigInt({ min: 1n, max: 9n }),
  contributionId: fc.bigInt({ min: 1n, max: 99n }),
  cumulative: fc.bigInt({ min: 1n, max: 2n ** 90n }),
});
const accounts = fc
  .uniqueArray(
    fc.tuple(
      fc.bigInt({ min: 0n, max: 2n ** 160n - 1n }),
      fc.uniqueArray(entry, { minLength: 1, maxLength: 4, selector: (e) => `${e.modelId} ${e.contributionId}` }),
    ),
    {
      minLength: 1,
      maxLength: 70,
      selector: ([account]) => account,
    },
  )
  .map((list) =>
    list
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([account, entries]): PayoutAccount => {
        const sorted = entries
          .map((item) => ({ ...item, earned: item.cumulative / 2n }))
          .sort((a, b) => Number(a.modelId - b.modelId) || Number(a.contributionId - b.contributionId));
        const tree = buildEntriesTree(sorted);
        const earned = sorted.reduce((sum, item) => sum + item.earned, 0n);
        return { account: addressOf(account), entries: sorted, entriesRoot: tree.root, cumulative: tree.total, earned };
      }),
  );

async function withFile<T>(list: readonly PayoutAccount[], work: (file: PayoutsFile, path: string) => T | Promise<T>) {
  const path = join(directory, `${++files}`);
  await writePayouts(path, list, buildPayoutsTree(packPayouts(list)));
  const file = openPayouts(path)!;
  try {
    return await work(file, path);
  } finally {
    file.close();
  }
}

/** The root that a leaf and its siblings give. */
const fold = (leaf: Hash, index: number, proof: readonly Hash[]) =>
  proof.reduce(
    (node, sibling, level) =>
      (index >> level) % 2 === 0 ? payoutsParent(node, sibling) : payoutsParent(sibling, node),
    leaf,
  );

describe("a root's payouts on the disk", () => {
  it("are those of the settlement, with proofs that give the root", async () => {
    await fc.assert(
      fc.asyncProperty(accounts, fc.bigInt({ min: 0n, max: 2n ** 160n - 1n }), (list, other) =>
        withFile(list, (file) => {
          const tree = buildPayoutsTree(packPayouts(list));
          expect(file).toMatchObject({ size: list.length, root: tree.root });
          for (const [i, expected] of list.entries()) {
            expect(file.indexOf(expected.account)).toBe(i);
            const record = file.record(i);
            const { account, cumulative, earned, entriesRoot } = expected;
            expect(record).toMatchObject({ cumulative, earned, entriesRoot });
            expect(file.entries(record)).toEqual(expected.entries);
            expect(file.proof(i)).toEqual(tree.proof(i));
            expect(fold(payoutHash({ account, cumulative, entriesRoot }), i, file.proof(i))).toBe(tree.root);
            expect(file.after(account)).toBe(i + 1);
          }
          const stranger = addressOf(other);
          if (!list.some(({ account }) => account === stranger)) expect(file.indexOf(stranger)).toBeUndefined();
          expect(file.after(stranger)).toBe(list.filter(({ account }) => account <= stranger).length);
        }),
      ),
      { numRuns: 40 },
    );
  });

  it("are found among so many that not every key and node is in memory", async () => {
    const list = Array.from({ length: 9_001 }, (_, i): PayoutAccount => {
      const [one] = [{ modelId: 1n, contributionId: 1n, cumulative: BigInt(i + 1), earned: 0n }];
      return {
        account: addressOf(BigInt(i) * 7_919n + 3n),
        entries: [one],
        entriesRoot: `0x${"ab".repeat(32)}` as Hash,
        cumulative: one.cumulative,
        earned: 0n,
      };
    });
    const tree = buildPayoutsTree(packPayouts(list));
    await withFile(list, (file) => {
      for (let i = 0; i < list.length; i += 37) {
        expect(file.indexOf(list[i]!.account)).toBe(i);
        expect(file.proof(i)).toEqual(tree.proof(i));
        expect(file.indexOf(addressOf(BigInt(list[i]!.account) + 1n))).toBeUndefined();
      }
    });
  });

  it("appear whole or not at all: what is cut off, older or something else is no file of theirs", async () => {
    const list: PayoutAccount[] = [
      { account: addressOf(1n), entries: [], entriesRoot: `0x${"00".repeat(32)}` as Hash, cumulative: 1n, earned: 0n },
    ];
    await withFile(list, (_, path) => {
      truncateSync(path, 90);
      expect(openPayouts(path)).toBeUndefined();
      writeFileSync(path, "OLpayou0 and more than thirty-two bytes of an older layout");
      expect(openPayouts(path)).toBeUndefined();
      writeFileSync(path, "");
      expect(openPayouts(path)).toBeUndefined();
    });
    expect(openPayouts(join(directory, "absent"))).toBeUndefined();
    expect(readdirSync(directory).filter((name) => name.endsWith(".new"))).toEqual([]);
  });
});

describe("the claims of a root's accounts", async () => {
  const db = await openStore({ DATABASE_URL: undefined, OPENLEDGER_STATE_DIR: undefined });
  afterAll(() => db.close());
  const [a, b, stranger] = [addressOf(10n), addressOf(20n), addressOf(30n)];
  const list = [a, b].map((account): PayoutAccount => ({
    account,
    entries: [],
    entriesRoot: `0x${"00".repeat(32)}` as Hash,
    cumulative: 99n,
    earned: 0n,
  }));
  const append = (events: ChainEvents, number: number, ...happened: [string, Record<string, unknown>][]) =>
    events.append(
      [{ number, hash: `0x${number}`, parentHash: `0x${number - 1}`, timestamp: number }],
      happened.map(([name, args], logIndex) => ({
        blockNumber: number,
        logIndex,
        transactionHash: "0x",
        contract: "RewardDistributor",
        name,
        args,
      })),
    );
  const word = (account: Address, amount: bigint) => `${(BigInt(account) << 96n) | amount}`;

  it("follow the events of the chain, and another fork when it is replaced", async () => {
    const events = createChainEvents(db);
    await append(
      events,
      1,
      ["Claimed", { account: getAddress(a), amount: "5" }],
      ["Distributed", { payments: [word(a, 3n), word(b, 4n), word(stranger, 1n)] }],
    );
    await withFile(list, async (file, path) => {
      const claims = createClaimStates(`${path}.claims`, file, events);
      await claims.refresh();
      expect([claims.of(0), claims.of(1)]).toEqual([
        { claimed: 8n, recipient: a },
        { claimed: 4n, recipient: b },
      ]);

      await append(
        events,
        2,
        ["RecipientSet", { account: getAddress(b), recipient: getAddress(stranger) }],
        ["Claimed", { account: getAddress(b), amount: "2" }],
      );
      expect(claims.of(1)).toEqual({ claimed: 4n, recipient: b });
      await Promise.all([claims.refresh(), claims.refresh(), claims.refresh()]);
      expect([claims.of(0), claims.of(1)]).toEqual([
        { claimed: 8n, recipient: a },
        { claimed: 6n, recipient: stranger },
      ]);

      await events.rollBack(2);
      await append(events, 2, ["RecipientSet", { account: getAddress(a), recipient: `0x${"00".repeat(20)}` }]);
      await claims.refresh();
      expect([claims.of(0), claims.of(1)]).toEqual([
        { claimed: 8n, recipient: a },
        { claimed: 4n, recipient: b },
      ]);
      claims.close();
    });
    expect(readdirSync(directory).filter((name) => name.endsWith(".claims"))).toEqual([]);
  });
});
