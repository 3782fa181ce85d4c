import { expect } from "chai";
import { network } from "hardhat";
import type { IndexRow } from "@openledger/protocol/trees/indexTree.ts";
import type { SumNode } from "@openledger/protocol/trees/sumTree.ts";
import { SIZE } from "../training/freeTraining.ts";
import { CAPS } from "../datanet/deployRegistries.ts";
import { DAY, deployDisputes } from "./deployDisputes.ts";
import { EMPTY, NOTHING, refusalOf, SEEDS } from "./disputes.ts";
import { distort } from "./distort.ts";
import {
  bytesOf,
  createEconomy,
  featuresOf,
  indexEvidence,
  indexPreimage,
  type BuiltIndex,
  type Cheat,
} from "./economy.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const wait = (seconds: bigint) => networkHelpers.time.increase(seconds);

/** One published version without an index. */
async function createTown(seed: number) {
  const deployment = await deployDisputes(ethers, wait);
  const town = await createEconomy(deployment, { seed, models: 1, epochs: 0, k: 64 }, wait);
  return { deployment, town };
}
type Town = Awaited<ReturnType<typeof createTown>>;

const leafAt = (index: BuiltIndex, i: number) => ({ preimage: indexPreimage(index, i), proof: index.tree.proof(i) });

/** The evidence between which, or at whose end, `contributionId` would stand. */
function neighboursOf(index: BuiltIndex, contributionId: bigint) {
  const after = index.rows.findIndex((row) => row.contributionId > contributionId);
  const size = index.rows.length;
  const places = after < 0 ? [size - 1] : after === 0 ? [0] : [after - 1, after];
  return places.map((i) => indexEvidence(index, i));
}

async function everyDispute({ deployment }: Town, index: BuiltIndex): Promise<[string, unknown[]][]> {
  const { versionId, rows, tree, quality } = index;
  const calls: [string, unknown[]][] = [];
  for (const i of rows.keys()) {
    const row = indexEvidence(index, i);
    calls.push(["disputeQuality", [versionId, row, featuresOf(index, i), bytesOf(quality)]]);
    calls.push(["disputeIndexRow", [versionId, row]]);
    calls.push(["disputeIndexTree", [versionId, tree.descent(i), indexPreimage(index, i)]]);
    const next = i + 1 < rows.length ? leafAt(index, i + 1) : NOTHING;
    calls.push(["disputeIndexOrder", [versionId, leafAt(index, i), next]]);
  }
  for (let id = 1n; id <= (await deployment.contributions.count()) + 2n; id++) {
    if (rows.some(({ contributionId }) => contributionId === id)) continue;
    calls.push(["disputeOmission", [versionId, id, neighboursOf(index, id)]]);
  }
  return calls;
}

interface Case {
  readonly name: string;
  readonly cheat: (town: Town) => Cheat;
  readonly proof: (index: BuiltIndex, honest: BuiltIndex) => [string, unknown[]];
}

const rowCase = (name: string, change: (row: IndexRow) => Partial<IndexRow>): Case => ({
  name,
  cheat: () => ({ quality: (rows) => (rows[0] = { ...rows[0]!, ...change(rows[0]!) }) }),
  proof: (index) => ["disputeIndexRow", [index.versionId, indexEvidence(index, 0)]],
});

const treeProof =
  (pairs?: number): Case["proof"] =>
  (index) => [
    "disputeIndexTree",
    [index.versionId, index.tree.descent(0, pairs), pairs === 0 ? "0x" : indexPreimage(index, 0)],
  ];

const CASES: readonly Case[] = [
  {
    name: "a quality",
    cheat: () => ({ quality: (rows) => (rows[0] = { ...rows[0]!, quality: rows[0]!.quality - 1n }) }),
    proof: (index) => [
      "disputeQuality",
      [index.versionId, indexEvidence(index, 0), featuresOf(index, 0), bytesOf(index.quality)],
    ],
  },
  rowCase("a number of examples", ({ examples }) => ({ examples: examples + 1 })),
  rowCase("a row without scale", () => ({ scale: 0, quality: 0n })),
  rowCase("a contribution that does not exist", () => ({ contributionId: 0n })),
  {
    name: "a contribution left out",
    cheat: () => ({ omit: true }),
    proof: (index, honest) => {
      const { contributionId } = honest.rows.find(
        (row) => !index.rows.some((other) => other.contributionId === row.contributionId),
      )!;
      return ["disputeOmission", [index.versionId, contributionId, neighboursOf(index, contributionId)]];
    },
  },
  {
    name: "the order of its rows",
    cheat: () => ({ reverse: true }),
    proof: (index) => ["disputeIndexOrder", [index.versionId, leafAt(index, 0), leafAt(index, 1)]],
  },
  {
    name: "the sum of a row",
    cheat: () => ({ indexForgeries: ([leaf]) => [{ level: 0, index: 0, node: { ...leaf!, sum: leaf!.sum + 1n } }] }),
    proof: treeProof(),
  },
  {
    name: "the sum of two rows",
    cheat: () => ({
      indexForgeries: ([a, b]) => [
        // Stated as one more than its children are worth; the hash is that of the honest parent.
        { level: 1, index: 0, node: { ...ethersParent(a!, b!), sum: a!.sum + b!.sum + 1n } },
      ],
    }),
    proof: (index) => [
      "disputeIndexTree",
      [index.versionId, index.tree.descent(0, index.tree.levels.length - 1), "0x"],
    ],
  },
  {
    name: "a row that is missing",
    cheat: () => ({ indexForgeries: (leaves) => [{ level: 0, index: leaves.length - 1, node: EMPTY }] }),
    proof: (index) => ["disputeIndexTree", [index.versionId, index.tree.descent(index.rows.length - 1), "0x"]],
  },
  { name: "another size than attested", cheat: () => ({ indexSize: (size) => size + 1 }), proof: treeProof(0) },
];

function ethersParent(a: SumNode, b: SumNode): SumNode {
  const hash = ethers.solidityPackedKeccak256(
    ["uint8", "bytes32", "uint256", "bytes32", "uint256"],
    [1, a.hash, a.sum, b.hash, b.sum],
  );
  return { hash: hash as SumNode["hash"], sum: a.sum + b.sum };
}

describe("AttributionDisputes of an index", () => {
  for (const seed of SEEDS) {
    const fixture = () => createTown(seed);

    describe(`town ${seed}`, () => {
      it("refutes every dispute about an honest index, and refuses distorted ones", async () => {
        const town = await networkHelpers.loadFixture(fixture);
        const index = town.town.versions[0]!;
        await town.town.attest(index);
        const calls = await everyDispute(town, index);
        for (const [name, args] of calls)
          expect(await refusalOf(town.deployment, name, args), name).equal("DisputeRefuted");
        for (let i = 0; i < 300; i++) {
          const [name, args] = calls[town.town.random() % calls.length]!;
          const distorted = distort(args, town.town.random);
          expect(await refusalOf(town.deployment, name, distorted), `${name} ${i}`).not.equal(undefined);
        }
      });

      for (const { name, cheat, proof } of CASES) {
        it(`cancels an index for ${name}`, async function () {
          const town = await networkHelpers.loadFixture(fixture);
          const { disputes, indexes, challenger } = town.deployment;
          const honest = town.town.versions[0]!;
          if (honest.rows.length < 3) this.skip();
          const index = await town.town.buildIndex(honest.versionId, cheat(town));
          await town.town.attest(index);

          const data = disputes.interface.encodeFunctionData(...(proof(index, honest) as [never, never]));
          const cancelled = challenger.sendTransaction({ to: disputes, data });
          await expect(cancelled).to.emit(indexes, "IndexCancelled").and.to.emit(disputes, "IndexDisputed");
          await expect(indexes.indexOf(index.versionId)).to.be.revertedWithCustomError(indexes, "IndexUnknown");
        });
      }

      it("refuses evidence against another index, and against a row that is not in it", async function () {
        const town = await networkHelpers.loadFixture(fixture);
        const honest = town.town.versions[0]!;
        if (honest.rows.length < 3) this.skip();
        await town.town.attest(honest);
        for (const { name, cheat, proof } of CASES) {
          const other = await town.town.buildIndex(honest.versionId, cheat(town));
          const [dispute, args] = proof(other, honest);
          expect(await refusalOf(town.deployment, dispute, args), name).not.equal(undefined);
        }
        const [first, second] = [leafAt(honest, 0), leafAt(honest, 1)];
        const before = {
          ...second,
          preimage: indexPreimage({ ...honest, rows: [honest.rows[0]!, honest.rows[0]!] }, 1),
        };
        expect(await refusalOf(town.deployment, "disputeIndexOrder", [honest.versionId, first, before])).equal(
          "DisputeInvalidEvidence",
        );
      });

      it("cannot be disputed any more once it is final", async () => {
        const town = await networkHelpers.loadFixture(fixture);
        const { disputes, challenger } = town.deployment;
        const index = await town.town.buildIndex(1n, {
          quality: (rows) => (rows[0] = { ...rows[0]!, quality: rows[0]!.quality - 1n }),
        });
        await town.town.attest(index);
        await wait(DAY);
        const args = [index.versionId, indexEvidence(index, 0), featuresOf(index, 0), bytesOf(index.quality)] as const;
        await expect(disputes.connect(challenger).disputeQuality(...args))
          .to.be.revertedWithCustomError(disputes, "DisputeIndexNotPending")
          .withArgs(index.versionId);
      });
    });
  }

  it("refutes that the newest contribution is not among those that a version was trained on", async () => {
    const { deployment, town } = await createTown(9);
    const { contributions, models, alice, challenger, disputes, scheme } = deployment;
    await contributions
      .connect(alice)
      .submit(1, [{ kind: 0, contentRoot: ethers.id("newest"), examples: 5 }], "ipfs://newest", CAPS);
    await contributions.resolve(await contributions.submissionCount(), 1, [], []);
    await models.pinSnapshot(1);
    const hash = ethers.id("weights of the newest");
    await models.publishVersion(
      1,
      {
        weightsHash: hash,
        recipeHash: hash,
        schemeId: scheme,
        snapshotIds: [await models.snapshotCount()],
        size: SIZE,
        uri: "",
      },
      0n,
    );
    const index = await town.buildIndex(await models.versionCount());
    await town.attest(index);
    const newest = indexEvidence(index, index.rows.length - 1);
    expect(newest.leaf.contributionId).equal(await contributions.count());
    await expect(disputes.connect(challenger).disputeIndexRow(index.versionId, newest)).to.be.revertedWithCustomError(
      disputes,
      "DisputeRefuted",
    );
  });

  it("refuses neighbours that are none, too many or not in the index", async () => {
    const { deployment, town } = await createTown(9);
    const { disputes } = deployment;
    const index = town.versions[0]!;
    await town.attest(index);
    const rows = [0, 1, 2].map((i) => indexEvidence(index, i));
    for (const neighbours of [[], rows]) {
      await expect(disputes.disputeOmission.staticCall(1, 999n, neighbours))
        .to.be.revertedWithCustomError(disputes, "DisputeInvalidEvidence")
        .withArgs(ethers.toBeHex(neighbours.length, 32));
    }
    const [first, second] = rows as [(typeof rows)[0], (typeof rows)[0]];
    const last = indexEvidence(index, index.rows.length - 1);
    await expect(
      disputes.disputeOmission.staticCall(1, last.leaf.contributionId, [last]),
    ).to.be.revertedWithCustomError(disputes, "DisputeInvalidEvidence");
    const forged = { ...first, leaf: { ...first.leaf, contributionId: 0n } };
    await expect(
      disputes.disputeOmission.staticCall(1, first.leaf.contributionId, [forged, second]),
    ).to.be.revertedWithCustomError(disputes, "DisputeInvalidEvidence");
  });

  it("cancels an index whose features are of another length than attested", async () => {
    const { deployment, town } = await createTown(9);
    const { disputes, challenger, indexes } = deployment;
    const index = town.versions[0]!;
    const short = { ...index, k: 32 };
    await town.attest(short);
    const row = indexEvidence(index, 0);
    await expect(disputes.connect(challenger).disputeQuality(1, row, featuresOf(index, 0), bytesOf(index.quality)))
      .to.emit(indexes, "IndexCancelled")
      .withArgs(1, index.tree.root);
  });
});
