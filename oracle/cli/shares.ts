import type { Address } from "@openledger/protocol/hex.ts";
import { formatOpen } from "@openledger/protocol/units.ts";
import { type Command, Option } from "commander";
import { REGISTRIES } from "../actions/assets.ts";
import type { Call } from "../actions/call.ts";
import * as decisions from "../actions/decisions.ts";
import * as actions from "../actions/shares.ts";
import { buyShares, sellShares } from "../actions/trades.ts";
import { sharesAt } from "../chain/contracts.ts";
import { eventOf } from "../chain/eventOf.ts";
import { isoTime } from "../common/isoTime.ts";
import { table } from "./output.ts";
import { parseAddress, parseAmount, parseId } from "./parse.ts";
import { parseChange, parseCollection, parseDecision, parseSlippage } from "./sharesWords.ts";
import type { AddCommand } from "./program.ts";
import {
  addChainOptions,
  allow,
  allowAt,
  type ChainOptions,
  chainTime,
  requireKey,
  type Session,
  withSession,
} from "./session.ts";

type Work = (session: Session, shares: actions.Shares, account: string) => Promise<void>;

/** `openledger shares`: models, Datanets and agents in shares, what they earn, decide and cost. */
export const sharesCommand: AddCommand = (program) => {
  const command = program
    .command("shares")
    .description("split models, Datanets and agents into shares; claim, decide, trade");
  const add = (words: string) => addChainOptions(command.command(words));
  const about = (words: string) =>
    add(words).argument("<shares>", "an address, model:<id>, datanet:<id> or agent:<id>");
  const run = (options: ChainOptions, work: (session: Session) => Promise<void>) => withSession(program, options, work);
  /** With the shares that were named, and the key's account. */
  const runOn = (text: string, options: ChainOptions, why: string, work: Work) =>
    run(options, async (session) => {
      const shares = await actions.findShares(session.contracts, text);
      await work(session, shares, requireKey(session, why).address);
    });

  add("issue")
    .description("give your model, Datanet or agent to a contract of shares; all of them are yours")
    .argument("<what>", "model, datanet or agent", parseCollection)
    .argument("<id>", "its id", parseId)
    .requiredOption("--name <text>", "of the shares")
    .requiredOption("--symbol <text>", "of the shares")
    .addOption(
      new Option("--min-float <shares>", "that are reckoned with at least")
        .argParser(parseAmount)
        .default(actions.SHARES, "all of them"),
    )
    .action(
      (
        collection: actions.Collection,
        tokenId: bigint,
        options: ChainOptions & { readonly name: string; readonly symbol: string; readonly minFloat: bigint },
      ) =>
        run(options, async (session) => {
          const account = requireKey(session, "issuing").address;
          const { name, symbol, minFloat } = options;
          const terms = { collection, tokenId, account, name, symbol, minFloat };
          const [approval, call] = await actions.issue(session.contracts, terms);
          await session.send(approval!);
          const mined = await session.send(call!);
          const issued = mined && eventOf(mined, session.contracts.ShareIssuer, "SharesIssued");
          const shares = issued?.args["shares"] as string | undefined;
          session.finish({ collection, tokenId, shares, transaction: mined?.hash }, () => `shares ${shares}`);
        }),
    );

  add("list")
    .description("everything that is in shares")
    .action((options: ChainOptions) => run(options, list));

  about("show")
    .description("what shares earn, who manages them, and whether the NFT is for sale")
    .option("--account <address>", "whose part to show; the key's if absent", parseAddress)
    .action((text: string, options: ChainOptions & { readonly account?: Address }) =>
      run(options, async (session) =>
        show(session, await actions.findShares(session.contracts, text), options.account ?? session.wallet?.address),
      ),
    );

  about("claim")
    .description("take what your shares have earned until now")
    .option("--to <address>", "who is paid; the key's account if absent", parseAddress)
    .action((text: string, options: ChainOptions & { readonly to?: Address }) =>
      runOn(text, options, "claiming", async (session, shares, account) => {
        const to = options.to ?? account;
        const mined = await session.send(await actions.claim(shares, account, to));
        const amount = (mined && (eventOf(mined, shares, "RevenueClaimed").args["amount"] as bigint)) ?? 0n;
        session.finish({ amount, to, transaction: mined?.hash }, () => `${formatOpen(amount)} OPEN paid to ${to}`);
      }),
    );

  about("transfer")
    .description("send shares to another account")
    .argument("<amount>", "shares", parseAmount)
    .argument("<to>", "who gets them", parseAddress)
    .action((text: string, amount: bigint, to: Address, options: ChainOptions) =>
      runOn(text, options, "sending shares", async (session, shares, account) => {
        const call = await actions.transfer(shares, account, to, amount);
        await sendAndSay(session, call, `${actions.formatShares(amount)} shares sent to ${to}`);
      }),
    );

  about("delegate")
    .description("let an account vote with your shares, or yourself")
    .argument("<address>", "who votes", parseAddress)
    .action((text: string, to: Address, options: ChainOptions) =>
      runOn(text, options, "delegating", async (session, shares) =>
        sendAndSay(session, await actions.delegate(shares, to), `${to} votes with your shares from now on`),
      ),
    );

  about("manage")
    .description("change the model's price or provider, or the URI; only the manager")
    .argument("<what>", "price, provider or uri")
    .argument("<value>", "OPEN, an address, or a URI")
    .action((text: string, what: string, value: string, options: ChainOptions) =>
      runOn(text, options, "managing", async (session, shares, account) => {
        const call = await actions.manage(session.contracts, shares, account, parseChange(what, value));
        await sendAndSay(session, call, `${what} is ${value}`);
      }),
    );

  addDecision(about("support").description("let your votes support a decision, instead of what they supported")).action(
    (text: string, words: string[], options: ChainOptions) =>
      runOn(text, options, "voting", async (session, shares, account) => {
        const decision = parseDecision(words);
        const call = await decisions.support(session.contracts, shares, account, decision);
        const next = `Once enough do: npx openledger shares decide ${text} ${words.join(" ")}`;
        await sendAndSay(session, call, `your votes support: ${words.join(" ")}\n${next}`);
      }),
  );

  addDecision(about("decide").description("make a decision that enough votes support; anybody may")).action(
    (text: string, words: string[], options: ChainOptions) =>
      runOn(text, options, "deciding", async (session, shares) => {
        const from = session.deployment.firstBlock;
        const call = await decisions.decide(session.contracts, shares, parseDecision(words), from);
        await session.rehearse(call);
        await sendAndSay(session, call, `decided: ${words.join(" ")}`);
      }),
  );

  about("bid")
    .description("bid for what holders offered")
    .argument("<OPEN>", "how much", parseAmount)
    .action((text: string, amount: bigint, options: ChainOptions) =>
      runOn(text, options, "bidding", async (session, shares) => {
        const call = await actions.bid(shares, amount, await chainTime(session.provider));
        await allowAt(session, await shares.getAddress(), amount);
        await sendAndSay(session, call, `${formatOpen(amount)} OPEN bid; whoever bids more pays them back`);
      }),
    );

  about("settle")
    .description("give what was auctioned to the highest bidder, after the end; anybody may")
    .action((text: string, options: ChainOptions) =>
      runOn(text, options, "settling", async (session, shares) => {
        const call = await actions.settleAuction(shares, await chainTime(session.provider));
        await sendAndSay(session, call, "settled; the price is revenue of the shares");
      }),
    );

  about("redeem")
    .description("burn all shares, which you have, and get what they are shares of")
    .action((text: string, options: ChainOptions) =>
      runOn(text, options, "redeeming", async (session, shares, account) =>
        sendAndSay(session, await actions.redeem(shares, account, account), `it is ${account}'s again`),
      ),
    );

  addSlippage(about("buy").description("buy shares in their pair").argument("<OPEN>", "to spend", parseAmount)).action(
    (text: string, amount: bigint, options: ChainOptions & { readonly slippage: bigint }) =>
      runOn(text, options, "buying", async (session, shares) => {
        const wish = { amount, slippageBps: options.slippage, now: await chainTime(session.provider) };
        const { call, expected } = await buyShares(session.contracts, shares, wish);
        await allow(session, "ShareTrades", amount);
        await sendAndSay(session, call, `${actions.formatShares(expected)} shares bought, or a little fewer`);
      }),
  );

  addSlippage(
    about("sell").description("sell shares in their pair").argument("<amount>", "shares to sell", parseAmount),
  ).action((text: string, amount: bigint, options: ChainOptions & { readonly slippage: bigint }) =>
    runOn(text, options, "selling", async (session, shares, account) => {
      const wish = { amount, slippageBps: options.slippage, now: await chainTime(session.provider) };
      const { approval, call, expected } = await sellShares(session.contracts, shares, account, wish);
      await session.send(approval);
      await sendAndSay(session, call, `sold for ${formatOpen(expected)} OPEN, or a little less`);
    }),
  );
};

function addDecision(command: Command): Command {
  return command.argument("<decision...>", "manager <address>, offer <OPEN>, stop <grant> or reject <grant> <reason>");
}

function addSlippage(command: Command): Command {
  return command.addOption(
    new Option("--slippage <percent>", "worse than now that is accepted").argParser(parseSlippage).default(100n, "1"),
  );
}

async function sendAndSay(session: Session, call: Call, text: string): Promise<void> {
  const mined = await session.send(call);
  session.finish({ kind: call.kind, transaction: mined?.hash }, () => text);
}

async function list({ contracts, deployment, output }: Session): Promise<void> {
  const { ShareIssuer } = contracts;
  const events = await ShareIssuer.queryFilter(ShareIssuer.filters.SharesIssued(), deployment.firstBlock);
  const kinds = (["model", "datanet", "agent"] as const).map((kind) => ({
    kind,
    address: deployment.addresses[REGISTRIES[kind]].toLowerCase(),
  }));
  const rows = await Promise.all(
    events.map(async ({ args: { collection, tokenId, shares: address } }) => {
      const shares = sharesAt(contracts, address);
      const { kind } = kinds.find(({ address: registry }) => registry === collection.toLowerCase())!;
      const what = `${kind}:${tokenId}`;
      const [name, symbol, unstreamed] = await Promise.all([shares.name(), shares.symbol(), shares.unstreamed()]);
      return { what, name, symbol, unstreamed, address };
    }),
  );
  output.result(rows, (all) =>
    table(all, [
      { title: "of", value: ({ what }) => what },
      { title: "name", value: ({ name }) => name },
      { title: "symbol", value: ({ symbol }) => symbol },
      { title: "OPEN to be streamed", value: ({ unstreamed }) => formatOpen(unstreamed), align: "right" },
      { title: "shares", value: ({ address }) => address },
    ]),
  );
}

async function show({ output }: Session, shares: actions.Shares, account: string | undefined): Promise<void> {
  const { reserve, bidder, amount, endsAt } = await shares.auction();
  const shown = {
    shares: await shares.getAddress(),
    name: await shares.name(),
    tokenId: await shares.tokenId(),
    manager: await shares.manager(),
    supply: await shares.totalSupply(),
    earning: await shares.earningSupply(),
    minFloat: await shares.minFloat(),
    unstreamed: await shares.unstreamed(),
    auction: { reserve, bidder, amount, endsAt },
    ...(account === undefined
      ? {}
      : { own: { balance: await shares.balanceOf(account), claimable: await shares.claimable(account) } }),
  };
  output.result(shown, (s) =>
    [
      `shares    ${s.name}, ${s.shares}`,
      `manager   ${s.manager}`,
      `earning   ${actions.formatShares(s.earning)} of ${actions.formatShares(s.supply)}`,
      `streaming ${formatOpen(s.unstreamed)} OPEN`,
      ...(s.own === undefined
        ? []
        : [`own       ${actions.formatShares(s.own.balance)} shares, ${formatOpen(s.own.claimable)} OPEN to claim`]),
      ...(s.auction.reserve === 0n
        ? []
        : [
            s.auction.amount === 0n
              ? `for sale  from ${formatOpen(s.auction.reserve)} OPEN`
              : `bid       ${formatOpen(s.auction.amount)} OPEN by ${s.auction.bidder}, until ${isoTime(s.auction.endsAt)}`,
          ]),
    ].join("\n"),
  );
}
