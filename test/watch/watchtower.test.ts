import { expect } from "chai";
import { network } from "hardhat";
import { NotYetError } from "../../oracle/common/errors.ts";
import { settleEpochs } from "../../oracle/settlement/settle.ts";
import { readAnswers } from "../../oracle/watch/readAnswers.ts";
import { readQuestion } from "../../oracle/watch/questions.ts";
import { judgementSchema } from "../../oracle/watch/judgement.ts";
import {
  CHALLENGE_WINDOW,
  DEMAND_BOND,
  deployDisputes,
  OPEN,
  OPERATORS,
  REVEAL_WINDOW,
  SLASH_BPS,
  STAKE,
} from "../attribution/deployDisputes.ts";
import { createEconomy } from "../attribution/economy.ts";
import { answersOfLiars } from "./colluders.ts";
import {
  closeAll,
  openWatchtower,
  OPERATOR_PORT,
  settlementOf,
  startOperator,
  storeSettlement,
  type Watchtower,
} from "./openWatchtower.ts";
import { inputsOf } from "./publishedEconomy.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const wait = (seconds: bigint) => networkHelpers.time.increase(seconds);
const REWARD = (((BigInt(OPERATORS) * STAKE * SLASH_BPS) / 10_000n) * 3_000n) / 10_000n;
/** Of a slash for silence, which is held but for a tenth. */
const SILENCE_REWARD = REWARD / 10n;

/** The first root, over epochs 1 … 3, is due. */
async function due() {
  const deployment = await deployDisputes(ethers, wait);
  const town = await createEconomy(deployment, { seed: 3, models: 2, epochs: 3 }, wait);
  await town.activateAll();
  await town.spend();
  const lastEpoch = (await deployment.clock.current()) - 1n;
  const honest = await town.settle(undefined, lastEpoch);
  const cheated = await town.settle(undefined, lastEpoch, {
    rows: (rows) => (rows[0] = { ...rows[0]!, score: rows[0]!.score + 1n }),
  });
  return { deployment, town, honest, cheated, inputs: await inputsOf(deployment, honest, undefined) };
}

async function open(options: { readonly peers: readonly string[]; readonly dryRun?: boolean }) {
  const loaded = await networkHelpers.loadFixture(due);
  const tower = await openWatchtower(loaded.deployment, ethers, options);
  await networkHelpers.setBalance(tower.address, 10n ** 18n);
  await loaded.deployment.token.transfer(tower.address, 10_000n * OPEN);
  const own = await storeSettlement(tower.context, loaded.inputs, settleEpochs(loaded.inputs));
  const balance = () => loaded.deployment.token.balanceOf(tower.address);
  return { ...loaded, tower, own, balance };
}

async function judgementOf({ context: { results } }: Watchtower) {
  const [subject] = (await results.subjects("watch-root")).slice(-1);
  return results.read("watch-root", subject!, judgementSchema);
}

describe("watchtower", () => {
  afterEach(closeAll);

  it("agrees with an honest root and sends nothing", async () => {
    const { town, honest, own, tower, balance } = await open({ peers: [] });
    await town.post({ ...honest, root: own });
    const before = await balance();
    expect(await tower.run("watch-root")).equal(1);
    expect((await judgementOf(tower))?.verdict).equal("agrees");
    expect(await tower.run("watch-root")).equal(0);
    expect(await balance()).equal(before);
  });

  it("proves a wrong score of a published root and is paid for it", async () => {
    const peers = [`http://127.0.0.1:${OPERATOR_PORT}`];
    const { deployment, town, cheated, inputs, tower, balance } = await open({ peers });
    const operator = await startOperator(tower);
    const root = await storeSettlement(operator, inputs, settlementOf(cheated, settleEpochs(inputs)));
    await town.post({ ...cheated, root });
    const before = await balance();
    expect(await tower.run("watch-root")).equal(1);
    expect((await balance()) - before).equal(REWARD);
    expect((await deployment.distributor.pendingRoot()).rootHash).equal(ethers.ZeroHash);
    const judgement = await judgementOf(tower);
    expect(judgement?.calls?.[0]?.method).equal("disputeScore");
    expect(judgement?.difference).match(/^scores, modelId 1, .*: score is -?\d+, computed here -?\d+$/);
  });

  it("says what it would send when it has no key", async () => {
    const peers = [`http://127.0.0.1:${OPERATOR_PORT}`];
    const { deployment, town, cheated, inputs, tower } = await open({ peers, dryRun: true });
    const operator = await startOperator(tower);
    const root = await storeSettlement(operator, inputs, settlementOf(cheated, settleEpochs(inputs)));
    await town.post({ ...cheated, root });
    await tower.run("watch-root");
    const judgement = await judgementOf(tower);
    expect(judgement?.verdict).equal("wrong");
    expect(judgement?.calls).lengthOf(1);
    expect(judgement?.calls?.[0]).include({ method: "disputeScore", bond: "0" }).not.have.property("transaction");
    expect(Number(judgement?.calls?.[0]?.gas)).greaterThan(300_000);
    expect((await deployment.distributor.pendingRoot()).rootHash).not.equal(ethers.ZeroHash);
  });

  it("waits for files that nobody serves, then demands them and collects", async () => {
    const { deployment, town, cheated, tower, balance } = await open({ peers: [] });
    await town.post(cheated);
    const before = await balance();
    const early = await tower.run("watch-root").catch((error: unknown) => error);
    expect(early).instanceOf(NotYetError);
    await wait(CHALLENGE_WINDOW / 4n);
    await tower.run("watch-root");
    expect(before - (await balance())).equal(DEMAND_BOND);
    expect(await tower.run("collect")).equal(0);
    await wait(REVEAL_WINDOW + 1n);
    await networkHelpers.mine();
    expect(await tower.run("collect")).equal(1);
    expect((await balance()) - before).equal(SILENCE_REWARD);
    expect((await deployment.distributor.pendingRoot()).rootHash).equal(ethers.ZeroHash);
    expect(await tower.run("collect")).equal(0);
  });

  it("demands an entry that is left out although its contribution earned something, and collects", async () => {
    const peers = [`http://127.0.0.1:${OPERATOR_PORT}`];
    const { deployment, town, inputs, honest, tower, balance } = await open({ peers });
    const cheated = await town.settle(undefined, honest.root.lastEpoch, {
      entries: (accounts) => void [...accounts.values()].find((entries) => entries.length > 1)!.pop(),
    });
    const operator = await startOperator(tower);
    const root = await storeSettlement(operator, inputs, settlementOf(cheated, settleEpochs(inputs)));
    await town.post({ ...cheated, root });
    const before = await balance();
    await tower.run("watch-root");
    expect((await judgementOf(tower))?.calls?.[0]?.method).equal("demandEntry");
    expect(await tower.run("watch-root")).equal(0);
    await wait(REVEAL_WINDOW + 1n);
    await networkHelpers.mine();
    expect(await tower.run("collect")).equal(1);
    expect((await balance()) - before).equal(SILENCE_REWARD);
    expect((await deployment.distributor.pendingRoot()).rootHash).equal(ethers.ZeroHash);
  });

  it("follows up on every answer until it can prove what is wrong", async () => {
    const { deployment, town, cheated, tower, balance } = await open({ peers: [] });
    const { demands, stranger, distributor } = deployment;
    await town.post(cheated);
    await wait(CHALLENGE_WINDOW / 4n);
    const answers = answersOfLiars(cheated, undefined);
    const before = await balance();
    let asked = 0;
    while ((await distributor.pendingRoot()).rootHash !== ethers.ZeroHash) {
      expect(await tower.run("watch-root")).equal(1);
      for (const event of (await demands.queryFilter(demands.filters.Demanded())).slice(asked)) {
        const [method, args] = answers(readQuestion(event.args.question)!)!;
        const data = demands.interface.encodeFunctionData(method as "answerQuality", args as never);
        await stranger.sendTransaction({ to: demands, data });
        asked++;
      }
    }
    expect(asked).greaterThan(1);
    expect((await judgementOf(tower))?.calls?.[0]?.method).equal("disputeScore");
    // Its bonds went to those who answered.
    expect((await balance()) - before).equal(REWARD - BigInt(asked) * DEMAND_BOND);
  });

  it("reads an answer that was given through another contract", async () => {
    const { deployment, town, cheated, tower } = await open({ peers: [] });
    const { demands, distributor, challenger } = deployment;
    await town.post(cheated);
    await wait(CHALLENGE_WINDOW / 4n);
    const { modelId, epoch } = cheated.settlements[0]!.settlement;
    await demands.connect(challenger).demandFunctional(cheated.root, modelId, epoch);
    const [method, args] = answersOfLiars(cheated, undefined)({ asks: "functional", modelId, epoch })!;
    const wrapper = await ethers.deployContract("CallForwarder");
    await wrapper.forward!(demands, demands.interface.encodeFunctionData(method as "answerQuality", args as never));
    await tower.run("watch-root");
    const { rootHash, postedAt } = await distributor.pendingRoot();
    const { answerFunctional } = await readAnswers(tower.context, await demands.rootSubject(rootHash, postedAt));
    expect(answerFunctional.map(({ settlement }) => settlement.settlement.epoch)).deep.equal([epoch]);
  });
});
