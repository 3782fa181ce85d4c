import { expect } from "chai";
import { network } from "hardhat";
import type { VersionIndex } from "../../oracle/settlement/inputs.ts";
import { settleEpochs } from "../../oracle/settlement/settle.ts";
import { calldataOf, type RemedyCall } from "../../oracle/watch/calls.ts";
import { indexRemedies } from "../../oracle/watch/indexEvidence.ts";
import { accountTrees, publishedRoot } from "../../oracle/watch/publishedRoot.ts";
import { NOTHING_SHOWN } from "../../oracle/watch/shown.ts";
import { rootRemedies } from "../../oracle/watch/rootEvidence.ts";
import {
  DEMAND_BOND,
  deployDisputes,
  OPERATORS,
  REVEAL_WINDOW,
  SLASH_BPS,
  STAKE,
} from "../attribution/deployDisputes.ts";
import { type BuiltIndex } from "../attribution/builtIndex.ts";
import { createEconomy } from "../attribution/economy.ts";
import { type BuiltRoot, type Cheat } from "../attribution/builtRoot.ts";
import { INDEX_FRAUDS, ROOT_FRAUDS } from "./frauds.ts";
import { payeeOfRegistry, publishedOf, versionIndexOf } from "./publishedEconomy.ts";
import { settleOnce } from "./settleOnce.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const wait = (seconds: bigint) => networkHelpers.time.increase(seconds);
/** What every signer loses, and what the challenger gets of all of them together. */
const LOSS = (STAKE * SLASH_BPS) / 10_000n;
const REWARD = (BigInt(OPERATORS) * LOSS * 3_000n) / 10_000n;
/** Of a slash for silence, which is held but for a tenth. */
const SILENCE_REWARD = REWARD / 10n;
const gas: Record<string, string> = {};

type Settled = Awaited<ReturnType<typeof settleOnce>>;
const settledOnce = () => settleOnce(ethers, wait);
const load = () => networkHelpers.loadFixture(settledOnce);

/** Version 1 is published; its index is due. */
async function published() {
  const deployment = await deployDisputes(ethers, wait);
  const town = await createEconomy(deployment, { seed: 3, models: 1, epochs: 0, datanets: 2 }, wait);
  return { deployment, town, honest: town.versions[0]! };
}
const loadPublished = () => networkHelpers.loadFixture(published);

const remedyOf = ({ deployment, inputs }: Settled, posted: BuiltRoot, withheld = false): Promise<RemedyCall[]> =>
  rootRemedies(
    inputs,
    posted.root,
    withheld ? undefined : publishedOf(posted),
    NOTHING_SHOWN,
    payeeOfRegistry(deployment),
  );

const remedyOfIndex = (honest: BuiltIndex, attested: BuiltIndex, shown: VersionIndex | undefined) =>
  indexRemedies(versionIndexOf(honest), shown, { parts: attested.stated, k: attested.k }, NOTHING_SHOWN);

/** The challenger, who has no stake, sends the call; what it leads to must be the same for every fraud. */
async function send(deployment: Settled["deployment"], [call]: readonly RemedyCall[], method: string, name: string) {
  expect(call?.method).equal(method);
  const { challenger, disputes, demands, token } = deployment;
  const before = await token.balanceOf(challenger);
  const to = call!.contract === "AttributionDisputes" ? disputes : demands;
  const sent = await challenger.sendTransaction({ to, data: calldataOf(call!) });
  gas[`${name}: ${method}`] = String((await sent.wait())!.gasUsed);
  if (to === demands) {
    expect(before - (await token.balanceOf(challenger))).equal(DEMAND_BOND);
    const [demanded] = (await demands.queryFilter(demands.filters.Demanded())).slice(-1);
    await wait(REVEAL_WINDOW + 1n);
    const defaulted = await demands.connect(challenger).defaultDemand(demanded!.args.demandId);
    gas[`${name}: defaultDemand`] = String((await defaulted.wait())!.gasUsed);
  }
  expect((await token.balanceOf(challenger)) - before).equal(to === demands ? SILENCE_REWARD : REWARD);
}

async function expectSlashed({ stakes, operators }: Settled["deployment"]) {
  for (const { account } of operators) expect((await stakes.poolOf(0, account)).assets).equal(STAKE - LOSS);
}

/** Frauds of which nothing is published: what is asked for first. */
const WITHHELD: readonly (readonly [name: string, cheat: Cheat, method: string])[] = [
  [
    "a withheld bundle",
    { rows: (rows) => (rows[0] = { ...rows[0]!, score: rows[0]!.score + 1n }) },
    "demandFunctional",
  ],
  [
    "accounts that are withheld",
    {
      entries: (accounts) => {
        const [entries] = [...accounts.values()];
        entries![0] = { ...entries![0]!, earned: entries![0]!.earned + 1n, cumulative: entries![0]!.cumulative + 1n };
      },
    },
    "demandPayouts",
  ],
];

describe("evidence of the watchtower", () => {
  after(() => {
    console.table(gas);
  });

  it("settles to the roots that the economy was built with", async () => {
    const { inputs, honest } = await load();
    const { root } = settleEpochs(inputs);
    expect(root.modelsRoot).equal(honest.root.modelsRoot);
    expect(root.payoutsRoot).equal(honest.root.payoutsRoot);
  });

  describe("against a colluding quorum's root", () => {
    async function expectCancelled(
      name: string,
      cheat: (settled: Settled) => Cheat,
      method: string,
      withheld: boolean,
    ) {
      const settled = await load();
      const { deployment, town, first, lastEpoch } = settled;
      const posted = await town.settle(first, lastEpoch, cheat(settled));
      await town.post(posted);
      await send(deployment, await remedyOf(settled, posted, withheld), method, name);
      expect((await deployment.distributor.pendingRoot()).rootHash).equal(ethers.ZeroHash);
      await expectSlashed(deployment);
    }

    for (const { name, cheat, published: method } of ROOT_FRAUDS) {
      it(`cancels it for ${name}`, () => expectCancelled(name, ({ honest }) => cheat(honest), method, false));
    }
    for (const [name, cheat, method] of WITHHELD) {
      it(`cancels it for ${name}`, () => expectCancelled(name, () => cheat, method, true));
    }

    it("cancels it for an account that is in its files twice", async () => {
      const settled = await load();
      const { deployment, town, honest, inputs } = settled;
      const { claims, functionals } = publishedOf(honest);
      const accounts = [...claims.accounts, { ...claims.accounts[0]!, entries: claims.accounts[0]!.entries.slice(1) }];
      const { payouts } = accountTrees(accounts);
      const root = { ...honest.root, payoutsRoot: payouts.root, accounts: payouts.size };
      await town.post({ ...honest, root });
      const shown = publishedRoot(root, { ...claims, accounts }, functionals);
      const remedies = await rootRemedies(inputs, root, shown, NOTHING_SHOWN, payeeOfRegistry(deployment));
      await send(deployment, remedies, "disputeAccountsOrder", "an account in its files twice");
    });

    it("has nothing to say about an honest one, published or not", async () => {
      const settled = await load();
      expect(await remedyOf(settled, settled.honest)).deep.equal([]);
      expect(await remedyOf(settled, settled.honest, true)).deep.equal([]);
    });
  });

  describe("against a colluding quorum's index", () => {
    for (const { name, cheat, published: method } of INDEX_FRAUDS) {
      it(`cancels it for ${name}`, () => expectCancelled(name, cheat, method, false));
    }
    it("cancels it for a withheld index", () =>
      expectCancelled(
        "a withheld index",
        { quality: (rows) => (rows[0] = { ...rows[0]!, quality: rows[0]!.quality + 1n }) },
        "demandIndexRow",
        true,
      ));

    async function expectCancelled(name: string, cheat: Cheat, method: string, withheld: boolean) {
      const { deployment, town, honest } = await loadPublished();
      const attested = await town.buildIndex(honest.versionId, cheat);
      await town.attest(attested);
      await send(
        deployment,
        remedyOfIndex(honest, attested, withheld ? undefined : versionIndexOf(attested)),
        method,
        name,
      );
      const { indexes } = deployment;
      await expect(indexes.indexOf(honest.versionId)).to.be.revertedWithCustomError(indexes, "IndexUnknown");
      await expectSlashed(deployment);
    }

    it("has nothing to say about an honest one, published or not", async () => {
      const { honest } = await loadPublished();
      expect(remedyOfIndex(honest, honest, versionIndexOf(honest))).deep.equal([]);
      expect(remedyOfIndex(honest, honest, undefined)).deep.equal([]);
    });
  });
});
