import { expect } from "chai";
import { network } from "hardhat";
import { asAddress } from "@openledger/protocol/hex.ts";
import { keccakText } from "@openledger/protocol/keccak.ts";
import type { AccountEntries } from "../../oracle/settlement/inputs.ts";
import { settleEpochs } from "../../oracle/settlement/settle.ts";
import { calldataOf } from "../../oracle/watch/calls.ts";
import { readQuestion } from "../../oracle/watch/questions.ts";
import { createRootAnswers } from "../../oracle/watch/rootAnswers.ts";
import { CHALLENGE_WINDOW, DEMAND_BOND, deployDisputes, REVEAL_WINDOW } from "../attribution/deployDisputes.ts";
import { createEconomy } from "../attribution/economy.ts";
import { entryEvidence, epochEvidence } from "../attribution/evidence.ts";
import { closeAll, openWatchtower, storeIndex, storeSettlement } from "./openWatchtower.ts";
import { versionIndexOf } from "./publishedEconomy.ts";
import { settleOnce } from "./settleOnce.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const wait = (seconds: bigint) => networkHelpers.time.increase(seconds);
const MANY = 70;

const settledOnce = () => settleOnce(ethers, wait);
const load = () => networkHelpers.loadFixture(settledOnce);

/** An index is due. */
async function published() {
  const deployment = await deployDisputes(ethers, wait);
  const town = await createEconomy(deployment, { seed: 3, models: 1, epochs: 0 }, wait);
  return { deployment, town, honest: town.versions[0]! };
}

type Names = "first" | "second";

/** Operators that computed the root that is pending, and somebody who may demand. */
async function operators(...names: Names[]) {
  const settled = await load();
  const { deployment, town, honest, inputs } = settled;
  const { demands, distributor, challenger, token } = deployment;
  const open = async (name: Names, kept?: Awaited<ReturnType<typeof openWatchtower>>["kept"]) => {
    const machine = await openWatchtower(deployment, ethers, { peers: [], name, ...(kept && { kept }) });
    await networkHelpers.setBalance(machine.address, 10n ** 18n);
    return machine;
  };
  const machines: Awaited<ReturnType<typeof open>>[] = [];
  let root = honest.root;
  for (const name of names) {
    const machine = await open(name);
    root = await storeSettlement(machine.context, inputs, settleEpochs(inputs));
    machines.push(machine);
  }
  await town.post({ ...honest, root });
  const { modelId, epoch } = honest.settlements[0]!.settlement;
  const demand = () => demands.connect(challenger).demandFunctional(root, modelId, epoch);
  const isOpen = async () => {
    const [event] = (await demands.queryFilter(demands.filters.Demanded())).slice(-1);
    return (await demands.demandOf(event!.args.demandId)).challenger !== ethers.ZeroAddress;
  };
  const balances = () => Promise.all(machines.map(({ address }) => token.balanceOf(address)));
  return { ...settled, machines, reopen: open, root, demand, demands, distributor, isOpen, balances };
}

describe("answers", () => {
  afterEach(closeAll);

  describe("about an honest root", () => {
    it("are known to every question that can be asked", async () => {
      const { deployment, town, first, honest, inputs } = await load();
      const { demands, challenger, stranger } = deployment;
      // Accounts of other people, so that the payouts tree is deeper than one answer shows.
      const others = Array.from({ length: MANY }, (_, i): AccountEntries => ({
        account: asAddress(keccakText(`account ${i}`).slice(0, 42)),
        entries: [{ modelId: 9n, contributionId: 9n, cumulative: 5n, earned: 0n }],
      }));
      const accounts = [...inputs.previous.accounts, ...others].sort((a, b) => (a.account < b.account ? -1 : 1));
      const payoutsTotal = inputs.previous.payoutsTotal + 5n * BigInt(MANY);
      const crowded = { ...inputs, previous: { ...inputs.previous, accounts, payoutsTotal } };
      const settlement = settleEpochs(crowded);
      const { payoutsTree } = settlement;
      const { payoutsRoot, accounts: size, modelsRoot } = settlement.root;
      const root = { ...honest.root, payoutsRoot, accounts: size, modelsRoot };
      await town.post({ ...honest, root });
      const answers = createRootAnswers(root, crowded, settlement);
      const asked: Record<string, number> = {};

      async function expectAnswered(demanded: Promise<unknown>): Promise<void> {
        await demanded;
        const [event] = (await demands.queryFilter(demands.filters.Demanded())).slice(-1);
        const question = readQuestion(event!.args.question)!;
        const call = answers(question)!;
        await expect(stranger.sendTransaction({ to: demands, data: calldataOf(call) }))
          .to.emit(demands, "Answered")
          .withArgs(event!.args.demandId, stranger, DEMAND_BOND);
        asked[question.asks] = (asked[question.asks] ?? 0) + 1;
      }

      const asking = demands.connect(challenger);
      for (const [s, { settlement: leaf, rows }] of honest.settlements.entries()) {
        await expectAnswered(asking.demandFunctional(root, leaf.modelId, leaf.epoch));
        for (const [i, { contributionId, weight }] of rows.entries()) {
          await expectAnswered(asking.demandScore(root, leaf.modelId, leaf.epoch, i));
          if (weight === 0n) continue;
          await expectAnswered(asking.demandEntry(root, contributionId, epochEvidence(honest, s, contributionId)));
        }
      }
      for (const [a, { entries }] of first.accounts.entries()) {
        for (const i of entries.keys()) {
          await expectAnswered(asking.demandCarriedEntry(root, entryEvidence(first, a, i)));
        }
      }
      for (let a = 0; a < 2; a++) {
        const evidence = { payout: payoutsTree.payout(a), index: a, proof: payoutsTree.proof(a) };
        for (let i = 0; i < 3; i++) await expectAnswered(asking.demandEntryAt(root, evidence, i));
      }
      for (const { account, entries } of settlement.accounts) {
        if (!first.accounts.some((other) => other.account === account)) continue;
        for (const entry of entries) {
          if (entry.cumulative === entry.earned) continue;
          const call = answers({
            asks: "entry",
            account,
            modelId: entry.modelId,
            contributionId: entry.contributionId,
          });
          const [, evidence] = call!.args as [unknown, Parameters<typeof asking.demandPredecessor>[1]];
          // The last root knows what is carried over; its tree is the one without the others.
          const honestAnswers = createRootAnswers(root, { ...inputs }, settlement);
          await asking.demandPredecessor(root, evidence);
          const [event] = (await demands.queryFilter(demands.filters.Demanded())).slice(-1);
          const answer = honestAnswers(readQuestion(event!.args.question)!)!;
          await expect(stranger.sendTransaction({ to: demands, data: calldataOf(answer) })).to.emit(
            demands,
            "Answered",
          );
          asked["predecessor"] = (asked["predecessor"] ?? 0) + 1;
        }
      }
      for (let depth = 0; depth <= payoutsTree.depth; depth++) {
        const width = 2 ** (payoutsTree.depth - depth);
        for (let position = 0; position * width < payoutsTree.size; position++) {
          await expectAnswered(asking.demandPayouts(root, depth, position));
        }
      }
      for (const kind of ["functional", "score", "entry", "entryAt", "predecessor", "payouts"]) {
        expect(asked[kind] ?? 0, kind).greaterThan(0);
      }
    });

    it("do not exist for what the root does not owe", async () => {
      const { honest, inputs } = await load();
      const answers = createRootAnswers(honest.root, inputs, settleEpochs(inputs));
      const { modelId, epoch } = honest.settlements[0]!.settlement;
      const account = asAddress(`0x${"77".repeat(20)}`);
      expect(answers({ asks: "functional", modelId, epoch: epoch + 9n })).equal(undefined);
      expect(answers({ asks: "score", modelId, epoch, i: 4_000 })).equal(undefined);
      expect(answers({ asks: "entry", account, modelId, contributionId: 1n })).equal(undefined);
      expect(answers({ asks: "entryAt", account: 9_999, i: 0 })).equal(undefined);
      expect(answers({ asks: "payouts", depth: 0, position: 1 })).equal(undefined);
      expect(answers({ asks: "payouts", depth: 33, position: 0 })).equal(undefined);
      expect(answers({ asks: "quality", versionId: 1n, part: 0 })).equal(undefined);
    });
  });

  describe("of a running operator", () => {
    it("save an honest root whose demands nobody answers by hand", async () => {
      const { machines, demand, isOpen, balances, distributor, root } = await operators("first");
      await demand();
      expect(await machines[0]!.answer()).equal(1);
      expect(await isOpen()).equal(false);
      expect(await balances()).deep.equal([DEMAND_BOND]);
      expect(await machines[0]!.answer()).equal(0);
      await wait(CHALLENGE_WINDOW + REVEAL_WINDOW);
      await expect(distributor.finalize(root)).to.emit(distributor, "RootFinalized");
    });

    it("are sent again when the same question is asked again", async () => {
      const { machines, demand, isOpen, balances } = await operators("first");
      for (let round = 1n; round <= 3n; round++) {
        await demand();
        expect(await machines[0]!.answer()).equal(1);
        expect(await isOpen()).equal(false);
        expect(await balances()).deep.equal([round * DEMAND_BOND]);
      }
    });

    it("are sent once by a process that was killed after it had signed", async () => {
      const { machines, demand, isOpen, balances, reopen } = await operators("first");
      const [machine] = machines;
      await demand();
      // Killed between storing the bytes and broadcasting them: what it waits for never comes.
      const { provider } = machine!.context;
      const send = provider.send.bind(provider);
      const killed = Promise.withResolvers<true>();
      provider.send = (method, parameters) => {
        if (method !== "eth_sendRawTransaction") return send(method, parameters);
        killed.resolve(true);
        return new Promise(() => {});
      };
      void machine!.answer();
      await killed.promise;
      provider.send = send;
      expect(await isOpen()).equal(true);
      const again = await reopen("first", machine!.kept);
      await again.context.key!.sender.resume();
      await again.answer();
      expect(await isOpen()).equal(false);
      expect(await balances()).deep.equal([DEMAND_BOND]);
    });

    it("do not hurt each other when several send them at once", async () => {
      const { machines, demand, isOpen, balances } = await operators("first", "second");
      await demand();
      await Promise.all(machines.map((machine) => machine.answer()));
      expect(await isOpen()).equal(false);
      const paid = await balances();
      expect(paid.filter((wei) => wei === DEMAND_BOND)).lengthOf(1);
      expect(paid.filter((wei) => wei === 0n)).lengthOf(1);
    });

    it("are left to those who computed the root", async () => {
      const { deployment, demand } = await operators();
      const elsewhere = await openWatchtower(deployment, ethers, { peers: [], name: "elsewhere" });
      await demand();
      expect(await elsewhere.answer()).equal(0);
    });
  });

  describe("about an honest index", () => {
    it("are sent for rows and for the quality functional", async () => {
      const { deployment, town, honest } = await networkHelpers.loadFixture(published);
      const { demands, indexes, challenger, token } = deployment;
      const machine = await openWatchtower(deployment, ethers, { peers: [], name: "first" });
      await networkHelpers.setBalance(machine.address, 10n ** 18n);
      await storeIndex(machine.context, versionIndexOf(honest));
      await town.attest(honest);
      expect(honest.hash).equal((await indexes.indexOf(honest.versionId)).partsHash);
      for (const i of honest.rows.keys()) await demands.connect(challenger).demandIndexRow(honest.versionId, i);
      for (const part of honest.parts.keys()) {
        await demands.connect(challenger).demandQuality(honest.versionId, part);
      }
      const asked = honest.rows.length + honest.parts.length;
      expect(await machine.answer()).equal(asked);
      expect(await token.balanceOf(machine.address)).equal(BigInt(asked) * DEMAND_BOND);
      await wait(CHALLENGE_WINDOW + REVEAL_WINDOW);
      await expect(indexes.activate(honest.versionId)).to.emit(indexes, "VersionActivated");
    });
  });
});
