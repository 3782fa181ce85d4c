import { expect } from "chai";
import { network } from "hardhat";
import { asAddress, type Hash } from "@openledger/protocol/hex.ts";
import { keccakText } from "@openledger/protocol/keccak.ts";
import { rootHashOf } from "@openledger/protocol/eip712/scoreRoot.ts";
import type { Entry } from "@openledger/protocol/trees/entriesTree.ts";
import { deployDisputes, OPERATORS, SLASH_BPS, STAKE } from "./deployDisputes.ts";
import { refusalOf, SEEDS, settleTwoOfThree } from "./disputes.ts";
import { distort } from "./distort.ts";
import { createEconomy } from "./economy.ts";
import { type Cheat } from "./builtRoot.ts";
import { accountEvidence, entryEvidence, scoreEvidence, settlementEvidence } from "./evidence.ts";
import { everyDispute, type Town } from "./everyDispute.ts";
import { accuse, CASES } from "./falseRoots.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const wait = (seconds: bigint) => networkHelpers.time.increase(seconds);

const towns = new Map<number, () => Promise<Town>>(
  SEEDS.map((seed) => {
    const fixture = () => settleTwoOfThree(ethers, wait, { seed });
    return [seed, () => networkHelpers.loadFixture(fixture)];
  }),
);

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
