import type { Address } from "@openledger/protocol/hex.ts";
import { formatOpen, OPEN } from "@openledger/protocol/units.ts";
import { isoTime } from "../common/isoTime.ts";
import { transfer } from "../actions/tokens.ts";
import { setEthBalance, travelTo } from "../chain/localNode.ts";
import { isDevelopmentChain, requireWallet } from "../chain/wallet.ts";
import { AccessError, InputError } from "../common/errors.ts";
import { amountOption, parseAddress } from "./parse.ts";
import type { AddCommand } from "./program.ts";
import { addChainOptions, type ChainOptions, chainTime, configOf, type Session, withSession } from "./session.ts";

/** Account of the development mnemonic that deploys the local chain, and to which all OPEN is minted. */
const TREASURER = "0";
/** ETH for gas, in wei: more than any command line ever spends. */
const GAS_MONEY = 10n * 10n ** 18n;
const SECONDS = { s: 1n, m: 60n, h: 3_600n, d: 86_400n } as const;

type Forward = { readonly seconds: bigint } | "epoch";

/** `openledger faucet`: money for an account of the local chain. */
export const faucetCommand: AddCommand = (program) => {
  addChainOptions(program.command("faucet"))
    .description("give an account of the local chain OPEN, and ETH for gas")
    .argument("[account]", "the key's own if absent", parseAddress)
    .addOption(amountOption("--open <OPEN>", "how much OPEN", 10_000n * OPEN))
    .action(async (account: Address | undefined, options: ChainOptions & { readonly open: bigint }) => {
      const receiver = account ?? (await requireWallet(configOf(options))).address;
      const asTreasurer = { ...options, keystore: undefined, passwordFile: undefined, devAccount: TREASURER };
      await withSession(program, asTreasurer, async (session) => {
        const { contracts, provider, wallet } = session;
        const call = await transfer(contracts, { from: wallet?.address, to: receiver, amount: options.open });
        await setEthBalance(provider, receiver, GAS_MONEY);
        const mined = await session.send(call);
        session.finish(
          { account: receiver, open: options.open, transaction: mined?.hash },
          () => `${receiver} got ${formatOpen(options.open)} OPEN, and has ${formatOpen(GAS_MONEY)} ETH for gas`,
        );
      });
    });
};

/** `openledger time`: the chain's clock and epoch; moves the clock of a local chain. */
export const timeCommand: AddCommand = (program) => {
  addChainOptions(program.command("time"))
    .description("show the chain's time and epoch; on the local chain also move it forward, to the next phase")
    .option("--forward <duration>", 'such as 90m, 2h or 7d, or "epoch": until the current one has ended', parseForward)
    .action((options: ChainOptions & { readonly forward?: Forward }) =>
      withSession(program, options, async (session) => {
        const { provider, contracts } = session;
        const { EpochClock } = contracts;
        const { forward } = options;
        if (forward !== undefined) {
          requireLocalChain(session);
          const to =
            forward === "epoch"
              ? await EpochClock.endOf(await EpochClock.current())
              : (await chainTime(provider)) + forward.seconds;
          await travelTo(provider, to);
        }
        const now = await chainTime(provider);
        const epoch = await EpochClock.current();
        const endsAt = await EpochClock.endOf(epoch);
        session.output.result({ now, epoch, endsAt }, () =>
          [
            `the chain's time is ${isoTime(now)}`,
            `epoch ${epoch} ends at ${isoTime(endsAt)}; its receipts are committed and its root is posted after that`,
          ].join("\n"),
        );
      }),
    );
};

function requireLocalChain({ config }: Session): void {
  if (isDevelopmentChain(config)) return;
  throw new AccessError("only the clock of a local chain can be moved", {
    value: `chain ${config.OPENLEDGER_CHAIN_ID}`,
    limit: "the chain of npm start, on loopback",
    remedy: "Give --rpc and --chain-id of the local chain.",
  });
}

function parseForward(text: string): Forward {
  if (text === "epoch") return "epoch";
  const [, count, unit] = /^([1-9]\d{0,6})([smhd])$/u.exec(text) ?? [];
  if (count !== undefined) return { seconds: BigInt(count) * SECONDS[unit as keyof typeof SECONDS] };
  throw new InputError("this is not a duration", { value: text, limit: "a number and s, m, h or d, or: epoch" });
}
