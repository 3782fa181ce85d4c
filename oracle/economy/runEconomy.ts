import { formatOpen } from "@openledger/protocol/units.ts";
import { travelTo } from "../chain/localNode.ts";
import { chargedBonds } from "../jobs/chargedBonds.ts";
import type { Context } from "../jobs/context.ts";
import { peopleOf } from "./cast/people.ts";
import type { Scene } from "./cast/scene.ts";
import type { DatanetPlan } from "./plan/loadScenario.ts";
import { type Running, untilReady } from "./processes/processes.ts";
import {
  untilActivated,
  untilAllSettled,
  untilAttested,
  untilClaimed,
  untilPublished,
  type Watching,
} from "./processes/waitFor.ts";
import { listBeside } from "./result/beside.ts";
import { closeBooks } from "./result/books.ts";
import { contributorRows, type EconomyResult } from "./result/economyResult.ts";
import { gasTable } from "./result/gas.ts";
import type { RunStage } from "./stage.ts";
import { agentText, consumptionOf, playAgent } from "./stages/agents.ts";
import { contributionsWith, endBounty, offerBounty, payBounty, wantedLabel } from "./stages/bounty.ts";
import { chargeHarm } from "./stages/charge.ts";
import { claimRewards } from "./stages/claimRewards.ts";
import { consumeAll } from "./stages/consume.ts";
import { contributeAll, firstContribution } from "./stages/contribute.ts";
import { fund } from "./stages/fund.ts";
import { govern } from "./stages/govern.ts";
import { launchModel, payShareholders } from "./stages/launch.ts";
import { mintJudges, mintModel } from "./stages/mintModels.ts";
import { approvals, review } from "./stages/review.ts";
import { earnedByBuyer, sellContribution } from "./stages/sale.ts";
import { closeEpoch, untilFinal, untilSettled } from "./stages/settleEpoch.ts";
import { stakeAll } from "./stages/stakeAll.ts";
import { sweepAll } from "./stages/sweep.ts";
import { payTraining } from "./stages/training.ts";
import { trainModels, WRITER } from "./stages/trainModels.ts";

export interface EconomyOptions {
  readonly scene: Scene;
  readonly context: Context;
  readonly watching: Watching;
  readonly datanets: readonly DatanetPlan[];
  readonly operators: readonly Running[];
  /** Operators that train again; the others compare hashes. */
  readonly trainers: number;
  readonly provider: Running;
  /** Paid inferences over all models. */
  readonly inferences: number;
  /** Models per ensemble. */
  readonly members: number;
  /** Whether the models of labels are also measured beside models of the data as published. */
  readonly comparing: boolean;
  /** Hash of the pretrained encoder that texts and documents stand on; undefined for none. */
  readonly base: string | undefined;
  /** Hash of the generator by which one model more writes answers from the last Datanet's passages; undefined for none. */
  readonly generator: string | undefined;
  /** Whether holders of OPEN vote at the end. */
  readonly governance: boolean;
  /** Whether the first model is launched in shares before it earns. */
  readonly market: boolean;
  /** Starts the agent's process; undefined where none is played. */
  readonly startAgent: ((agentId: bigint) => Running) | undefined;
}

/** Plays the economy from funded accounts to claimed rewards. Every stage takes what the stages before it gave. */
export async function runEconomy(stage: RunStage, options: EconomyOptions): Promise<EconomyResult> {
  const { scene, context, watching, datanets, operators, provider, inferences, market, generator, startAgent } =
    options;
  const { cast, contracts } = scene;
  const { content, events } = context;
  const people = peopleOf(cast, datanets);
  const parties = people.map(({ party }) => party);

  await stage("Fund accounts", () => fund(scene, parties), `${people.length} contributors`);
  await stage(
    "Stake operators, validators and the provider",
    () => stakeAll(scene),
    `quorum of ${cast.operators.length}`,
  );
  const { judged, writer } = await stage(
    "Mint models, create the Datanets that they judge",
    async () => {
      const made = await mintJudges(scene, datanets);
      return {
        judged: datanets.map((datanet, d) => ({ ...datanet, ...made[d]! })),
        writer: generator === undefined ? undefined : { modelId: await mintModel(scene, WRITER), generator },
      };
    },
    datanets.map(({ name }) => name).join(", "),
  );

  const label = wantedLabel(people);
  const bountyId = market
    ? await stage("Put a bounty down for a label", () => offerBounty(scene, { ...judged[0]!, label }), label)
    : undefined;
  const contributed = await stage(
    "Contribute data",
    (note) => contributeAll(scene, content, people, judged, note),
    ({ byParty }) => {
      const rows = datanets.reduce((sum, datanet) => sum + datanet.rows, 0);
      return `${rows} examples in ${[...byParty.values()].flat().length} submissions`;
    },
  );
  const verdicts = approvals(contributed);
  await stage(
    "Review: commit, reveal, resolve",
    async () => {
      await review(scene, verdicts);
      if (bountyId !== undefined) await endBounty(scene, bountyId);
    },
    `${verdicts.length} submissions, ${cast.validators.length} validators`,
  );

  const models = await stage(
    "Train and publish models",
    (note) => trainModels(scene, context, watching, judged, { ...options, writer }, note),
    (published) => published.map(({ name, accuracy }) => `${name} ${percent(accuracy)}`).join("; "),
  );
  await stage(
    "Operators retrain, index and attest",
    async () => {
      await Promise.all([...operators, provider].map(untilReady));
      await payTraining(scene, watching, models, options.trainers);
      await travelTo(scene.provider, await untilAttested(watching, models));
      await untilActivated(watching, models);
    },
    `${models.length} indexes attested, challenged by nobody, activated`,
  );

  // before anything funds a pool: the sale lasts longer than an epoch, and one root is pending at a time
  if (bountyId !== undefined) {
    await stage(
      "Pay the bounty by what the data is worth",
      async () => {
        const contributionIds = await contributionsWith(label, scene, people, contributed);
        const [index] = await untilPublished(watching, operators, models.slice(0, 1));
        return payBounty(scene, content, { bountyId, index: index!, contributionIds });
      },
      (text) => text,
    );
  }
  const sold = market
    ? await stage(
        "Sell a contribution",
        async () => {
          const seller = people.find(({ place, contributor }) => place === 0 && contributor.behaviour === "honest")!;
          const sale = {
            contributionId: await firstContribution(scene, contributed, seller),
            buyer: cast.consumers[4]!,
          };
          await sellContribution(scene, seller.party, sale);
          return sale;
        },
        ({ contributionId, buyer }) => `contribution ${contributionId} to ${buyer.address}`,
      )
    : undefined;
  const launched = market
    ? await stage(
        "Launch the first model in shares",
        async () => {
          // somebody whose data it was trained on buys first
          const [first] = people;
          const contributionId = await firstContribution(scene, contributed, first!);
          return launchModel(scene, models[0]!, { contributor: first!.party, contributionId });
        },
        ({ holders }) => `${holders.length} holders, liquidity locked`,
      )
    : undefined;

  await stage(
    "Charge harm",
    async () => chargeHarm(scene, context, watching, await untilPublished(watching, operators, models)),
    (charged) =>
      `${charged.size} contributions, ${formatOpen([...charged.values()].reduce((sum, wei) => sum + wei, 0n))} OPEN of their bonds`,
  );
  const consumption = await stage(
    "Paid inferences",
    // whoever writes from passages is asked what they are asked for
    (note) => consumeAll(scene, provider, models, (m) => (datanets[m] ?? datanets.at(-1)!).test, inferences, note),
    `${inferences} answered, each with a signed receipt`,
  );
  const played =
    startAgent === undefined
      ? undefined
      : await stage(
          "An agent buys answers and sells what it makes of them",
          (note) => {
            const tests = datanets.map(({ test }) => test);
            return playAgent(scene, { content, watching, models, tests, start: startAgent }, note);
          },
          ({ row }) => agentText(row),
        );

  const sweeps = await stage(
    "Claim the vouchers, sweep the tills",
    async () => {
      const owed = models.map(async ({ modelId }, m): Promise<[string, bigint]> => [
        await contracts.InferenceMarket.tillOf(modelId),
        consumption[m]!.paid,
      ]);
      await untilClaimed(watching, contracts, new Map(await Promise.all(owed)));
      return sweepAll(scene, watching, played === undefined ? models : [...models, played.agent]);
    },
    (swept) => `${swept.length} tills, child first`,
  );
  const epoch = await stage(
    "Close the epoch",
    () => closeEpoch(scene, watching, sweeps),
    (closed) => `epoch ${closed}, receipts committed`,
  );
  await stage(
    "Operators settle, sign and post the root",
    () => untilSettled(watching, operators, epoch),
    ({ rootHash }) => `${rootHash.slice(0, 18)}…, the same from ${operators.length} operators`,
  );
  const posted = await stage("Challenge window, finalize", () => untilFinal(scene, watching, epoch), "nobody disputed");

  const buyers = sold === undefined ? [] : [sold.buyer];
  const { settlement, claims, paid } = await stage(
    "Rebuild the root from its bundle, claim",
    () => claimRewards(scene, content, watching, operators, posted, [...parties, cast.datanetOwner, ...buyers]),
    (rewards) => `${rewards.paid} claims paid`,
  );
  const { books, beside } = await stage(
    "Close the books",
    async () => {
      // what an agent's users pay, and what it pays itself
      const all = played === undefined ? consumption : [...consumption, ...consumptionOf(played.row)];
      const closed = await closeBooks(scene, events, all);
      const own = {
        datanets: datanets.length,
        submissions: verdicts.length,
        models: models.length + (played === undefined ? 0 : 1),
        sweeps: sweeps.length,
        claims: paid,
        payments: played === undefined ? 0 : played.row.actions + played.row.answers,
      };
      return { books: closed, beside: await listBeside(scene, events, closed, own) };
    },
    ({ books: { feesIn } }) => `${formatOpen(feesIn)} OPEN of fees`,
  );

  if (launched !== undefined) {
    await stage(
      "Pay the shareholders",
      () => payShareholders(scene, launched),
      (text) => text,
    );
  }
  if (options.governance) {
    await stage(
      "Govern: vote on a scheme, fund a model",
      () => govern(scene, models[0]!),
      (text) => text,
    );
  }

  const accepted = await context.view.contributions();
  const charged = await chargedBonds(events);
  return {
    contributors: contributorRows(people, { contributed, accepted, settlement, charged, claims }),
    models,
    consumption,
    ...(played !== undefined && { agent: played.row }),
    operators: await untilAllSettled(watching, operators, posted),
    rootHash: posted.rootHash,
    books,
    ...(sold !== undefined && {
      sale: { contributionId: sold.contributionId, earned: earnedByBuyer(sold, claims) },
    }),
    beside,
    gas: await gasTable(scene.provider, scene.deployment),
  };
}

function percent(share: number | undefined): string {
  return share === undefined ? "" : `${(share * 100).toFixed(1)} %`;
}
