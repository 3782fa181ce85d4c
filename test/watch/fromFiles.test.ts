import { expect } from "chai";
import { network } from "hardhat";
import type { Contracts } from "../../oracle/chain/contracts.ts";
import { ContentError } from "../../oracle/common/errors.ts";
import type { SettlementInputs } from "../../oracle/settlement/inputs.ts";
import { calldataOf, type RemedyCall } from "../../oracle/watch/calls.ts";
import { indexProofs } from "../../oracle/watch/indexFromFiles.ts";
import { rootProofs } from "../../oracle/watch/rootFromFiles.ts";
import { type Deployment, deployDisputes } from "../attribution/deployDisputes.ts";
import { createEconomy } from "../attribution/economy.ts";
import { type BuiltRoot } from "../attribution/builtRoot.ts";
import { INDEX_FRAUDS, ROOT_FRAUDS } from "./frauds.ts";
import { publishedOf, versionIndexOf } from "./publishedEconomy.ts";
import { settleOnce } from "./settleOnce.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const wait = (seconds: bigint) => networkHelpers.time.increase(seconds);

const settledOnce = () => settleOnce(ethers, wait);
const load = () => networkHelpers.loadFixture(settledOnce);

/** Version 1 is published; its index is due. */
async function published() {
  const deployment = await deployDisputes(ethers, wait);
  const town = await createEconomy(deployment, { seed: 3, models: 1, epochs: 0, datanets: 2 }, wait);
  return { deployment, town, honest: town.versions[0]! };
}

/** The contracts by the names that the oracle has for them. */
const named = ({ contributions, models, indexes, market, distributor }: Deployment) =>
  ({
    ContributionRegistry: contributions,
    ModelRegistry: models,
    IndexRegistry: indexes,
    InferenceMarket: market,
    RewardDistributor: distributor,
  }) as unknown as Contracts;

const proofsOf = (deployment: Deployment, inputs: SettlementInputs, posted: BuiltRoot) =>
  rootProofs(named(deployment), posted.root, { inputs, claims: publishedOf(posted).claims });

/** The chain takes the call of somebody without stake. */
async function expectTaken(
  { challenger, disputes, demands }: Deployment,
  [call]: readonly RemedyCall[],
  method: string,
) {
  expect(call?.method).equal(method);
  const to = call!.contract === "AttributionDisputes" ? disputes : demands;
  await challenger.call({ to, data: calldataOf(call!) });
}

describe("published files against the chain", () => {
  for (const { name, cheat, published: method } of ROOT_FRAUDS) {
    it(`prove a root wrong for ${name}`, async () => {
      const { deployment, town, first, honest, lastEpoch, inputs } = await load();
      const posted = await town.settle(first, lastEpoch, cheat(honest));
      await town.post(posted);
      await expectTaken(deployment, await proofsOf(deployment, inputs, posted), method);
    });
  }

  it("say nothing against an honest root, whatever they state that the chain knows better", async () => {
    const { deployment, honest, inputs } = await load();
    expect(await proofsOf(deployment, inputs, honest)).deep.equal([]);
    const lies = inputs.pools.map((pool) => ({
      ...pool,
      pool: pool.pool + 1n,
      receiptCount: pool.receiptCount + 1,
      parties: pool.parties.map((party) => ({ ...party, accrues: !party.accrues })),
    }));
    expect(await proofsOf(deployment, { ...inputs, pools: lies }, honest)).deep.equal([]);
  });

  it("prove nothing with another index than the attested one", async () => {
    const { deployment, honest, inputs } = await load();
    const versions = inputs.versions.map((version) => ({ ...version, features: version.features.map((f) => -f) }));
    const refused = await proofsOf(deployment, { ...inputs, versions }, honest).catch((error: unknown) => error);
    expect(refused).instanceOf(ContentError);
  });

  for (const { name, cheat, published: method } of INDEX_FRAUDS) {
    it(`prove an index wrong for ${name}`, async () => {
      const { deployment, town, honest } = await networkHelpers.loadFixture(published);
      const attested = await town.buildIndex(honest.versionId, cheat);
      await town.attest(attested);
      const { stated: parts, k } = attested;
      const proofs = await indexProofs(named(deployment), versionIndexOf(attested), { parts, k });
      await expectTaken(deployment, proofs, method);
    });
  }

  it("say nothing against an honest index", async () => {
    const { deployment, honest } = await networkHelpers.loadFixture(published);
    const { stated: parts, k } = honest;
    expect(await indexProofs(named(deployment), versionIndexOf(honest), { parts, k })).deep.equal([]);
  });
});
