import { formatOpen } from "@openledger/protocol/units.ts";
import * as actions from "../actions/bounties.ts";
import { eventOf } from "../chain/eventOf.ts";
import { isoTime } from "../common/isoTime.ts";
import { addApiOption } from "./apiClient.ts";
import { enterBounty, refuteEntry } from "./bountyEntries.ts";
import { table } from "./output.ts";
import { collect, parseAmount, parseCount, parseId } from "./parse.ts";
import type { AddCommand } from "./program.ts";
import {
  addChainOptions,
  allow,
  type ChainOptions,
  chainTime,
  requireKey,
  type Session,
  withSession,
} from "./session.ts";

type CreateOptions = ChainOptions & {
  readonly model: bigint;
  readonly label: string;
  readonly text: string;
  readonly target: number;
  readonly days: number;
  readonly trainingDays: number;
  readonly periodDays: number;
};
type ApiOptions = ChainOptions & { readonly api: string };
type Chosen = { readonly contribution: bigint[] };

/** `openledger bounty`: OPEN for data that a Datanet lacks, paid by what the data is worth to the next version of a model. */
export const bountyCommand: AddCommand = (program) => {
  const command = program.command("bounty").description("pay for missing data by what it is worth to the next version");
  const add = (words: string) => addChainOptions(command.command(words));
  const about = (words: string) => add(words).argument("<id>", "the bounty", parseId);
  const run = (options: ChainOptions, work: (session: Session) => Promise<void>) => withSession(program, options, work);
  /** With the bounty and the chain's time. */
  const runOn = (
    bountyId: bigint,
    options: ChainOptions,
    work: (session: Session, known: actions.Bounty, now: bigint) => Promise<void>,
  ) =>
    run(options, async (session) => {
      const known = await actions.requireBounty(session.contracts, bountyId);
      await work(session, known, await chainTime(session.provider));
    });

  add("create")
    .description("put OPEN down for new contributions to a Datanet")
    .argument("<Datanet>", "its id", parseId)
    .argument("<OPEN>", "at most, for all of them together", parseAmount)
    .requiredOption("--model <id>", "whose next version judges", parseId)
    .option("--label <label>", "that every example must have; any if absent", "")
    .option("--text <text>", "what is missing, in words", "")
    .option("--target <percent>", "of all that helps the Datanet: where everything is earned", Number, 5)
    .option("--days <count>", "to contribute, until it closes", parseCount, 30)
    .option("--training-days <count>", "then, until it is paid back if nothing was entered", parseCount, 90)
    .option("--period-days <count>", "to enter, and again to refute", parseCount, 7)
    .action((datanetId: bigint, amount: bigint, options: CreateOptions) =>
      run(options, (session) => create(session, datanetId, amount, options)),
    );

  add("list")
    .description("all bounties, the newest first")
    .action((options: ChainOptions) => run(options, list));

  about("show")
    .description("what a bounty wants, where it stands, and what was entered")
    .action((bountyId: bigint, options: ChainOptions) => runOn(bountyId, options, show));

  about("close")
    .description("end the time to contribute: versions trained from now on can judge; anybody may, in time")
    .action((bountyId: bigint, options: ChainOptions) =>
      runOn(bountyId, options, async (session, known, now) => {
        const mined = await session.send(actions.closeBounty(known, now));
        session.finish({ bountyId, transaction: mined?.hash }, () => `bounty ${bountyId} is closed`);
      }),
    );

  addApiOption(about("enter"))
    .description("enter what came for it and helps, by the judge's index; anybody may, owners are paid")
    .option("--contribution <id>", "only this one; several times", collect(parseId), [])
    .action((bountyId: bigint, options: ApiOptions & Chosen) =>
      runOn(bountyId, options, (session, known, now) => enterBounty(session, known, now, options)),
    );

  addApiOption(about("refute"))
    .description("take out a contribution that has an example of another label; anybody may")
    .argument("<contribution>", "its id", parseId)
    .action((bountyId: bigint, contributionId: bigint, options: ApiOptions) =>
      runOn(bountyId, options, (session, known, now) => refuteEntry(session, known, contributionId, now, options.api)),
    );

  about("claim")
    .description("pay the owners of what was entered; anybody may")
    .option("--contribution <id>", "only this one; several times", collect(parseId), [])
    .action((bountyId: bigint, options: ChainOptions & Chosen) =>
      runOn(bountyId, options, (session, known, now) => claim(session, known, now, options.contribution)),
    );

  about("refund")
    .description("send the funder back what nobody earned; anybody may, in time")
    .action((bountyId: bigint, options: ChainOptions) =>
      runOn(bountyId, options, async (session, known, now) => {
        const mined = await session.send(actions.refundBounty(known, now));
        const settled = mined && eventOf(mined, session.contracts.DataBounties, "BountySettled").args;
        const [returned, earned] = [settled?.["returned"] as bigint, settled?.["earned"] as bigint];
        session.finish(
          { bountyId, returned, earned, transaction: mined?.hash },
          () => `${formatOpen(returned)} OPEN went back, ${formatOpen(earned)} are earned`,
        );
      }),
    );
};

async function create(session: Session, datanetId: bigint, amount: bigint, options: CreateOptions): Promise<void> {
  const { model: modelId, label, text: uri, target, days, trainingDays, periodDays } = options;
  requireKey(session, "putting a bounty down");
  const call = await actions.createBounty(session.contracts, {
    ...{ datanetId, modelId, amount, label, days, trainingDays, periodDays, uri },
    targetBps: Math.round(target * 100),
    now: await chainTime(session.provider),
  });
  await allow(session, "DataBounties", amount);
  const mined = await session.send(call);
  const bountyId =
    mined && (eventOf(mined, session.contracts.DataBounties, "BountyCreated").args["bountyId"] as bigint);
  session.finish({ bountyId, amount, transaction: mined?.hash }, () =>
    [
      `bounty ${bountyId}: ${formatOpen(amount)} OPEN for Datanet ${datanetId}, judged by model ${modelId}`,
      `In ${days} days: npx openledger bounty close ${bountyId}`,
    ].join("\n"),
  );
}

async function list({ contracts, provider, output }: Session): Promise<void> {
  const count = Number(await contracts.DataBounties.bountyCount());
  const now = await chainTime(provider);
  const ids = Array.from({ length: count }, (_, i) => BigInt(count - i));
  const rows = await Promise.all(
    ids.map(async (bountyId) => shownOf(await actions.requireBounty(contracts, bountyId), now)),
  );
  output.result(rows, (all) =>
    all.length === 0
      ? "nobody has put a bounty down"
      : table(all, [
          { title: "bounty", value: ({ bountyId }) => `${bountyId}`, align: "right" },
          { title: "Datanet", value: ({ datanetId }) => `${datanetId}`, align: "right" },
          { title: "label", value: ({ label }) => label || "any" },
          { title: "OPEN", value: ({ amount }) => formatOpen(amount), align: "right" },
          { title: "model", value: ({ modelId }) => `${modelId}`, align: "right" },
          { title: "closes", value: ({ closesAt }) => isoTime(closesAt) },
          { title: "state", value: ({ state }) => state },
        ]),
  );
}

function shownOf({ bountyId, bounty, label, judge }: actions.Bounty, now: bigint) {
  const { funder, terms, unpaid, settled } = bounty;
  const { datanetId, modelId, amount, targetBps, closesAt, deadline } = terms;
  const state = actions.stateOf({ bounty }, now);
  return {
    ...{ bountyId, state, funder, label, judge, unpaid, settled },
    ...{ datanetId, modelId, amount, targetBps, closesAt, deadline },
  };
}

async function show({ contracts, deployment, output }: Session, known: actions.Bounty, now: bigint): Promise<void> {
  const entries = await enteredIn(contracts, deployment.firstBlock, known.bountyId);
  const { bounty } = known;
  output.result({ ...shownOf(known, now), target: bounty.target, quality: bounty.quality, entries }, (s) =>
    [
      `bounty    ${s.bountyId}, ${s.state}, by ${s.funder}`,
      `wanted    ${s.label === "" ? "anything new" : `label ${s.label}`} in Datanet ${s.datanetId}`,
      `OPEN      ${formatOpen(s.amount)}, all of it for ${Number(s.targetBps) / 100} % of what helps the Datanet`,
      `judge     ${s.judge === 0n ? `the next version of model ${s.modelId}` : `version ${s.judge}`}`,
      `closes    ${isoTime(s.closesAt)}, is paid back from ${isoTime(s.deadline)} on if nothing is entered`,
      ...s.entries.map(({ contributionId, quality }) => `entered   contribution ${contributionId}, quality ${quality}`),
    ].join("\n"),
  );
}

/** Contributions that are entered, not refuted and not paid. */
async function enteredIn({ DataBounties }: Session["contracts"], from: number, bountyId: bigint) {
  const events = await DataBounties.queryFilter(DataBounties.filters.BountyEntered(bountyId), from);
  const ids = [...new Set(events.map(({ args }) => args.contributionId))];
  const entries = await Promise.all(
    ids.map(async (contributionId) => ({
      contributionId,
      quality: await DataBounties.entryOf(bountyId, contributionId),
    })),
  );
  return entries.filter(({ quality }) => quality > 0n);
}

async function claim(session: Session, known: actions.Bounty, now: bigint, chosen: readonly bigint[]): Promise<void> {
  const { contracts, deployment } = session;
  const { bountyId } = known;
  const entered = await enteredIn(contracts, deployment.firstBlock, bountyId);
  const ids = chosen.length > 0 ? chosen : entered.map(({ contributionId }) => contributionId);
  const paid: { contributionId: bigint; to: string; amount: bigint; transaction: string }[] = [];
  for (const call of await actions.claimBounty(contracts, known, ids, now)) {
    const mined = await session.send(call);
    if (mined === undefined) continue;
    const { contributionId, to, amount } = eventOf(mined, contracts.DataBounties, "BountyPaid").args;
    paid.push({
      contributionId: contributionId as bigint,
      to: to as string,
      amount: amount as bigint,
      transaction: mined.hash,
    });
  }
  session.finish({ bountyId, paid }, () =>
    table(paid, [
      { title: "contribution", value: ({ contributionId }) => `${contributionId}`, align: "right" },
      { title: "OPEN", value: ({ amount }) => formatOpen(amount), align: "right" },
      { title: "to", value: ({ to }) => to },
    ]),
  );
}
