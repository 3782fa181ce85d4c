import { expect } from "chai";
import { network } from "hardhat";
import { getBytes } from "ethers";
import { asAddress, asHash, type Address, type Hash } from "@openledger/protocol/hex.ts";
import { keccak256, keccakText } from "@openledger/protocol/keccak.ts";
import { rootHashOf } from "@openledger/protocol/eip712/scoreRoot.ts";
import type { Entry } from "@openledger/protocol/trees/entriesTree.ts";
import { deployDisputes, OPERATORS, SLASH_BPS, STAKE } from "./deployDisputes.ts";
import { EMPTY, NOTHING, refusalOf, SEEDS, settleTwoOfThree } from "./disputes.ts";
import { distort } from "./distort.ts";
import { bytesOf, featuresOf, indexEvidence } from "./builtIndex.ts";
import {
  accountEvidence,
  createEconomy,
  entryEvidence,
  entryPreimage,
  epochsEvidence,
  HONEST,
  scoreEvidence,
  scorePreimage,
  settlementEvidence,
  settlementPreimage,
  type BuiltRoot,
  type Cheat,
} from "./economy.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const wait = (seconds: bigint) => networkHelpers.time.increase(seconds);
/** Without weight and at position 9. */
const misplacedScore = ethers.solidityPacked(["uint32", "uint256", "int128", "uint128"], [9, 1, 0, 0]);
/** Of the contributions of the town that was loaded last. */
const examplesOf = new Map<bigint, bigint>();

type Town = Awaited<ReturnType<typeof settleTwoOfThree>>;

const towns = new Map<number, () => Promise<Town>>(
  SEEDS.map((seed) => {
    const fixture = () => settleTwoOfThree(ethers, wait, { seed });
    return [seed, () => networkHelpers.loadFixture(fixture)];
  }),
);

/** Every way of calling a dispute about everything that a root holds, with evidence that is what it says it is. */
async function everyDispute({ deployment, first }: Town, built: BuiltRoot): Promise<[string, unknown[]][]> {
  const { root, settlements, accounts } = built;
  const calls: [string, unknown[]][] = [];
  for (const [s, settled] of settlements.entries()) {
    const settlement = settlementEvidence(built, s);
    const functional = bytesOf(settled.functional);
    calls.push(["disputeSettlement", [root, settlement]]);
    const { stated, parts } = settled.index;
    const wanted = parts.map(({ quality }) => bytesOf(quality));
    if (settled.settlement.receiptCount === 0) calls.push(["disputeDirection", [root, settlement, stated, wanted]]);
    calls.push(["disputeModelsTree", [root, built.models.descent(s), settlementPreimage(settled.settlement)]]);
    const model = (i: number) => ({
      preimage: settlementPreimage(settlements[i]!.settlement),
      proof: built.models.proof(i),
    });
    calls.push(["disputeModelsOrder", [root, model(s), s + 1 < settlements.length ? model(s + 1) : NOTHING]]);
    for (const i of settled.rows.keys()) {
      const score = scoreEvidence(settled, i);
      const index = indexEvidence(settled.index, i);
      const leaf = (j: number) => ({ preimage: scorePreimage(settled, j), proof: settled.tree.proof(j) });
      calls.push(["disputeScore", [root, settlement, score, index, featuresOf(settled.index, i), functional]]);
      calls.push(["disputeWeight", [root, settlement, score, index]]);
      calls.push(["disputeScoresTree", [root, settlement, settled.tree.descent(i), scorePreimage(settled, i)]]);
      calls.push(["disputeScorePlace", [root, settlement, leaf(i)]]);
      for (const j of settled.rows.keys()) {
        calls.push(["disputeFallback", [root, settlement, score, scoreEvidence(settled, j)]]);
      }
    }
  }
  for (const [a, { account, entries, tree }] of accounts.entries()) {
    const evidence = accountEvidence(built, a);
    for (let b = 0; b < a; b++) calls.push(["disputeAccountsOrder", [root, accountEvidence(built, b), evidence]]);
    calls.push(["disputeWorthlessAccount", [root, evidence]]);
    for (const [i, entry] of entries.entries()) {
      const shown = entryEvidence(built, a, i);
      const leaf = (j: number) => ({ preimage: entryPreimage(entries[j]!), proof: tree.proof(j) });
      calls.push(["disputeEarned", [root, shown, await epochsEvidence(deployment, built, account, entry)]]);
      calls.push(["disputeWorthlessEntry", [root, shown]]);
      calls.push(["disputeCarried", [root, shown, predecessorOf(first, account, entry) ?? shown]]);
      calls.push(["disputeEntriesTree", [root, evidence, tree.descent(i), entryPreimage(entry)]]);
      const next = i + 1 < entries.length ? leaf(i + 1) : NOTHING;
      calls.push(["disputeEntriesOrder", [root, evidence, leaf(i), next]]);
    }
  }
  const { payouts } = built;
  for (let level = 0; level <= payouts.depth; level++) {
    for (let position = 0; position < 2 ** (payouts.depth - level); position++) {
      const node = [payouts.node(level, position), position, payouts.proof(position, level)];
      calls.push(["disputePayoutsNode", [root, ...node]]);
    }
  }
  return calls;
}

function predecessorOf(first: BuiltRoot, account: Address, { modelId, contributionId }: Entry) {
  const a = first.accounts.findIndex((other) => other.account === account);
  const entries = first.accounts[a]?.entries ?? [];
  const i = entries.findIndex((entry) => entry.modelId === modelId && entry.contributionId === contributionId);
  return i < 0 ? undefined : entryEvidence(first, a, i);
}

/** A departure from the rules, and the call that proves it. */
interface Case {
  readonly name: string;
  readonly cheat: (town: Town) => Cheat;
  /** Undefined where this town has nothing to change in this way. */
  readonly proof: (town: Town, built: BuiltRoot, honest: BuiltRoot) => Promise<[string, unknown[]] | undefined>;
}

/** The first of the two that differs in the named field, as (settlement, row). */
function changedRow(built: BuiltRoot, honest: BuiltRoot): [number, number] | undefined {
  for (const [s, settled] of built.settlements.entries()) {
    const i = settled.rows.findIndex((row, j) => {
      const right = honest.settlements[s]!.rows[j]!;
      return row.score !== right.score || row.weight !== right.weight || row.contributionId !== right.contributionId;
    });
    if (i >= 0) return [s, i];
  }
  return undefined;
}

const scoreProof: Case["proof"] = async (_, built, honest) => {
  const at = changedRow(built, honest);
  if (at === undefined) return undefined;
  const settled = built.settlements[at[0]]!;
  return [
    "disputeScore",
    [
      built.root,
      settlementEvidence(built, at[0]),
      scoreEvidence(settled, at[1]),
      indexEvidence(settled.index, at[1]),
      featuresOf(settled.index, at[1]),
      bytesOf(settled.functional),
    ],
  ];
};

const weightProof: Case["proof"] = async (_, built, honest) => {
  const at = changedRow(built, honest);
  if (at === undefined) return undefined;
  const settled = built.settlements[at[0]]!;
  const evidence = [
    settlementEvidence(built, at[0]),
    scoreEvidence(settled, at[1]),
    indexEvidence(settled.index, at[1]),
  ];
  return ["disputeWeight", [built.root, ...evidence]];
};

const settlementProof: Case["proof"] = async (_, built, honest) => {
  const s = built.settlements.findIndex(({ settlement }, i) => settlement !== honest.settlements[i]!.settlement);
  const changed = built.settlements.findIndex(
    ({ settlement }, i) => settlementPreimage(settlement) !== settlementPreimage(honest.settlements[i]!.settlement),
  );
  return s < 0 || changed < 0 ? undefined : ["disputeSettlement", [built.root, settlementEvidence(built, changed)]];
};

/** Changes one settlement. */
const settlementCase = (
  name: string,
  change: (
    settlement: BuiltRoot["settlements"][number]["settlement"],
  ) => Partial<BuiltRoot["settlements"][number]["settlement"]>,
): Case => ({
  name,
  cheat: ({ town }) => {
    const pick = town.random();
    return {
      settlements: (settlements) => {
        const s = pick % settlements.length;
        settlements[s] = { ...settlements[s]!, ...change(settlements[s]!) };
      },
    };
  },
  proof: settlementProof,
});

/** Changes one row of scores. */
const rowCase = (
  name: string,
  change: (rows: { contributionId: bigint; score: bigint; weight: bigint }[], i: number) => void,
  proof: Case["proof"],
): Case => ({
  name,
  cheat: ({ town }) => {
    const pick = town.random();
    return { rows: (rows, settlement) => settlement === 0 && change(rows, pick % rows.length) };
  },
  proof,
});

/** Changes the entries of one account; `to` has the position of the entry that is wrong afterwards. */
const entryCase = (
  name: string,
  change: (entries: Entry[], i: number, town: Town) => Entry | undefined,
  dispute: "disputeEarned" | "disputeCarried",
): Case => {
  let wrong: Entry | undefined;
  let owner: Address | undefined;
  return {
    name,
    cheat: (town) => {
      const [a, pick] = [town.town.random(), town.town.random()];
      return {
        entries: (accounts) => {
          const all = [...accounts];
          const [account, entries] = all[a % all.length]!;
          owner = account;
          wrong = change(entries, pick % entries.length, town);
          entries.sort((x, y) => Number(x.modelId - y.modelId || x.contributionId - y.contributionId));
        },
      };
    },
    proof: async (town, built) => {
      if (wrong === undefined || owner === undefined) return undefined;
      const a = built.accounts.findIndex(({ account }) => account === owner);
      const i = built.accounts[a]!.entries.indexOf(wrong);
      const shown = entryEvidence(built, a, i);
      if (dispute === "disputeCarried") {
        const before = predecessorOf(town.first, owner, wrong);
        // Without a predecessor the demand for one decides; what earned more than it has is wrong by itself.
        if (before === undefined && wrong.earned <= wrong.cumulative) return undefined;
        return [dispute, [built.root, shown, before ?? shown]];
      }
      return [dispute, [built.root, shown, await epochsEvidence(town.deployment, built, owner, wrong)]];
    },
  };
};

const replace = (entries: Entry[], i: number, change: Partial<Entry>): Entry =>
  (entries[i] = { ...entries[i]!, ...change });

let moved: { to: Address; entry: Entry } | undefined;

const CASES: readonly Case[] = [
  rowCase("a score", (rows, i) => (rows[i] = { ...rows[i]!, score: rows[i]!.score + 1n }), scoreProof),
  rowCase(
    "a score with the weight that follows from it",
    (rows, i) => (rows[i] = { ...rows[i]!, score: 10n ** 15n, weight: rows[i]!.weight && 10n ** 15n }),
    scoreProof,
  ),
  rowCase("a weight", (rows, i) => (rows[i] = { ...rows[i]!, weight: rows[i]!.weight + 1n }), weightProof),
  rowCase(
    "a weight taken away",
    (rows) => {
      const i = rows.findIndex(({ weight }) => weight > 0n);
      rows[i] = { ...rows[i]!, weight: 0n };
    },
    weightProof,
  ),
  rowCase(
    "whose score it is",
    (rows, i) => (rows[i] = { ...rows[i]!, contributionId: rows[i]!.contributionId + 1n }),
    weightProof,
  ),
  settlementCase("a pool", ({ pool }) => ({ pool: pool + 1n })),
  settlementCase("an epoch", () => ({ epoch: 900n })),
  settlementCase("an earlier epoch", () => ({ epoch: 1n })),
  settlementCase("a version", ({ versionId }) => ({ versionId: 3n - versionId })),
  settlementCase("an index", () => ({ indexHash: asHash(`0x${"11".repeat(32)}`) })),
  settlementCase("a receipts root", () => ({ receiptsRoot: asHash(`0x${"22".repeat(32)}`) })),
  settlementCase("a number of receipts", ({ receiptCount }) => ({ receiptCount: receiptCount + 1 })),
  settlementCase("a pool for nobody", () => ({ totalWeight: 0n })),
  {
    name: "a fallback without need",
    cheat: () => ({ fallback: () => true }),
    proof: async (_, built) => {
      for (const [s, settled] of built.settlements.entries()) {
        const i = settled.rows.findIndex(
          ({ score, weight }, j) => score > 0n && weight > 0n && settled.index.rows[j]!.quality >= 0n,
        );
        if (i < 0 || settled.index.certificateBps < 5_000) continue;
        const evidence = [scoreEvidence(settled, i), indexEvidence(settled.index, i)];
        return ["disputeWeight", [built.root, settlementEvidence(built, s), ...evidence]];
      }
      return undefined;
    },
  },
  {
    name: "a functional of another length",
    cheat: () => ({
      settlements: (settlements) => (settlements[0] = { ...settlements[0]!, queryHash: keccak256(new Uint8Array(30)) }),
    }),
    proof: async (_, built) => {
      const settled = built.settlements[0]!;
      const evidence = [scoreEvidence(settled, 0), indexEvidence(settled.index, 0), featuresOf(settled.index, 0)];
      return ["disputeScore", [built.root, settlementEvidence(built, 0), ...evidence, `0x${"00".repeat(30)}`]];
    },
  },
  {
    name: "a functional that nobody paid for",
    cheat: () => ({
      settlements: (settlements) => {
        const s = settlements.findIndex(({ receiptCount }) => receiptCount === 0);
        if (s >= 0) settlements[s] = { ...settlements[s]!, queryHash: keccak256(new Uint8Array(64)) };
      },
    }),
    proof: async (_, built) => {
      const s = built.settlements.findIndex(({ settlement }) => settlement.receiptCount === 0);
      if (s < 0) return undefined;
      const { stated, parts } = built.settlements[s]!.index;
      const functionals = parts.map(({ quality }) => bytesOf(quality));
      return ["disputeDirection", [built.root, settlementEvidence(built, s), stated, functionals]];
    },
  },
  {
    name: "a total of weights beside the tree's",
    cheat: () => ({
      settlements: (settlements) =>
        (settlements[0] = { ...settlements[0]!, totalWeight: settlements[0]!.totalWeight + 1n }),
    }),
    proof: async (_, built) => {
      const way = built.settlements[0]!.tree.descent(0, 0);
      return ["disputeScoresTree", [built.root, settlementEvidence(built, 0), way, "0x"]];
    },
  },
  {
    name: "the sum of a score",
    cheat: () => ({ scoresForgeries: ([leaf]) => [{ level: 0, index: 0, node: { ...leaf!, sum: leaf!.sum + 1n } }] }),
    proof: async (_, built) => {
      const settled = built.settlements[0]!;
      const evidence = [settlementEvidence(built, 0), settled.tree.descent(0), scorePreimage(settled, 0)];
      return ["disputeScoresTree", [built.root, ...evidence]];
    },
  },
  {
    name: "fewer scores than the index has rows",
    cheat: () => ({
      scoresForgeries: (leaves) => {
        leaves.pop();
        return [];
      },
    }),
    proof: async (_, built) => {
      const way = built.settlements[0]!.tree.descent(0, 0);
      return ["disputeScoresTree", [built.root, settlementEvidence(built, 0), way, "0x"]];
    },
  },
  {
    name: "a score left out",
    cheat: () => ({ scoresForgeries: (leaves) => [{ level: 0, index: leaves.length - 1, node: EMPTY }] }),
    proof: async (_, built) => {
      const settled = built.settlements[0]!;
      const way = settled.tree.descent(settled.rows.length - 1);
      return ["disputeScoresTree", [built.root, settlementEvidence(built, 0), way, "0x"]];
    },
  },
  {
    name: "a score that states another place",
    cheat: () => ({
      scoresForgeries: () => [
        { level: 0, index: 0, node: { sum: 0n, hash: keccak256(getBytes(`0x00${misplacedScore.slice(2)}`)) } },
      ],
    }),
    proof: async (_, built) => {
      const leaf = { preimage: misplacedScore, proof: built.settlements[0]!.tree.proof(0) };
      return ["disputeScorePlace", [built.root, settlementEvidence(built, 0), leaf]];
    },
  },
  {
    name: "no fallback in spite of a poor certificate",
    cheat: () => ({ fallback: () => false }),
    proof: async (_, built, honest) => {
      const s = honest.settlements.findIndex(({ index }) => index.certificateBps < 5_000);
      if (s < 0 || built.settlements[s]!.settlement.fallbackSplit) return undefined;
      return ["disputeSettlement", [built.root, settlementEvidence(built, s)]];
    },
  },
  {
    name: "examples of a revoked contribution",
    cheat: () => ({
      rows: (rows) => {
        const i = rows.findIndex(({ weight }) => weight === 0n);
        if (i >= 0) rows[i] = { ...rows[i]!, weight: 77n };
      },
    }),
    proof: async (_, built, honest) => {
      for (const [s, { rows, index }] of honest.settlements.entries()) {
        if (index.certificateBps >= 5_000) continue;
        const paid = rows.findIndex(({ weight }) => weight === 0n);
        if (paid < 0) continue;
        const settled = built.settlements[s]!;
        const evidence = [scoreEvidence(settled, paid), indexEvidence(index, paid)];
        return ["disputeWeight", [built.root, settlementEvidence(built, s), ...evidence]];
      }
      return undefined;
    },
  },
  {
    name: "examples of a revoked contribution as if all were revoked",
    cheat: () => ({
      rows: (rows) => {
        const i = rows.findIndex(({ weight }) => weight === 0n);
        if (i >= 0) rows[i] = { ...rows[i]!, weight: examplesOf.get(rows[i]!.contributionId)! };
      },
    }),
    proof: async (_, built, honest) => {
      for (const [s, { rows, index }] of honest.settlements.entries()) {
        if (index.certificateBps >= 5_000) continue;
        const paid = rows.findIndex(({ weight }) => weight === 0n);
        const witness = rows.findIndex(({ weight }) => weight !== 0n);
        if (paid < 0) continue;
        const settled = built.settlements[s]!;
        const evidence = [scoreEvidence(settled, paid), scoreEvidence(settled, witness)];
        return ["disputeFallback", [built.root, settlementEvidence(built, s), ...evidence]];
      }
      return undefined;
    },
  },
  {
    name: "the sum of a pool",
    cheat: () => ({ modelsForgeries: ([leaf]) => [{ level: 0, index: 0, node: { ...leaf!, sum: leaf!.sum + 1n } }] }),
    proof: async (_, built) => [
      "disputeModelsTree",
      [built.root, built.models.descent(0), settlementPreimage(built.settlements[0]!.settlement)],
    ],
  },
  {
    name: "the order of the settlements",
    cheat: () => ({ settlements: (settlements) => void settlements.reverse() }),
    proof: async (_, built) => {
      if (built.settlements.length < 2) return undefined;
      const leaf = (i: number) => ({
        preimage: settlementPreimage(built.settlements[i]!.settlement),
        proof: built.models.proof(i),
      });
      return ["disputeModelsOrder", [built.root, leaf(0), leaf(1)]];
    },
  },
  entryCase(
    "what an entry earned",
    (entries, i) => replace(entries, i, { cumulative: entries[i]!.cumulative + 1n, earned: entries[i]!.earned + 1n }),
    "disputeEarned",
  ),
  entryCase(
    "what an entry did not earn",
    (entries) => {
      const i = entries.findIndex(({ earned }) => earned > 0n);
      if (i < 0) return undefined;
      return replace(entries, i, { cumulative: entries[i]!.cumulative - 1n, earned: entries[i]!.earned - 1n });
    },
    "disputeEarned",
  ),
  entryCase(
    "an entry for somebody else's contribution or none",
    (entries, i) => {
      const entry = { ...entries[i]!, contributionId: 10_000n, cumulative: 5n, earned: 5n };
      entries.push(entry);
      return entry;
    },
    "disputeEarned",
  ),
  {
    name: "an entry moved to another account",
    cheat: () => ({
      entries: (accounts) => {
        const [[from, mine], [to, theirs]] = [...accounts] as [[Address, Entry[]], [Address, Entry[]]];
        moved = { to, entry: { ...mine[0]!, earned: mine[0]!.cumulative } };
        theirs.push(moved.entry);
        theirs.sort((x, y) => Number(x.modelId - y.modelId || x.contributionId - y.contributionId));
        mine.shift();
        if (mine.length === 0) accounts.delete(from);
      },
    }),
    proof: async (town, built) => {
      const a = built.accounts.findIndex(({ account }) => account === moved!.to);
      const shown = entryEvidence(built, a, built.accounts[a]!.entries.indexOf(moved!.entry));
      const epochs = await epochsEvidence(town.deployment, built, moved!.to, moved!.entry);
      return ["disputeEarned", [built.root, shown, epochs]];
    },
  },
  entryCase(
    "an entry for a model without a pool",
    (entries, i) => {
      const entry = { ...entries[i]!, modelId: 77n, cumulative: 5n, earned: 5n };
      entries.push(entry);
      return entry;
    },
    "disputeEarned",
  ),
  entryCase(
    "what an entry carries over",
    (entries, i) => replace(entries, i, { cumulative: entries[i]!.cumulative + 1n }),
    "disputeCarried",
  ),
  entryCase(
    "an entry that earned more than it has",
    (entries, i) => replace(entries, i, { earned: entries[i]!.cumulative + 1n }),
    "disputeCarried",
  ),
  {
    name: "the order of entries",
    cheat: () => ({ entries: (accounts) => [...accounts.values()].forEach((entries) => entries.reverse()) }),
    proof: async (_, built) => {
      const a = built.accounts.findIndex(({ entries }) => entries.length > 1);
      if (a < 0) return undefined;
      const { entries, tree } = built.accounts[a]!;
      const leaf = (i: number) => ({ preimage: entryPreimage(entries[i]!), proof: tree.proof(i) });
      return ["disputeEntriesOrder", [built.root, accountEvidence(built, a), leaf(0), leaf(1)]];
    },
  },
  {
    name: "an entry twice",
    cheat: () => ({ entries: (accounts) => [...accounts.values()].forEach((entries) => entries.unshift(entries[0]!)) }),
    proof: async (_, built) => {
      const { entries, tree } = built.accounts[0]!;
      const leaf = (i: number) => ({ preimage: entryPreimage(entries[i]!), proof: tree.proof(i) });
      return ["disputeEntriesOrder", [built.root, accountEvidence(built, 0), leaf(0), leaf(1)]];
    },
  },
  {
    name: "the sum of an entry",
    cheat: () => ({ entriesForgeries: ([leaf]) => [{ level: 0, index: 0, node: { ...leaf!, sum: leaf!.sum + 9n } }] }),
    proof: async (_, built) => {
      const { entries, tree } = built.accounts[0]!;
      const evidence = [accountEvidence(built, 0), tree.descent(0), entryPreimage(entries[0]!)];
      return ["disputeEntriesTree", [built.root, ...evidence]];
    },
  },
  {
    name: "what an account has in all",
    cheat: () => ({ payouts: (payouts) => (payouts[0] = { ...payouts[0]!, cumulative: payouts[0]!.cumulative + 1n }) }),
    proof: async (_, built) => [
      "disputeEntriesTree",
      [built.root, accountEvidence(built, 0), built.accounts[0]!.tree.descent(0, 0), "0x"],
    ],
  },
];

/** An honest root, one that departs from it, and the call that proves it, if this town can show it. */
async function accuse(town: Town, { cheat, proof }: (typeof CASES)[number]) {
  const { first, lastEpoch } = town;
  const honest = await town.town.settle(first, lastEpoch, HONEST);
  for (const { contributionId, examples } of town.town.versions.flatMap(({ rows }) => rows)) {
    examplesOf.set(contributionId, BigInt(examples));
  }
  const built = await town.town.settle(first, lastEpoch, cheat(town));
  const call = await proof(town, built, honest);
  return { honest, built, call };
}

describe("AttributionDisputes", () => {
  for (const seed of SEEDS) {
    const load = towns.get(seed)!;

    describe(`town ${seed}`, () => {
      it("refutes every dispute about an honest root", async () => {
        const town = await load();
        const built = await town.town.settle(town.first, town.lastEpoch);
        await town.town.post(built);
        const calls = await everyDispute(town, built);
        expect(calls.length).greaterThan(50);
        for (const [name, args] of calls) {
          const refusal = await refusalOf(town.deployment, name, args);
          // A predecessor that is not there cannot be shown.
          const expected =
            name === "disputeCarried" ? ["DisputeRefuted", "DisputeInvalidEvidence"] : ["DisputeRefuted"];
          expect(expected, name).include(refusal);
        }
      });

      it("refuses every distorted dispute about an honest root", async () => {
        const town = await load();
        const built = await town.town.settle(town.first, town.lastEpoch);
        await town.town.post(built);
        const calls = await everyDispute(town, built);
        for (let i = 0; i < 400; i++) {
          const [name, args] = calls[town.town.random() % calls.length]!;
          const distorted = distort(args, town.town.random);
          expect(await refusalOf(town.deployment, name, distorted), `${name} ${i}`).not.equal(undefined);
        }
      });

      for (const accusation of CASES) {
        it(`cancels a root for ${accusation.name}`, async function () {
          const town = await load();
          const { disputes, distributor, stakes, challenger, operators, token } = town.deployment;
          const { built, call } = await accuse(town, accusation);
          if (call === undefined) return this.skip();
          await town.town.post(built);

          const before = await token.balanceOf(challenger);
          const data = disputes.interface.encodeFunctionData(call[0] as never, call[1] as never);
          const cancelled = challenger.sendTransaction({ to: disputes, data });
          await expect(cancelled).to.emit(distributor, "RootCancelled").and.to.emit(disputes, "RootDisputed");
          expect((await distributor.pendingRoot()).rootHash).equal(ethers.ZeroHash);
          const taken = (STAKE * SLASH_BPS) / 10_000n;
          for (const { account } of operators) expect((await stakes.poolOf(0, account)).assets).equal(STAKE - taken);
          const reward = (taken * 3_000n) / 10_000n;
          expect((await token.balanceOf(challenger)) - before).equal(BigInt(OPERATORS) * reward);
        });
      }
    });
  }

  describe("while an honest root is pending", () => {
    for (const accusation of CASES) {
      it(`refuses to hear of ${accusation.name} in a root that nobody posted`, async () => {
        for (const load of towns.values()) {
          const town = await load();
          const { disputes, challenger } = town.deployment;
          const { honest, built, call } = await accuse(town, accusation);
          if (call === undefined) continue;
          await town.town.post(honest);
          const [name, args] = call;
          const data = disputes.interface.encodeFunctionData(name as never, args as never);
          await expect(challenger.sendTransaction({ to: disputes, data }))
            .to.be.revertedWithCustomError(disputes, "DisputeRootNotPending")
            .withArgs(rootHashOf(built.root));
          // Nor is it evidence against the pending one.
          expect(await refusalOf(town.deployment, name, [honest.root, ...args.slice(1)])).not.equal(undefined);
          return;
        }
        throw new Error("No town can show it.");
      });
    }
  });

  describe("when everything is revoked", () => {
    /** Nobody accrues in the last epoch: every contribution weighs its examples. */
    async function forsaken(): Promise<Town> {
      const deployment = await deployDisputes(ethers, wait);
      const { contributions, clock, alice, bob, carol } = deployment;
      const town = await createEconomy(deployment, { seed: 6, models: 2, epochs: 1 }, wait);
      await town.activateAll();
      for (let id = 1n; id <= (await contributions.count()); id++) {
        const { status, contributor } = await contributions.contributionOf(id);
        const owner = [alice, bob, carol].find(({ address }) => address === contributor);
        if (status === 1n && owner !== undefined) await contributions.connect(owner).revoke(id);
      }
      await wait(86_400n);
      await town.spend();
      const lastEpoch = (await clock.current()) - 1n;
      return { deployment, town, first: await town.settle(undefined, lastEpoch), lastEpoch };
    }

    it("refutes every dispute about examples for everybody", async () => {
      const town = await networkHelpers.loadFixture(forsaken);
      expect(town.first.settlements.every(({ settlement }) => settlement.fallbackSplit)).equal(true);
      expect(town.first.settlements.flatMap(({ rows }) => rows).every(({ weight }) => weight > 0n)).equal(true);
      await town.town.post(town.first);
      for (const [name, args] of await everyDispute(town, town.first)) {
        expect(["DisputeRefuted", "DisputeInvalidEvidence"], name).include(
          await refusalOf(town.deployment, name, args),
        );
      }
    });

    it("refuses a witness that is not among the scores", async () => {
      const town = await networkHelpers.loadFixture(forsaken);
      const { disputes, challenger } = town.deployment;
      await town.town.post(town.first);
      const settled = town.first.settlements[0]!;
      const [paid, witness] = [scoreEvidence(settled, 0), scoreEvidence(settled, 1)];
      const forged = { ...witness, leaf: { ...witness.leaf, weight: 0n } };
      await expect(
        disputes.connect(challenger).disputeFallback(town.first.root, settlementEvidence(town.first, 0), paid, forged),
      ).to.be.revertedWithCustomError(disputes, "DisputeInvalidEvidence");
    });

    it("cancels a root that leaves one of them without", async () => {
      const town = await networkHelpers.loadFixture(forsaken);
      const { disputes, distributor, challenger } = town.deployment;
      const built = await town.town.settle(undefined, town.lastEpoch, {
        rows: (rows, settlement) => settlement === 0 && (rows[1] = { ...rows[1]!, weight: 0n }),
      });
      await town.town.post(built);
      const settled = built.settlements[0]!;
      const evidence = [scoreEvidence(settled, 0), scoreEvidence(settled, 1)] as const;
      await expect(
        disputes.connect(challenger).disputeFallback(built.root, settlementEvidence(built, 0), ...evidence),
      ).to.emit(distributor, "RootCancelled");
    });
  });

  it("cancels a root that settles an epoch again", async () => {
    const town = await towns.get(SEEDS[0]!)!();
    const { disputes, distributor, challenger } = town.deployment;
    const { settlement } = town.first.settlements[0]!;
    const built = await town.town.settle(town.first, town.lastEpoch, {
      settlements: (settlements) => settlements.push(settlement),
    });
    await town.town.post(built);
    const again = { settlement, proof: built.models.proof(built.settlements.length) };
    await expect(disputes.connect(challenger).disputeSettlement(built.root, again)).to.emit(
      distributor,
      "RootCancelled",
    );
  });

  describe("the payouts tree", () => {
    const load = towns.get(SEEDS[0]!)!;

    async function posted(cheat: Cheat) {
      const town = await load();
      const built = await town.town.settle(town.first, town.lastEpoch, cheat);
      await town.town.post(built);
      return { ...town.deployment, built };
    }

    it("cancels a root with an account twice, or out of order, however far apart the two stand", async () => {
      for (const [cheat, first, second] of [
        [(leaves) => void leaves.splice(1, 0, { ...leaves[0]!, cumulative: 1n }), 0, 1],
        [(leaves) => void leaves.push(leaves.shift()!), 0, 2],
      ] as const satisfies readonly [NonNullable<Cheat["leaves"]>, number, number][]) {
        const { disputes, distributor, challenger, built } = await posted({ leaves: cheat });
        const shown = [first, second].map((i) => accountEvidence(built, i)) as [Account, Account];
        const [left, right] = shown;
        await expect(
          disputes.connect(challenger).disputeAccountsOrder(built.root, right, left),
        ).to.be.revertedWithCustomError(disputes, "DisputeInvalidEvidence");
        await expect(disputes.connect(challenger).disputeAccountsOrder(built.root, left, right)).to.emit(
          distributor,
          "RootCancelled",
        );
      }
    });

    it("refuses to hear of an account twice in a root that nobody posted", async () => {
      const town = await load();
      const { disputes, challenger } = town.deployment;
      await town.town.post(await town.town.settle(town.first, town.lastEpoch));
      const built = await town.town.settle(town.first, town.lastEpoch, {
        leaves: (leaves) => void leaves.splice(1, 0, leaves[0]!),
      });
      await expect(
        disputes
          .connect(challenger)
          .disputeAccountsOrder(built.root, accountEvidence(built, 0), accountEvidence(built, 1)),
      )
        .to.be.revertedWithCustomError(disputes, "DisputeRootNotPending")
        .withArgs(rootHashOf(built.root));
    });

    it("cancels a root that states more accounts than it has leaves, or fewer", async () => {
      for (const more of [true, false]) {
        // Four places, of which three or four are taken.
        const { disputes, distributor, challenger, built } = await posted({
          leaves: (leaves) => {
            for (let n = 1; leaves.length < (more ? 3 : 4); n++) {
              const account = asAddress(`0x${"ff".repeat(19)}0${n}`);
              leaves.push({ account, cumulative: 1n, entriesRoot: keccakText("none") });
            }
          },
          size: () => (more ? 4 : 3),
        });
        const { payouts, root } = built;
        const place = 3;
        const dispute = (node: string, position: number, siblings: readonly Hash[]) =>
          disputes.connect(challenger).disputePayoutsNode(root, node, position, [...siblings]);
        await expect(dispute(payouts.node(0, 0), 0, payouts.proof(0))).to.be.revertedWithCustomError(
          disputes,
          "DisputeRefuted",
        );
        for (const [node, position, siblings] of [
          [payouts.node(0, place), place ^ 1, payouts.proof(place)],
          [payouts.node(0, place), place + 2 ** payouts.depth, payouts.proof(place)],
          [payouts.node(0, place), place, payouts.proof(place).slice(1)],
        ] as const) {
          await expect(dispute(node, position, siblings)).to.be.revertedWithCustomError(
            disputes,
            "DisputeInvalidEvidence",
          );
        }
        await expect(dispute(payouts.node(0, place), place, payouts.proof(place))).to.emit(
          distributor,
          "RootCancelled",
        );
      }
    });

    it("cancels a root for an account that is worth nothing, and for such an entry", async () => {
      const nobody = asAddress(`0x${"00".repeat(19)}01`);
      const nothing: Entry = { modelId: 1n, contributionId: 10n ** 9n, cumulative: 0n, earned: 0n };
      const { disputes, distributor, demands, challenger, built } = await posted({
        entries: (accounts) => accounts.set(nobody, [nothing]),
      });
      await expect(
        demands.connect(challenger).demandEntryAt(built.root, accountEvidence(built, 0), 0),
      ).to.be.revertedWithCustomError(demands, "DemandUnjustified");
      await disputes.connect(challenger).disputeWorthlessEntry.staticCall(built.root, entryEvidence(built, 0, 0));
      await expect(disputes.connect(challenger).disputeWorthlessAccount(built.root, accountEvidence(built, 0))).to.emit(
        distributor,
        "RootCancelled",
      );
    });
  });
});

type Account = ReturnType<typeof accountEvidence>;
