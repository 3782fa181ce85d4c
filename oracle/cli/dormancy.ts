import type { Address } from "@openledger/protocol/hex.ts";
import type { Command } from "commander";
import * as staking from "../actions/staking.ts";
import { parseAddress } from "./parse.ts";
import { addChainOptions, type ChainOptions, chainTime, requireKey, withSession } from "./session.ts";

/** `openledger operator ask`, `dormant` and `wake`: stake whose operator is gone, and how one shows that it is not. */
export function addDormancyCommands(program: Command, operator: Command): void {
  addChainOptions(operator.command("ask"))
    .description("ask an oracle operator that was not seen for long for a sign of life; anyone may")
    .argument("<operator>", "the operator's account", parseAddress)
    .action((of: Address, options: ChainOptions) =>
      withSession(program, options, async (session) => {
        const { contracts, provider } = session;
        const mined = await session.send(await staking.askForLife(contracts, of, await chainTime(provider)));
        session.finish({ operator: of, transaction: mined?.hash }, () =>
          [`${of} has seven days to answer`, `Then: npx openledger operator dormant ${of}`].join("\n"),
        );
      }),
    );

  addChainOptions(operator.command("dormant"))
    .description("take the stake of an operator that did not answer out of quorums; anyone may")
    .argument("<operator>", "the operator's account", parseAddress)
    .action((of: Address, options: ChainOptions) =>
      withSession(program, options, async (session) => {
        const { contracts, provider } = session;
        const mined = await session.send(await staking.markDormant(contracts, of, await chainTime(provider)));
        session.finish({ operator: of, transaction: mined?.hash }, () =>
          [`${of} counts in no quorum`, "From the next snapshot on: npx openledger operator snapshot"].join("\n"),
        );
      }),
    );

  addChainOptions(operator.command("wake"))
    .description("give a sign of life with the operator's key; a running operator does so when it is asked")
    .action((options: ChainOptions) =>
      withSession(program, options, async (session) => {
        const account = requireKey(session, "a sign of life").address;
        const mined = await session.send(await staking.showLife(session.contracts, account));
        session.finish({ operator: account, transaction: mined?.hash }, () => `${account} is alive`);
      }),
    );
}
