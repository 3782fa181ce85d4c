import { formatOpen } from "@openledger/protocol/units.ts";
import type { Address } from "@openledger/protocol/hex.ts";
import * as launches from "../actions/launches.ts";
import { formatShares } from "../actions/shares.ts";
import { eventOf } from "../chain/eventOf.ts";
import { isoTime } from "../common/isoTime.ts";
import { table } from "./output.ts";
import { collect, parseAddress, parseAmount, parseId } from "./parse.ts";
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

/** `openledger launch`: sales of models at one price. */
export const launchCommand: AddCommand = (program) => {
  const command = program.command("launch").description("launch a model at one price, buy, graduate, collect");
  const add = (words: string) => addChainOptions(command.command(words));
  const run = (options: ChainOptions, work: (session: Session) => Promise<void>) => withSession(program, options, work);

  add("create")
    .description("launch your model on the terms of a JSON5 file; they never change")
    .argument("<file>", "see docs/liquidity.md")
    .action((file: string, options: ChainOptions) => run(options, (session) => create(session, file)));

  add("list")
    .description("all launches, the newest first")
    .action((options: ChainOptions) => run(options, list));

  add("show")
    .description("what a launch promises and where it stands")
    .argument("<id>", "the launch", parseId)
    .option("--account <address>", "whose deposit to show; the key's if absent", parseAddress)
    .action((launchId: bigint, options: ChainOptions & { readonly account?: Address }) =>
      run(options, (session) => show(session, launchId, options.account ?? session.wallet?.address)),
    );

  add("deposit")
    .description("pay into a sale; it cannot be taken out before the end")
    .argument("<id>", "the launch", parseId)
    .argument("<OPEN>", "how much", parseAmount)
    .option("--contribution <id>", "of yours, whose right you use; several times", collect(parseId), [])
    .action((launchId: bigint, amount: bigint, options: ChainOptions & { readonly contribution: bigint[] }) =>
      run(options, async (session) => {
        const account = requireKey(session, "paying in").address;
        const now = await chainTime(session.provider);
        const wish = { launchId, account, amount, contributionIds: options.contribution, now };
        const call = await launches.deposit(session.contracts, wish);
        await allow(session, "Launchpad", amount);
        const mined = await session.send(call);
        const paid = mined && eventOf(mined, session.contracts.Launchpad, "Deposited").args;
        const byRight = (paid?.["byRight"] ?? 0n) as bigint;
        session.finish({ launchId, amount, byRight, transaction: mined?.hash }, () =>
          [
            `${formatOpen(amount)} OPEN paid into launch ${launchId}, ${formatOpen(byRight)} of it by right`,
            `After the end: npx openledger launch collect ${launchId}`,
          ].join("\n"),
        );
      }),
    );

  add("finish")
    .description("end a sale: graduate it, or give everything back below the soft cap; anybody may, after its end")
    .argument("<id>", "the launch", parseId)
    .action((launchId: bigint, options: ChainOptions) =>
      run(options, async (session) => {
        const now = await chainTime(session.provider);
        const call = await launches.finish(session.contracts, { launchId, now });
        const mined = await session.send(call);
        session.finish({ launchId, outcome: call.method, transaction: mined?.hash }, () =>
          call.method === "graduate"
            ? `launch ${launchId} has graduated: its shares trade`
            : `launch ${launchId} has failed: everything can be taken back`,
        );
      }),
    );

  add("collect")
    .description("get shares and what was not accepted, or everything back; anybody may for anybody")
    .argument("<id>", "the launch", parseId)
    .option("--account <address>", "whose; the key's if absent", parseAddress)
    .action((launchId: bigint, options: ChainOptions & { readonly account?: Address }) =>
      run(options, async (session) => {
        const account = options.account ?? requireKey(session, "collecting").address;
        const mined = await session.send(await launches.collect(session.contracts, { launchId, account }));
        const { shares, paidBack } = collected(mined && eventOf(mined, session.contracts.Launchpad, "Collected").args);
        session.finish(
          { launchId, account, shares, paidBack, transaction: mined?.hash },
          () => `${formatShares(shares)} shares and ${formatOpen(paidBack)} OPEN for ${account}`,
        );
      }),
    );

  add("release")
    .description("give the creator the shares that are vested; anybody may")
    .argument("<id>", "the launch", parseId)
    .action((launchId: bigint, options: ChainOptions) =>
      run(options, async (session) => {
        const mined = await session.send(await launches.release(session.contracts, launchId));
        const released = mined && eventOf(mined, session.contracts.Launchpad, "Released");
        const amount = (released?.args["amount"] ?? 0n) as bigint;
        session.finish(
          { launchId, amount, transaction: mined?.hash },
          () => `${formatShares(amount)} shares released to the creator`,
        );
      }),
    );
};

function collected(args: Record<string, unknown> | undefined): { shares: bigint; paidBack: bigint } {
  return { shares: (args?.["shares"] ?? 0n) as bigint, paidBack: (args?.["paidBack"] ?? 0n) as bigint };
}

async function create(session: Session, file: string): Promise<void> {
  const plan = launches.readLaunch(file);
  const account = requireKey(session, "launching").address;
  const now = await chainTime(session.provider);
  const [approval, call] = await launches.launch(session.contracts, { plan, account, now });
  await session.send(approval!);
  const mined = await session.send(call!);
  const args = mined && eventOf(mined, session.contracts.Launchpad, "Launched").args;
  const launchId = args?.["launchId"] as bigint | undefined;
  const shares = args?.["shares"] as string | undefined;
  session.finish({ launchId, shares, transaction: mined?.hash }, () =>
    [
      `launch ${launchId} of model ${plan.model}: shares ${shares}`,
      `Buyers: npx openledger launch deposit ${launchId} <OPEN>`,
    ].join("\n"),
  );
}

async function list({ contracts, output }: Session): Promise<void> {
  const { Launchpad } = contracts;
  const count = Number(await Launchpad.launchCount());
  const ids = Array.from({ length: count }, (_, i) => BigInt(count - i));
  const rows = await Promise.all(
    ids.map(async (launchId) => {
      const { shares, status, endsAt, softCap, hardCap } = await Launchpad.launchOf(launchId);
      const raised = await Launchpad.raised(launchId);
      return { launchId, state: stateOf(status), shares, raised, softCap, hardCap, endsAt };
    }),
  );
  output.result(rows, (all) =>
    table(all, [
      { title: "launch", value: ({ launchId }) => `${launchId}`, align: "right" },
      { title: "state", value: ({ state }) => state },
      { title: "OPEN", value: ({ raised }) => formatOpen(raised), align: "right" },
      { title: "soft cap", value: ({ softCap }) => formatOpen(softCap), align: "right" },
      { title: "hard cap", value: ({ hardCap }) => formatOpen(hardCap), align: "right" },
      { title: "ends", value: ({ endsAt }) => isoTime(endsAt) },
      { title: "shares", value: ({ shares }) => shares },
    ]),
  );
}

async function show(session: Session, launchId: bigint, account: string | undefined): Promise<void> {
  const { contracts, output } = session;
  const known = await launches.requireLaunch(contracts, launchId);
  const raised = await contracts.Launchpad.raised(launchId);
  const own = account && (await contracts.Launchpad.depositOf(launchId, account));
  const outcome = account && (await contracts.Launchpad.outcomeOf(launchId, account));
  const shown = {
    launchId,
    state: stateOf(known.status),
    creator: known.creator,
    shares: known.shares,
    raised,
    softCap: known.softCap,
    hardCap: known.hardCap,
    endsAt: known.endsAt,
    sold: known.sold,
    rightOfEach: known.rightOfEach,
    grantId: known.grantId,
    ...(own && outcome
      ? { deposit: own.byRight + own.others, outcome: { shares: outcome.shares, paidBack: outcome.paidBack } }
      : {}),
  };
  output.result(shown, (s) =>
    [
      `launch    ${s.launchId}, ${s.state}, by ${s.creator}`,
      `shares    ${s.shares}, ${formatShares(s.sold)} sold`,
      `OPEN      ${formatOpen(s.raised)} of ${formatOpen(s.softCap)} to ${formatOpen(s.hardCap)}`,
      `ends      ${isoTime(s.endsAt)}`,
      ...(s.rightOfEach === 0n ? [] : [`right     ${formatOpen(s.rightOfEach)} OPEN of each contribution`]),
      ...(s.deposit === undefined
        ? []
        : [
            `deposit   ${formatOpen(s.deposit)} OPEN: ${formatShares(s.outcome!.shares)} shares and ${formatOpen(s.outcome!.paidBack)} OPEN back, as it stands`,
          ]),
    ].join("\n"),
  );
}

function stateOf(status: bigint): string {
  return launches.LAUNCH_STATES[Number(status)]!;
}
