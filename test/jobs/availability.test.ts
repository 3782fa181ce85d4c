import { mock } from "node:test";
import { expect } from "chai";
import { network } from "hardhat";
import { asAddress, asHash, type Hash } from "@openledger/protocol/hex.ts";
import { keccakText } from "@openledger/protocol/keccak.ts";
import { availabilityType } from "@openledger/protocol/eip712/availability.ts";
import { digestOf } from "@openledger/protocol/eip712/domain.ts";
import type { SignedVote } from "@openledger/protocol/quorum/availability.ts";
import { availabilityRoutes } from "../../oracle/api/routes/availability.ts";
import { contentRoutes } from "../../oracle/api/routes/content.ts";
import { rootRoutes } from "../../oracle/api/routes/roots.ts";
import { signatureRoutes } from "../../oracle/api/routes/signatures.ts";
import { type AddRoutes, type RunningApi, startApi } from "../../oracle/api/server.ts";
import { NotYetError } from "../../oracle/common/errors.ts";
import { findFreePort } from "../../oracle/common/ports.ts";
import { createLogger } from "../../oracle/common/logger.ts";
import { createMetrics } from "../../oracle/common/metrics.ts";
import { contentIdOf } from "../../oracle/content/cid.ts";
import { PATIENCE, providedFiles, votingDomain } from "../../oracle/jobs/availability.ts";
import { operatorStages } from "../../oracle/jobs/operator.ts";
import { plan } from "../../oracle/jobs/plan.ts";
import { resultOf } from "../../oracle/jobs/results.ts";
import { runStage } from "../../oracle/jobs/stage.ts";
import { TURN_MS } from "../../oracle/quorum/turn.ts";
import { deployDisputes, OPEN, OPERATORS, RECEIPTS_GRACE } from "../attribution/deployDisputes.ts";
import { createEconomy } from "../attribution/economy.ts";
import { closeAll, openWatchtower, storeIndex } from "../watch/openWatchtower.ts";
import { versionIndexOf } from "../watch/publishedEconomy.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const wait = (seconds: bigint) => networkHelpers.time.increase(seconds);
/** What the provider committed to: a file that holds nothing, which an operator either has or lacks. */
const FILE = new TextEncoder().encode("\n");
const MODEL = 1n;

/** A model that earned in an epoch that is over, with receipts committed; four operators of equal stake. */
async function town() {
  const deployment = await deployDisputes(ethers, wait);
  const { clock, market, token, provider } = deployment;
  const { activateAll, versions } = await createEconomy(deployment, { seed: 5, models: 1, epochs: 0 }, wait);
  await activateAll();
  const epoch = await clock.current();
  await token.transfer(await market.tillOf(MODEL), 3n * OPEN);
  await market.sweep(MODEL);
  const uri = `ipfs://${contentIdOf(FILE)}`;
  await market.connect(provider).commitReceipts(MODEL, epoch, keccakText("receipts"), 7, uri);
  await networkHelpers.time.increaseTo((await clock.endOf(epoch)) + RECEIPTS_GRACE);
  for (let i = 0; i < OPERATORS; i++) {
    const { key } = deployment.operators[i]!;
    await networkHelpers.setBalance(key.address, 10n ** 18n);
  }
  return { deployment, epoch, index: versions[0]! };
}

type Town = Awaited<ReturnType<typeof town>>;

describe("operators that certify whether a committed file is available", function () {
  // four stores are opened as fast as the machine lets them
  this.timeout(0);
  const apis: RunningApi[] = [];
  afterEach(async () => {
    for (const api of apis.splice(0)) await api.close();
    await closeAll();
  });

  it("sign one root when the provider serves the file to one of them only", async () => {
    const operators = await openOperators(await networkHelpers.loadFixture(town));
    await operators[0]!.content.put(FILE);
    for (const operator of operators) await operator.listen();
    await settleTogether(operators);
    for (const operator of operators) expect(await operator.decision()).equal("have");
    await postTogether(operators);
  });

  it("sign one root when the provider serves the file too late", async () => {
    const operators = await openOperators(await networkHelpers.loadFixture(town));
    for (const operator of operators) await operator.listen();
    await expectWaiting(operators[0]!.run("settle"));
    await wait(PATIENCE);
    for (const operator of operators.slice(0, 3)) await operator.run("settle").catch(onlyNotYet);
    await operators[3]!.content.put(FILE);
    await settleTogether(operators);
    for (const operator of operators) expect(await operator.decision()).equal("lack");
    await postTogether(operators);
  });

  it("come to one root when each answer is certified on one side of a network that was cut", async () => {
    const operators = await openOperators(await networkHelpers.loadFixture(town));
    const [one, two, three, four] = operators as [Restartable, Restartable, Restartable, Restartable];
    await wait(PATIENCE);
    for (const operator of [three, four]) await operator.listen();
    await settleTogether([three, four]);
    expect(await three.decision()).equal("lack");
    await one.content.put(FILE);
    await one.run("settle").catch(onlyNotYet);
    await one.listen();
    await two.run("settle").catch(onlyNotYet);
    await two.listen();
    await settleTogether(operators);
    await postTogether(operators);
    for (const operator of operators) expect(await operator.decision()).equal("have");
  });

  it("are not split by one that tells each of them something else, and report it", async () => {
    const operators = await openOperators(await networkHelpers.loadFixture(town));
    const [one, two, three, liar] = operators as [Restartable, Restartable, Restartable, Restartable];
    await one.content.put(FILE);
    await one.run("settle").catch(onlyNotYet);
    await wait(PATIENCE);
    await liar.read();
    const lies = await Promise.all([true, false].map((have) => liar.vote(have)));
    await liar.listen((asker) => (asker === "lie" ? lies.slice(0, 1) : lies.slice(1)));
    // the others are still deaf to the one that has the file
    await settleTogether([two, three]);
    expect(await two.decision()).equal("lack");
    const other = await tell(lies.slice(0, 1));
    const deceived = await one.restart([other.url]);
    await deceived.run("settle");
    expect(await deceived.decision()).equal("have");

    const undeceived = await one.restart();
    for (const operator of [undeceived, two, three]) await operator.listen();
    await postTogether([undeceived, two, three]);
    for (const operator of [undeceived, two, three]) expect(await operator.decision()).equal("have");
    expect(await two.equivocations()).equal(1);
  });

  it("take over the root that was posted with other certificates than their own", async () => {
    const operators = await openOperators(await networkHelpers.loadFixture(town));
    const [one, two, three, four] = operators as [Restartable, Restartable, Restartable, Restartable];
    await one.content.put(FILE);
    await one.listen();
    await one.run("settle").catch(onlyNotYet);
    await two.run("settle").catch(onlyNotYet);
    await wait(PATIENCE);
    apis.splice(0).forEach((api) => void api.close());
    for (const operator of [three, four]) await operator.run("settle").catch(onlyNotYet);
    await four.hear(three);
    await four.run("settle");
    expect(await four.decision()).equal("lack");
    for (const operator of [one, two, three]) await operator.listen();
    await settleTogether([one, two, three]);
    await postTogether([one, two, three]);

    await four.read();
    expect(await plan(four.context)).to.deep.include(["adopt", (await one.settled()).rootHash]);
    await four.run("adopt");
    expect(await four.settled()).to.include({ rootHash: (await one.settled()).rootHash });
    expect((await plan(four.context)).map(([stage]) => stage)).not.to.include("adopt");
  });

  it("say one thing of a file, although their store was lost in between", async () => {
    const built = await networkHelpers.loadFixture(town);
    const operators = await openOperators(built);
    const [one, two] = operators as [Restartable, Restartable];
    await wait(PATIENCE);
    await one.run("settle").catch(onlyNotYet);
    await two.hear(one);
    await two.listen();
    const again = await openOperator(built, 0, two.urls);
    await again.content.put(FILE);
    await again.run("settle").catch(onlyNotYet);
    expect((await again.votes()).filter(({ signer }) => signer === again.signer).map(({ have }) => have)).deep.equal([
      false,
    ]);
  });

  type Operator = Awaited<ReturnType<typeof openOperator>>;
  interface Restartable extends Operator {
    /** The next process on the same store: nobody else works on one, so the process before it is asked nothing more. */
    restart(peers?: readonly string[]): Promise<Operator>;
  }

  /** All operators of the town, each a peer of the others; none listens yet. */
  async function openOperators(built: Town): Promise<Restartable[]> {
    const ports: number[] = [];
    for (let i = 0; i < OPERATORS; i++) ports.push(await findFreePort());
    const urls = ports.map((port) => `http://127.0.0.1:${port}`);
    return Promise.all(
      ports.map(async (port, i) => {
        const others = urls.filter((_, other) => other !== i);
        const operator = await openOperator(built, i, others, undefined, port);
        const restart = (peers = others) => openOperator(built, i, peers, operator.kept, port);
        return { ...operator, restart };
      }),
    );
  }

  async function openOperator(
    { deployment, index, epoch }: Town,
    i: number,
    peers: readonly string[],
    kept?: Parameters<typeof openWatchtower>[2]["kept"],
    port = 0,
  ) {
    const tower = await openWatchtower(deployment, ethers, {
      peers,
      name: `oracle ${i}`,
      ...(kept === undefined ? {} : { kept }),
    });
    const { context } = tower;
    const { results, content } = context;
    const signer = asAddress(tower.address);
    const stages = new Map(operatorStages(context).map((stage) => [stage.name, stage]));
    const read = async () => {
      await tower.run("scan");
      for (const stage of ["snapshot", "fetch", "train"]) await results.write(stage, "1", {}, await results.fork());
      if (!(await results.has("index", "1"))) await storeIndex(context, versionIndexOf(index));
    };
    const subject = `1-${epoch}`;
    const settled = () => resultOf(context, "settle", subject);
    const votes = () => context.votes.of(epoch, epoch);
    return {
      context,
      content,
      signer,
      distributor: deployment.distributor,
      kept: tower.kept,
      urls: [`http://127.0.0.1:${port}`],
      read,
      settled,
      votes,
      decision: async () => (await settled()).receiptsFiles[`${MODEL}-${epoch}`],
      equivocations: async () => (await context.metrics.equivocations.get()).values[0]!.value,
      /** Hears what another operator has, without asking it. */
      hear: async (other: { votes(): Promise<SignedVote[]> }) => {
        for (const vote of await other.votes()) await context.votes.add(vote);
      },
      run: async (name: "settle" | "post" | "adopt") => {
        await read();
        const rootHash = name === "adopt" ? (await plan(context)).find(([stage]) => stage === name)?.[1] : undefined;
        await runStage(results, stages.get(name)!, rootHash ?? subject, await results.fork());
      },
      vote: async (have: boolean): Promise<SignedVote> => {
        const { modelId, epoch: of, commitment } = (await providedFiles(context, 1n, epoch))[0]!;
        const vote = { modelId, epoch: of, commitment, have };
        const digest = digestOf(votingDomain(context), availabilityType, vote);
        return { ...vote, signer, signature: context.key!.wallet.signingKey.sign(digest).serialized };
      },
      listen: async (lie?: (asker: string) => readonly SignedVote[]) => {
        const shown = { of: lie === undefined ? context.votes.of : () => Promise.resolve([...lie("")]) };
        await start(port, [
          contentRoutes(content),
          rootRoutes(context),
          signatureRoutes(context.signatures, signer),
          availabilityRoutes(shown),
        ]);
      },
    };
  }

  /** A server that shows these votes, and nothing else. */
  function tell(votes: readonly SignedVote[]): Promise<RunningApi> {
    return start(0, [availabilityRoutes({ of: () => Promise.resolve([...votes]) })]);
  }

  async function start(port: number, routes: AddRoutes[]): Promise<RunningApi> {
    const log = createLogger({ level: "silent" });
    const api = await startApi({ title: "operator", host: "127.0.0.1", port, log, metrics: createMetrics(), routes });
    apis.push(api);
    return api;
  }

  /** Lets the operators try, as their queues do, until all have settled. */
  async function settleTogether(operators: readonly Operator[]): Promise<void> {
    for (let round = 0; round < 2; round++) {
      for (const operator of operators) await operator.run("settle").catch(onlyNotYet);
    }
    for (const operator of operators) await operator.run("settle");
  }

  /** Lets the operators sign and gather until the root of all of them is on the chain. */
  async function postTogether(operators: readonly Operator[]): Promise<void> {
    mock.timers.enable({ apis: ["Date"], now: Date.now() });
    try {
      // the turn of every operator comes, also after one that does not answer
      for (let round = 0; round < 2 + OPERATORS; round++) {
        for (const operator of operators) await operator.run("post").catch(onlyNotYet);
        mock.timers.setTime(Date.now() + TURN_MS);
      }
    } finally {
      mock.timers.reset();
    }
    const hashes = new Set<Hash>();
    for (const operator of operators) hashes.add(asHash((await operator.settled()).rootHash));
    expect(hashes.size).equal(1);
    expect((await operators[0]!.distributor.pendingRoot()).rootHash).equal([...hashes][0]);
  }
});

function onlyNotYet(error: unknown): void {
  if (!(error instanceof NotYetError)) throw error;
}

async function expectWaiting(run: Promise<unknown>): Promise<void> {
  expect(await run.catch((error: unknown) => error)).instanceOf(NotYetError);
}
