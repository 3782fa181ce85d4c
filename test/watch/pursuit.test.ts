import { expect } from "chai";
import { ZeroHash } from "ethers";
import { network } from "hardhat";
import { asHash } from "@openledger/protocol/hex.ts";
import { hashInt16 } from "@openledger/protocol/score/int16Vector.ts";
import { hashIndexParts, type IndexPart } from "@openledger/protocol/trees/indexParts.ts";
import { calldataOf, type RemedyCall } from "../../oracle/watch/calls.ts";
import { indexRemedies } from "../../oracle/watch/indexEvidence.ts";
import { type Question, readQuestion } from "../../oracle/watch/questions.ts";
import { rootRemedies } from "../../oracle/watch/rootEvidence.ts";
import { readShown, type Shown } from "../../oracle/watch/shown.ts";
import { deployDisputes, REVEAL_WINDOW, SLASH_BPS, STAKE, type Deployment } from "../attribution/deployDisputes.ts";
import { restated, type BuiltIndex } from "../attribution/builtIndex.ts";
import { createEconomy, type Economy } from "../attribution/economy.ts";
import { answersOfIndexLiars, answersOfLiars } from "./colluders.ts";
import { INDEX_FRAUDS, ROOT_FRAUDS } from "./frauds.ts";
import { payeeOfRegistry, versionIndexOf } from "./publishedEconomy.ts";
import { settleOnce } from "./settleOnce.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const wait = (seconds: bigint) => networkHelpers.time.increase(seconds);
const LOSS = (STAKE * SLASH_BPS) / 10_000n;
/** Demands, and the proof or default that ends it, with the gas of all of them together. */
const pursued: Record<string, { demands: number; end: string; gas: number }> = {};

const settledOnce = () => settleOnce(ethers, wait);
const load = () => networkHelpers.loadFixture(settledOnce);

/** The index with nothing in its second part. */
function withoutSecond(honest: BuiltIndex, change: Partial<IndexPart>): BuiltIndex {
  const stated = honest.stated.map((part, p) => (p === 1 ? { ...part, size: 0, ...change } : part));
  return { ...honest, stated, hash: hashIndexParts(stated), rows: honest.parts[0]!.rows };
}

async function published() {
  const deployment = await deployDisputes(ethers, wait);
  const town = await createEconomy(deployment, { seed: 3, models: 1, epochs: 0, datanets: 2 }, wait);
  return { deployment, town, honest: town.versions[0]! };
}

type Town = Pick<Economy, "buildIndex">;

type Answers = (question: Question) => readonly [method: string, args: readonly unknown[]] | undefined;

/**
 * The challenger asks and the liars answer as long as they can, until a proof holds or a demand is not answered.
 *
 * @returns the name of the call that cancelled what is pending.
 */
async function pursue(
  name: string,
  { challenger, stranger, demands, disputes }: Deployment,
  remedies: (shown: Shown) => Promise<readonly RemedyCall[]> | readonly RemedyCall[],
  answers: Answers,
): Promise<string> {
  const calldata: string[] = [];
  let gas = 0n;
  for (let asked = 0; asked < 200; asked++) {
    const [call] = await remedies(readShown(calldata));
    if (call === undefined) throw new Error(`nothing to do after ${asked} answers`);
    const to = call.contract === "AttributionDisputes" ? disputes : demands;
    const sent = await challenger.sendTransaction({ to, data: calldataOf(call) });
    gas += (await sent.wait())!.gasUsed;
    if (to === disputes) {
      pursued[name] = { demands: asked, end: call.method, gas: Number(gas) };
      return call.method;
    }
    const [event] = (await demands.queryFilter(demands.filters.Demanded())).slice(-1);
    const answer = answers(readQuestion(event!.args.question)!);
    const data = answer && demands.interface.encodeFunctionData(answer[0] as "answerQuality", answer[1] as never);
    const taken =
      data !== undefined &&
      (await stranger.sendTransaction({ to: demands, data }).then(
        () => true,
        () => false,
      ));
    if (taken) {
      calldata.push(data);
      continue;
    }
    await wait(REVEAL_WINDOW + 1n);
    const defaulted = await demands.connect(challenger).defaultDemand(event!.args.demandId);
    gas += (await defaulted.wait())!.gasUsed;
    pursued[name] = { demands: asked + 1, end: "defaultDemand", gas: Number(gas) };
    return "defaultDemand";
  }
  throw new Error("it does not end");
}

async function expectSlashed({ stakes, operators }: Deployment) {
  for (const { account } of operators) expect((await stakes.poolOf(0, account)).assets).equal(STAKE - LOSS);
}

describe("a watchtower against operators who hide their files and answer demands", () => {
  after(() => {
    console.table(pursued);
  });

  for (const { name, cheat, answered } of ROOT_FRAUDS) {
    it(`cancels a root for ${name}`, async () => {
      const { deployment, town, first, honest, lastEpoch, inputs } = await load();
      const posted = await town.settle(first, lastEpoch, cheat(honest));
      await town.post(posted);
      const remedies = (shown: Shown) =>
        rootRemedies(inputs, posted.root, undefined, shown, payeeOfRegistry(deployment));
      expect(await pursue(name, deployment, remedies, answersOfLiars(posted, first))).equal(answered);
      expect((await deployment.distributor.pendingRoot()).rootHash).equal(ethers.ZeroHash);
      await expectSlashed(deployment);
    });
  }

  const indexFrauds = INDEX_FRAUDS.map(({ name, cheat, answered }) => ({
    name,
    answered,
    build: (town: Town, { versionId }: BuiltIndex) => town.buildIndex(versionId, cheat),
  }));
  for (const { name, build, answered } of [
    ...indexFrauds,
    {
      name: "another quality functional",
      build: (_: Town, honest: BuiltIndex) => {
        const [first, ...others] = honest.parts;
        const quality = first!.quality.toReversed();
        const parts = [{ ...first!, quality }, ...others];
        return Promise.resolve({ ...restated(honest, { qualityHash: hashInt16(quality) }), parts });
      },
      answered: "disputeQuality",
    },
    {
      name: "a Datanet's tree that is stated to be empty",
      build: (_: Town, honest: BuiltIndex) => Promise.resolve(withoutSecond(honest, {})),
      answered: "disputeIndexTree",
    },
    {
      name: "a Datanet that is stated to have contributed nothing",
      build: (_: Town, honest: BuiltIndex) => Promise.resolve(withoutSecond(honest, { root: asHash(ZeroHash) })),
      answered: "disputeOmission",
    },
  ]) {
    it(`cancels an index for ${name}`, async () => {
      const { deployment, town, honest } = await networkHelpers.loadFixture(published);
      const attested = await build(town, honest);
      await town.attest(attested);
      const remedies = (shown: Shown) =>
        indexRemedies(versionIndexOf(honest), undefined, { parts: attested.stated, k: attested.k }, shown);
      expect(await pursue(name, deployment, remedies, answersOfIndexLiars(attested))).equal(answered);
      const { indexes } = deployment;
      await expect(indexes.indexOf(honest.versionId)).to.be.revertedWithCustomError(indexes, "IndexUnknown");
      await expectSlashed(deployment);
    });
  }
});
