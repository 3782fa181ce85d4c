import type { Address } from "@openledger/protocol/hex.ts";
import { formatOpen } from "@openledger/protocol/units.ts";
import { transfer } from "../actions/tokens.ts";
import { parseAddress, parseAmount } from "./parse.ts";
import type { AddCommand } from "./program.ts";
import { addChainOptions, type ChainOptions, withSession } from "./session.ts";

/** `openledger send`: OPEN from the key's account to another. */
export const sendCommand: AddCommand = (program) => {
  addChainOptions(program.command("send"))
    .description("send OPEN from the key's account to another")
    .argument("<OPEN>", "amount", parseAmount)
    .argument("<to>", "address that gets it", parseAddress)
    .action((amount: bigint, to: Address, options: ChainOptions) =>
      withSession(program, options, async (session) => {
        const { contracts, wallet } = session;
        const mined = await session.send(await transfer(contracts, { from: wallet?.address, to, amount }));
        session.finish({ to, amount, transaction: mined?.hash }, () => `${formatOpen(amount)} OPEN sent to ${to}`);
      }),
    );
};
