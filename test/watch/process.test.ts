import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { network } from "hardhat";
import { z } from "zod";
import { REPOSITORY } from "../../oracle/chain/artifacts.ts";
import { setEthBalance, startLocalNode, type LocalNode } from "../../oracle/chain/localNode.ts";
import { developmentWallet } from "../../oracle/chain/wallet.ts";
import { findFreePort } from "../../oracle/common/ports.ts";
import { poll } from "../../oracle/common/retry.ts";
import { createContentFiles } from "../../oracle/jobs/contentFiles.ts";
import { settleEpochs } from "../../oracle/settlement/settle.ts";
import { openStore } from "../../oracle/store/open.ts";
import { createChainEvents } from "../../oracle/store/chainEvents.ts";
import { createStageResults } from "../../oracle/store/stageResults.ts";
import { judgementSchema } from "../../oracle/watch/judgement.ts";
import { DAY, deployDisputes, OPEN, OPERATORS, SLASH_BPS, STAKE } from "../attribution/deployDisputes.ts";
import { createEconomy } from "../attribution/economy.ts";
import { type BuiltRoot } from "../attribution/builtRoot.ts";
import { openledger } from "../integration/startUp.ts";
import {
  addressesOf,
  closeAll,
  openWatchtower,
  settlementOf,
  startOperator,
  storeSettlement,
} from "./openWatchtower.ts";
import { inputsOf } from "./publishedEconomy.ts";

const CHAIN_ID = 31_337;
/** Accounts of the development mnemonic beyond those that the chain gives out. */
const CHALLENGER = 70;
const ANSWERER = 71;
const REWARD = (((BigInt(OPERATORS) * STAKE * SLASH_BPS) / 10_000n) * 3_000n) / 10_000n;
const findingsSchema = z.object({
  judgements: z.array(judgementSchema.extend({ subject: z.string() })),
  open: z.array(z.string()),
});

/** `openledger watch` as processes of their own, on a chain that is one, beside the API of colluding operators. */
describe("openledger watch", function () {
  // processes start as fast as the machine lets them
  this.timeout(0);
  const directory = mkdtempSync(join(tmpdir(), "openledger-watch-process-"));
  const deploymentId = `local-watch-${process.pid}`;
  let node: LocalNode;
  let world: Awaited<ReturnType<typeof createWorld>>;

  before(async () => {
    node = await startLocalNode(await findFreePort(), CHAIN_ID, join(directory, "chain.log"));
    world = await createWorld();
  });
  after(async () => {
    await closeAll();
    node.provider.destroy();
    await node.child.stop();
    rmSync(directory, { recursive: true, force: true });
    rmSync(join(REPOSITORY, "deploy", "deployments", deploymentId), { recursive: true, force: true });
  });

  /** The first root is due; what honest machines and colluders computed for it is kept in folders of their own. */
  async function createWorld() {
    const { ethers, networkHelpers } = await network.create({
      network: "localhost",
      chainType: "op",
      override: { url: node.url },
    });
    const wait = (seconds: bigint) => networkHelpers.time.increase(seconds);
    const deployment = await deployDisputes(ethers, wait);
    const town = await createEconomy(deployment, { seed: 3, models: 2, epochs: 2 }, wait);
    await town.activateAll();
    await town.spend();
    const lastEpoch = (await deployment.clock.current()) - 1n;
    const honest = await town.settle(undefined, lastEpoch);
    const cheated = await town.settle(undefined, lastEpoch, {
      rows: (rows) => (rows[0] = { ...rows[0]!, score: rows[0]!.score + 1n }),
    });
    const inputs = await inputsOf(deployment, honest, undefined);
    const addresses = await addressesOf(deployment);
    const folder = join(REPOSITORY, "deploy", "deployments", deploymentId);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "addresses.json"), JSON.stringify({ chainId: CHAIN_ID, contracts: addresses }));
    for (const account of [CHALLENGER, ANSWERER]) {
      const { address } = developmentWallet(account);
      await setEthBalance(node.provider, address, 10n ** 18n);
      await deployment.token.transfer(address, 1_000n * OPEN);
    }
    const settlement = settleEpochs(inputs);
    const reader = await openWatchtower(deployment, ethers, { peers: [] });
    const operator = await startOperator(reader);
    const lie = await storeSettlement(operator, inputs, settlementOf(cheated, settlement));

    /** The state of a machine that has computed the root honestly. */
    async function keepState(name: string) {
      const state = join(directory, name);
      const db = await openStore({ DATABASE_URL: undefined, OPENLEDGER_STATE_DIR: state });
      const content = createContentFiles(join(state, "content"), []);
      const keeping = {
        results: createStageResults(db, createChainEvents(db)),
        content,
        deployment: reader.context.deployment,
      };
      const root = await storeSettlement(keeping, inputs, settlement);
      await db.close();
      return { state, root };
    }

    /** Posts a root; the operator that publishes it knows of it. */
    async function post(built: BuiltRoot) {
      await town.post(built);
      await reader.run("scan");
    }

    /** Ends the punishment of the operators. */
    async function release() {
      await wait(2n * DAY);
      for (const { account } of deployment.operators) await deployment.stakes.connect(account).unjail(0);
      await wait(DAY);
      await deployment.stakes.snapshotQuorum();
    }
    return { deployment, honest, cheated, operator, lie, keepState, post, release };
  }

  const watch = (state: string, ...args: string[]) =>
    openledger(["--json", "watch", "--state", state, "--rpc", node.url, "--deployment", deploymentId, ...args], {
      OPENLEDGER_PEERS: world.operator.url,
      OPENLEDGER_SCAN_INTERVAL_MS: "300",
      LOG_LEVEL: "info",
    });
  const pending = async () => (await world.deployment.distributor.pendingRoot()).rootHash;
  const openOf = (account: number) => world.deployment.token.balanceOf(developmentWallet(account).address);

  it("says what it would send against a root that all operators signed, and ends with 76", async () => {
    const { state } = await world.keepState("dry");
    await world.post({ ...world.cheated, root: world.lie });
    const { status, output, errors } = await watch(state, "--once").finished;
    expect(output, errors).not.equal("");
    expect(status, errors).equal(76);
    const [judgement] = findingsSchema.parse(JSON.parse(output)).judgements;
    expect(judgement?.verdict).equal("wrong");
    expect(judgement?.difference).match(/score is -?\d+, computed here -?\d+$/u);
    const [call] = judgement!.calls!;
    expect(call).include({ method: "disputeScore", bond: "0" }).not.have.property("transaction");
    expect(call!.data).match(/^0x[0-9a-f]{1000,}$/u);
    expect(await pending()).not.equal(`0x${"00".repeat(32)}`);
  });

  it("cancels it with a key, is paid, and has nothing to say afterwards", async () => {
    const { state } = await world.keepState("key");
    const before = await openOf(CHALLENGER);
    const first = await watch(state, "--once", "--dev-account", `${CHALLENGER}`).finished;
    expect(first.status, first.errors).equal(76);
    expect(await pending()).equal(`0x${"00".repeat(32)}`);
    expect((await openOf(CHALLENGER)) - before).equal(REWARD);
    const second = await watch(state, "--once", "--dev-account", `${CHALLENGER}`).finished;
    expect(second.status, second.errors).equal(0);
    expect(findingsSchema.parse(JSON.parse(second.output))).deep.equal({ judgements: [], open: [] });
  });

  it("agrees with an honest root, and answers what is demanded of it until it is asked to end", async () => {
    const { deployment, honest, keepState, release, post } = world;
    const { demands, challenger } = deployment;
    const { state, root: truth } = await keepState("answering");
    await release();
    await post({ ...honest, root: truth });
    const looked = await watch(state, "--once").finished;
    expect(looked.status, looked.errors).equal(0);
    expect(findingsSchema.parse(JSON.parse(looked.output)).judgements[0]?.verdict).equal("agrees");

    const run = watch(state, "--answer", "--dev-account", `${ANSWERER}`);
    const { modelId, epoch } = honest.settlements[0]!.settlement;
    const before = await openOf(ANSWERER);
    await demands.connect(challenger).demandFunctional(truth, modelId, epoch);
    await poll(async () => (await openOf(ANSWERER)) > before || undefined, { intervalMs: 200 });
    run.child.kill("SIGTERM");
    const { status, errors } = await run.finished;
    expect(status, errors).equal(0);
    expect(await pending()).not.equal(`0x${"00".repeat(32)}`);
  });
});
