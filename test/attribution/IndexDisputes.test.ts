import { expect } from "chai";
import { network } from "hardhat";
import { dot } from "@openledger/protocol/score/dot.ts";
import { hashIndexParts, type IndexPart } from "@openledger/protocol/trees/indexParts.ts";
import type { IndexRow } from "@openledger/protocol/trees/indexTree.ts";
import type { SumNode } from "@openledger/protocol/trees/sumTree.ts";
import { SIZE } from "../training/freeTraining.ts";
import { CAPS } from "../datanet/deployRegistries.ts";
import { DAY, deployDisputes } from "./deployDisputes.ts";
import { EMPTY, NOTHING, refusalOf, SEEDS } from "./disputes.ts";
import { distort } from "./distort.ts";
import { bytesOf, featuresOf, indexEvidence, indexLeafAt, indexPreimage, type BuiltIndex } from "./builtIndex.ts";
import { createEconomy } from "./economy.ts";
import { type Cheat } from "./builtRoot.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const wait = (seconds: bigint) => networkHelpers.time.increase(seconds);

/** One published version without an index; every second town has two Datanets. */
async function createTown(seed: number) {
  const deployment = await deployDisputes(ethers, wait);
  const datanets = seed % 2 ? 1 : 2;
  const town = await createEconomy(deployment, { seed, models: 1, epochs: 0, k: 64, datanets }, wait);
  return { deployment, town };
}
type Town = Awaited<ReturnType<typeof createTown>>;

/** The leaves of a part between which, or at whose end, `contributionId` would stand. */
function neighboursOf(index: BuiltIndex, contributionId: bigint, part = 0) {
  const { rows } = index.parts[part]!;
  const after = rows.findIndex((row) => row.contributionId > contributionId);
  const places = after < 0 ? [rows.length - 1] : after === 0 ? [0] : [after - 1, after];
  return places.map((i) => indexLeafAt(index, i, part));
}

async function everyDispute({ deployment }: Town, index: BuiltIndex): Promise<[string, unknown[]][]> {
  const { versionId, rows, parts, stated } = index;
  const calls: [string, unknown[]][] = [];
  for (const position of rows.keys()) {
    const row = indexEvidence(index, position);
    const quality = bytesOf(parts[row.part]!.quality);
    calls.push(["disputeQuality", [versionId, row, featuresOf(index, position), quality]]);
    calls.push(["disputeIndexRow", [versionId, row]]);
  }
  for (const [part, { rows: own, tree }] of parts.entries()) {
    const at = [versionId, [...stated], part] as const;
    for (const i of own.keys()) {
      calls.push(["disputeIndexTree", [...at, tree.descent(i), indexPreimage(index, i, part)]]);
      const next = i + 1 < own.length ? indexLeafAt(index, i + 1, part) : NOTHING;
      calls.push(["disputeIndexOrder", [...at, indexLeafAt(index, i, part), next]]);
    }
    for (let id = 1n; id <= (await deployment.contributions.count()) + 2n; id++) {
      if (own.some(({ contributionId }) => contributionId === id)) continue;
      calls.push(["disputeOmission", [versionId, id, [...stated], part, neighboursOf(index, id, part)]]);
    }
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

const firstPart = ({ versionId, stated }: BuiltIndex) => [versionId, [...stated], 0] as const;
const treeOf = ({ parts }: BuiltIndex) => parts[0]!.tree;

const treeProof =
  (pairs?: number): Case["proof"] =>
  (index) => [
    "disputeIndexTree",
    [...firstPart(index), treeOf(index).descent(0, pairs), pairs === 0 ? "0x" : indexPreimage(index, 0)],
  ];

const CASES: readonly Case[] = [
  {
    name: "a quality",
    cheat: () => ({ quality: (rows) => (rows[0] = { ...rows[0]!, quality: rows[0]!.quality - 1n }) }),
    proof: (index) => [
      "disputeQuality",
      [index.versionId, indexEvidence(index, 0), featuresOf(index, 0), bytesOf(index.parts[0]!.quality)],
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
      return [
        "disputeOmission",
        [index.versionId, contributionId, [...index.stated], 0, neighboursOf(index, contributionId)],
      ];
    },
  },
  {
    name: "the order of its rows",
    cheat: () => ({ reverse: true }),
    proof: (index) => ["disputeIndexOrder", [...firstPart(index), indexLeafAt(index, 0), indexLeafAt(index, 1)]],
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
      [...firstPart(index), treeOf(index).descent(0, treeOf(index).levels.length - 1), "0x"],
    ],
  },
  {
    name: "a row that is missing",
    cheat: () => ({ indexForgeries: (leaves) => [{ level: 0, index: leaves.length - 1, node: EMPTY }] }),
    proof: (index) => [
      "disputeIndexTree",
      [...firstPart(index), treeOf(index).descent(index.parts[0]!.rows.length - 1), "0x"],
    ],
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
          if (honest.parts[0]!.rows.length < 3) this.skip();
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
        if (honest.parts[0]!.rows.length < 3) this.skip();
        await town.town.attest(honest);
        for (const { name, cheat, proof } of CASES) {
          const other = await town.town.buildIndex(honest.versionId, cheat(town));
          const [dispute, args] = proof(other, honest);
          expect(await refusalOf(town.deployment, dispute, args), name).not.equal(undefined);
        }
        const [first, second] = [indexLeafAt(honest, 0), indexLeafAt(honest, 1)];
        const [part] = honest.parts;
        const twice = { ...honest, parts: [{ ...part!, rows: [part!.rows[0]!, part!.rows[0]!] }] };
        const before = { ...second, preimage: indexPreimage(twice, 1) };
        expect(await refusalOf(town.deployment, "disputeIndexOrder", [...firstPart(honest), first, before])).equal(
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
        const quality = bytesOf(index.parts[0]!.quality);
        const args = [index.versionId, indexEvidence(index, 0), featuresOf(index, 0), quality] as const;
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

  it("cancels an index whose features are of another length than attested", async () => {
    const { deployment, town } = await createTown(9);
    const { disputes, challenger, indexes } = deployment;
    const index = town.versions[0]!;
    await town.attest({ ...index, k: 32 });
    const row = indexEvidence(index, 0);
    const quality = bytesOf(index.parts[0]!.quality);
    await expect(disputes.connect(challenger).disputeQuality(1, row, featuresOf(index, 0), quality))
      .to.emit(indexes, "IndexCancelled")
      .withArgs(1, index.hash, true);
  });

  describe("of two Datanets", () => {
    const load = () => networkHelpers.loadFixture(twoDatanets);
    async function twoDatanets() {
      const deployment = await deployDisputes(ethers, wait);
      const town = await createEconomy(deployment, { seed: 12, models: 1, epochs: 0, parts: 2, datanets: 2 }, wait);
      return { ...deployment, town, honest: town.versions[0]! };
    }

    it("cancels it for a row by the other Datanet's functional", async () => {
      const { town, honest, disputes, indexes, challenger } = await load();
      const [first, second] = honest.parts.map(({ quality }) => quality) as [Int16Array, Int16Array];
      const foreign = (position: number) =>
        BigInt(dot(second, honest.features[position]!) * honest.rows[position]!.scale);
      const index = await town.buildIndex(1n, {
        quality: (rows) => (rows[0] = { ...rows[0]!, quality: foreign(0) }),
      });
      await town.attest(index);
      const [row, features] = [indexEvidence(index, 0), featuresOf(index, 0)];
      const judge = disputes.connect(challenger);
      await expect(judge.disputeQuality(1, row, features, bytesOf(second))).to.be.revertedWithCustomError(
        disputes,
        "DisputeInvalidEvidence",
      );
      await expect(judge.disputeQuality(1, row, features, bytesOf(first))).to.emit(indexes, "IndexCancelled");
    });

    it("cancels it for a contribution in the other Datanet's part, and for its absence from its own", async () => {
      for (const absent of [false, true]) {
        const { town, honest, disputes, indexes, challenger } = await load();
        const moved = honest.parts[1]!.rows[0]!;
        const index = await town.buildIndex(1n, {
          quality: (rows) => {
            // The last row of the first part becomes the first of the second: ids still ascend.
            const last = honest.parts[0]!.rows.length - 1;
            rows[last] = { ...rows[last]!, contributionId: moved.contributionId, examples: moved.examples };
          },
        });
        await town.attest(index);
        const judge = disputes.connect(challenger);
        const last = honest.parts[0]!.rows.length - 1;
        const missing = honest.parts[0]!.rows[last]!.contributionId;
        const cancelled = absent
          ? judge.disputeOmission(1, missing, [...index.stated], 0, neighboursOf(index, missing))
          : judge.disputeIndexRow(1, indexEvidence(index, last));
        await expect(cancelled).to.emit(indexes, "IndexCancelled");
      }
    });

    it("refutes that a part lacks what belongs to the other one", async () => {
      const { town, honest, disputes, challenger } = await load();
      await town.attest(honest);
      for (const [part, other] of [
        [0, 1],
        [1, 0],
      ] as const) {
        const { contributionId } = honest.parts[other]!.rows[0]!;
        const neighbours = neighboursOf(honest, contributionId, part);
        await expect(
          disputes.connect(challenger).disputeOmission(1, contributionId, [...honest.stated], part, neighbours),
        ).to.be.revertedWithCustomError(disputes, "DisputeRefuted");
      }
    });

    it("cancels it for a part that is stated to be empty", async () => {
      const { town, honest, disputes, indexes, challenger } = await load();
      const [kept, emptied] = honest.stated as [IndexPart, IndexPart];
      const stated = [kept, { ...emptied, size: 0 }];
      const index = { ...honest, stated, hash: hashIndexParts(stated), rows: honest.parts[0]!.rows };
      await town.attest(index);
      const { contributionId } = honest.parts[1]!.rows[0]!;
      const judge = disputes.connect(challenger);
      await expect(
        judge.disputeOmission(1, contributionId, stated, 1, neighboursOf(honest, contributionId + 1n, 1)),
      ).to.be.revertedWithCustomError(disputes, "DisputeInvalidEvidence");
      await expect(judge.disputeOmission(1, contributionId, stated, 1, [])).to.emit(indexes, "IndexCancelled");
    });
  });
});
