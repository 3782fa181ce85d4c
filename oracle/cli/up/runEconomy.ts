import { formatOpen, OPEN } from "@openledger/protocol/units.ts";
import { travelTo } from "../../chain/localNode.ts";
import { type AnyExample, subjectOf } from "../../data/example.ts";
import { chargedBonds } from "../../jobs/chargedBonds.ts";
import type { Context } from "../../jobs/context.ts";
import type { PostedRoot } from "../../jobs/rootEvents.ts";
import { agentText, type AgentRow, askAgent, type FoundedAgent, foundAgent } from "./agents.ts";
import { listBeside } from "./beside.ts";
import { closeBooks } from "./books.ts";
import { endBounty, offerBounty, payBounty } from "./bounty.ts";
import { chargeHarm } from "./charge.ts";
import { claimAll, rebuildRoot } from "./claim.ts";
import { consume, type Consumption } from "./consume.ts";
import { contribute, type RegisteredSubmission } from "./contribute.ts";
import { createDatanet } from "./createDatanet.ts";
import { contributorRows, type EconomyResult } from "./economyResult.ts";
import { fund } from "./fund.ts";
import { gasTable } from "./gas.ts";
import { govern } from "./govern.ts";
import { type LaunchedModel, launchModel, payShareholders } from "./market.ts";
import type { DatanetPlan, LabelledPlan } from "./loadScenario.ts";
import { mintModel, type PublishedModel, publishModel } from "./models.ts";
import type { Party } from "./party.ts";
import { type Running, untilReady } from "./processes.ts";
import { review, type Verdict } from "./review.ts";
import { earnedByBuyer, sellContribution, type SoldContribution } from "./sale.ts";
import type { Scene } from "./scene.ts";
import { stakeAll } from "./stakeAll.ts";
import { type Sweep, sweepAll } from "./sweep.ts";
import { payTraining } from "./training.ts";
import {
  finalRoot,
  untilActivated,
  untilAllSettled,
  untilAttested,
  untilBundle,
  untilClaimed,
  untilCommitted,
  untilPublished,
  untilRoot,
  type Watching,
} from "./waitFor.ts";

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

/** A stage of the economy: a title, and what it does; the text that it returns is shown beside the title. */
export interface EconomyStage {
  readonly title: string;
  readonly run: (note: (text: string) => void) => Promise<string>;
}

const PRICE = OPEN / 2n;
const EPOCHS = 8;
const WRITER = "Written from passages";
/** Questions of each Datanet that the agent is asked. */
const ACTIONS_PER_DATANET = 3;

/** The stages from funded accounts to claimed rewards, in order. The result is there after the last one. */
export function economyStages(options: EconomyOptions): { stages: EconomyStage[]; result: () => EconomyResult } {
  const { scene, context, watching, datanets, operators, provider } = options;
  const { cast, contracts } = scene;
  const people = datanets.flatMap((datanet, d) =>
    datanet.contributors.map((contributor, i) => ({
      contributor,
      datanet,
      d,
      party: cast.contributor(d * 100 + i, contributor.name),
    })),
  );
  const modelIds: bigint[] = [];
  const datanetIds: bigint[] = [];
  const submissions = new Map<Party, RegisteredSubmission[]>();
  const models: PublishedModel[] = [];
  const consumption: Consumption[] = [];
  let verdicts: Verdict[] = [];
  let sweeps: Sweep[] = [];
  let epoch = 0n;
  let result: EconomyResult | undefined;
  let launched: LaunchedModel | undefined;
  let agent: FoundedAgent | undefined;
  let agentRow: AgentRow | undefined;
  let sold: SoldContribution | undefined;
  let bountyId: bigint | undefined;

  const stages: EconomyStage[] = [
    {
      title: "Fund accounts",
      run: async () => {
        await fund(
          scene,
          people.map(({ party }) => party),
        );
        return `${people.length} contributors`;
      },
    },
    {
      title: "Stake operators, validators and the provider",
      run: async () => {
        await stakeAll(scene);
        return `quorum of ${cast.operators.length}`;
      },
    },
    {
      title: "Mint models, create the Datanets that they judge",
      run: async () => {
        for (const [d, { name, tags }] of datanets.entries()) {
          // the second model is fine-tuned from the first
          const modelId = await mintModel(scene, name, PRICE, d === 1 ? modelIds[0]! : 0n);
          modelIds.push(modelId);
          datanetIds.push(await createDatanet(scene, name, tags, modelId));
        }
        if (options.generator !== undefined) modelIds.push(await mintModel(scene, WRITER, PRICE, 0n));
        return datanets.map(({ name }) => name).join(", ");
      },
    },
    ...(options.market ? [bountyStage()] : []),
    {
      title: "Contribute data",
      run: async (note) => {
        for (const { party, contributor, d } of people) {
          note(contributor.name);
          const { examples } = contributor;
          submissions.set(party, await contribute(scene, context.content, party, datanetIds[d]!, "train", examples));
        }
        const curator = cast.datanetOwner;
        const curated: RegisteredSubmission[] = [];
        for (const [d, { quality }] of datanets.entries()) {
          curated.push(...(await contribute(scene, context.content, curator, datanetIds[d]!, "quality", quality)));
        }
        const all = [...submissions.values()].flat();
        verdicts = [...all, ...curated].map(({ submissionId, subjects }) => ({
          submissionId,
          approvedMask: (1n << BigInt(subjects.length)) - 1n,
        }));
        const rows = datanets.reduce((sum, datanet) => sum + datanet.rows, 0);
        return `${rows} examples in ${all.length} submissions`;
      },
    },
    {
      title: "Review: commit, reveal, resolve",
      run: async () => {
        await review(scene, verdicts);
        if (bountyId !== undefined) await endBounty(scene, bountyId);
        return `${verdicts.length} submissions, ${cast.validators.length} validators`;
      },
    },
    {
      title: "Train and publish models",
      run: async (note) => {
        const [first, second, ...others] = datanets as [LabelledPlan, LabelledPlan, ...DatanetPlan[]];
        const publishedOf = ({ published }: LabelledPlan) => (options.comparing ? { published } : {});
        const { members, base } = options;
        const common = { members, epochs: EPOCHS, ...(base !== undefined && { base }) };
        note(first.name);
        const parent = await publishModel(scene, context, watching.scan, {
          ...common,
          name: first.name,
          modelId: modelIds[0]!,
          datanetIds: [datanetIds[0]!],
          seed: 1,
          test: first.test,
          ...publishedOf(first),
        });
        note(second.name);
        const child = await publishModel(scene, context, watching.scan, {
          ...common,
          name: `${second.name}, fine-tuned`,
          modelId: modelIds[1]!,
          datanetIds: [datanetIds[1]!],
          parent,
          seed: 2,
          test: second.test,
          ...publishedOf(second),
        });
        models.push(parent, child);
        for (const [i, { name, test }] of others.entries()) {
          note(name);
          models.push(
            await publishModel(scene, context, watching.scan, {
              ...common,
              name,
              modelId: modelIds[2 + i]!,
              datanetIds: [datanetIds[2 + i]!],
              seed: 3 + i,
              test,
            }),
          );
        }
        if (options.generator !== undefined) {
          note(WRITER);
          const writer = {
            ...{ name: WRITER, modelId: modelIds[datanets.length]!, datanetIds: [datanetIds[datanets.length - 1]!] },
            ...{ seed: 3 + others.length, test: [], generator: options.generator },
          };
          models.push(await publishModel(scene, context, watching.scan, { ...common, ...writer }));
        }
        return models.map(({ name, accuracy }) => `${name} ${percent(accuracy)}`).join("; ");
      },
    },
    {
      title: "Operators retrain, index and attest",
      run: async () => {
        await Promise.all([...operators, provider].map(untilReady));
        await payTraining(scene, watching, models, options.trainers);
        const challengeEnds = await untilAttested(watching, models);
        await travelTo(scene.provider, challengeEnds);
        await untilActivated(watching, models);
        return `${models.length} indexes attested, challenged by nobody, activated`;
      },
    },
    // before anything funds a pool: the sale lasts longer than an epoch, and one root is pending at a time
    ...(options.market ? [bountyPaidStage(), saleStage(), launchStage()] : []),
    {
      title: "Charge harm",
      run: async () => {
        await chargeHarm(scene, context, await untilPublished(watching, operators, models));
        await watching.scan();
        const charged = [...(await chargedBonds(context.events)).values()];
        const sum = charged.reduce((total, amount) => total + amount, 0n);
        return `${charged.length} contributions, ${formatOpen(sum)} OPEN of their bonds`;
      },
    },
    {
      title: "Paid inferences",
      run: async (note) => {
        let answered = 0;
        const share = Math.ceil(options.inferences / models.length);
        for (const [m, model] of models.entries()) {
          // whoever writes from passages is asked what they are asked for
          const { test } = datanets[m] ?? datanets.at(-1)!;
          const count = Math.min(share, options.inferences - m * share);
          consumption.push(
            await consume(scene, provider, model, test, count, () => note(`${++answered}/${options.inferences}`)),
          );
        }
        return `${options.inferences} answered, each with a signed receipt`;
      },
    },
    ...(options.startAgent === undefined ? [] : [agentStage(options.startAgent)]),
    {
      title: "Claim the vouchers, sweep the tills",
      run: async () => {
        const paid = models.map(async ({ modelId }, m): Promise<[string, bigint]> => [
          await contracts.InferenceMarket.tillOf(modelId),
          consumption[m]!.paid,
        ]);
        await untilClaimed(watching, contracts, new Map(await Promise.all(paid)));
        sweeps = await sweepAll(scene, watching, agent === undefined ? models : [...models, agent]);
        epoch = sweeps.reduce((last, sweep) => (sweep.epoch > last ? sweep.epoch : last), 0n);
        return `${sweeps.length} tills, child first`;
      },
    },
    {
      title: "Close the epoch",
      run: async () => {
        await travelTo(scene.provider, await contracts.EpochClock.endOf(epoch));
        await untilCommitted(watching, sweeps);
        const grace = await contracts.EpochClock.receiptsGrace();
        await travelTo(scene.provider, (await contracts.EpochClock.endOf(epoch)) + grace);
        return `epoch ${epoch}, receipts committed`;
      },
    },
    {
      title: "Operators settle, sign and post the root",
      run: async () => {
        const posted = await untilRoot(watching, epoch, "pending");
        await untilAllSettled(watching, operators, posted);
        return `${posted.rootHash.slice(0, 18)}…, the same from ${operators.length} operators`;
      },
    },
    {
      title: "Challenge window, finalize",
      run: async () => {
        const posted = await untilRoot(watching, epoch, "pending");
        if (posted.status === "pending")
          await travelTo(scene.provider, posted.postedAt + (await contracts.RewardDistributor.challengeWindow()));
        await untilRoot(watching, epoch, "finalized");
        return "nobody disputed";
      },
    },
    {
      title: "Rebuild the root from its bundle, claim",
      run: async () => {
        const rebuilt = async ({ rootHash, root }: PostedRoot) =>
          rebuildRoot(context.content, await untilBundle(watching, operators, rootHash), root);
        const posted = await untilRoot(watching, epoch, "finalized");
        const settlement = await rebuilt(posted);
        // claims read the last root that is final: one after the scenario's own where users went on
        const last = (await finalRoot(watching)) ?? posted;
        const claimable = last.rootHash === posted.rootHash ? settlement : await rebuilt(last);
        const buyers = sold === undefined ? [] : [sold.buyer];
        const earners = [...people.map(({ party }) => party), cast.datanetOwner, ...buyers];
        const claims = await claimAll(scene, context.events, claimable, earners);
        await watching.scan();
        const accepted = await context.view.contributions();
        const charged = await chargedBonds(context.events);
        // what an agent's users pay, and what it pays itself
        const all = agentRow === undefined ? consumption : [...consumption, ...consumptionOf(agentRow)];
        const books = await closeBooks(scene, context.events, all);
        result = {
          contributors: contributorRows(people, { submissions, accepted, settlement, charged, claims }),
          models,
          consumption,
          ...(agentRow === undefined ? {} : { agent: agentRow }),
          operators: await untilAllSettled(watching, operators, posted),
          rootHash: posted.rootHash,
          books,
          beside: await listBeside(scene, context.events, books, {
            datanets: datanets.length,
            submissions: verdicts.length,
            models: models.length + (agent === undefined ? 0 : 1),
            sweeps: sweeps.length,
            claims: [...claims.values()].filter(({ amount }) => amount > 0n).length,
            payments: agentRow === undefined ? 0 : agentRow.actions + agentRow.answers,
          }),
          gas: await gasTable(scene.provider, scene.deployment),
        };
        const paid = `${[...claims.values()].filter(({ amount }) => amount > 0n).length} claims paid`;
        if (sold === undefined) return paid;
        result = { ...result, sale: { contributionId: sold.contributionId, earned: earnedByBuyer(sold, claims) } };
        return `${paid}; ${formatOpen(result.sale!.earned)} OPEN of contribution ${sold.contributionId} to its buyer`;
      },
    },
  ];
  if (options.market) {
    stages.push({
      title: "Pay the shareholders",
      run: async () => {
        const outcome = await payShareholders(scene, launched!);
        result = { ...result!, gas: await gasTable(scene.provider, scene.deployment) };
        return outcome;
      },
    });
  }
  if (options.governance) {
    stages.push({
      title: "Govern: vote on a scheme, fund a model",
      run: async () => {
        const outcome = await govern(scene, models[0]!);
        result = { ...result!, gas: await gasTable(scene.provider, scene.deployment) };
        return outcome;
      },
    });
  }
  /** The label that the first contributor brings first. */
  function wantedLabel(): string {
    const [example] = (people.find(({ d }) => d === 0) as (typeof people)[0]).contributor.examples;
    return subjectOf(example!);
  }

  /** Data that the first Datanet lacks, and what it is worth to the first version of its model. */
  function bountyStage(): EconomyStage {
    return {
      title: "Put a bounty down for a label",
      run: async () => {
        const label = wantedLabel();
        bountyId = await offerBounty(scene, { datanetId: datanetIds[0]!, modelId: modelIds[0]!, label });
        return label;
      },
    };
  }

  function bountyPaidStage(): EconomyStage {
    return {
      title: "Pay the bounty by what the data is worth",
      run: async () => {
        const contributionIds = new Set<bigint>();
        for (const { party } of people.filter(({ d }) => d === 0)) {
          for (const { submissionId, subjects } of submissions.get(party) ?? []) {
            const { firstContributionId } = await contracts.ContributionRegistry.submissionOf(submissionId);
            for (const [i, subject] of subjects.entries()) {
              if (subject === wantedLabel()) contributionIds.add(firstContributionId + BigInt(i));
            }
          }
        }
        const [index] = await untilPublished(watching, operators, models.slice(0, 1));
        return payBounty(scene, context.content, { bountyId: bountyId!, index: index!, contributionIds });
      },
    };
  }

  /** A contribution changes hands in an epoch before the one that pays for it. */
  function saleStage(): EconomyStage {
    return {
      title: "Sell a contribution",
      run: async () => {
        const { party } = people.find(({ d, contributor }) => d === 0 && contributor.behaviour === "honest")!;
        const [{ submissionId }] = submissions.get(party) as [RegisteredSubmission, ...RegisteredSubmission[]];
        const { firstContributionId } = await contracts.ContributionRegistry.submissionOf(submissionId);
        sold = { contributionId: firstContributionId, buyer: cast.consumers[4]! };
        await sellContribution(scene, party, sold);
        return `contribution ${firstContributionId} to ${sold.buyer.address}`;
      },
    };
  }

  /** The first model in shares; somebody whose data it was trained on buys first. */
  function launchStage(): EconomyStage {
    return {
      title: "Launch the first model in shares",
      run: async () => {
        const { party } = people.find(({ d }) => d === 0)!;
        const [{ submissionId }] = submissions.get(party) as [RegisteredSubmission, ...RegisteredSubmission[]];
        const { firstContributionId } = await contracts.ContributionRegistry.submissionOf(submissionId);
        launched = await launchModel(scene, models[0]!, { contributor: party, contributionId: firstContributionId });
        return `${launched.holders.length} holders, liquidity locked`;
      },
    };
  }

  /** The agent answers some of the questions of every Datanet's test set. */
  function agentStage(start: (agentId: bigint) => Running): EconomyStage {
    return {
      title: "An agent buys answers and sells what it makes of them",
      run: async (note) => {
        const asked = datanets.map(({ test }) => test.slice(0, ACTIONS_PER_DATANET).flatMap(textOf));
        agent = await foundAgent(
          scene,
          context.content,
          models.filter((_, m) => (asked[m]?.length ?? 0) > 0),
        );
        await watching.scan();
        const questions = asked.flat();
        let answered = 0;
        agentRow = await askAgent(scene, start(agent.agentId), agent, questions, () =>
          note(`${++answered}/${questions.length}`),
        );
        return agentText(agentRow);
      },
    };
  }

  return {
    stages,
    result: () => {
      if (result === undefined) throw new Error("the economy has not run to its end");
      return result;
    },
  };
}

/** The agent's users, and the agent as the user of others. */
function consumptionOf({ actions, earned, answers, spent }: AgentRow): Consumption[] {
  return [
    { inferences: actions, right: 0, paid: earned },
    { inferences: answers, right: 0, paid: spent },
  ];
}

/** An agent reads no images. */
function textOf(example: AnyExample): string[] {
  if (example.kind === "pair") return [example.question];
  return example.kind === "text" ? [example.input] : [];
}

function percent(share: number | undefined): string {
  return share === undefined ? "" : `${(share * 100).toFixed(1)} %`;
}
