import type { Address } from "@openledger/protocol/hex.ts";
import { formatOpen } from "@openledger/protocol/units.ts";
import type { Command } from "commander";
import { claimHeldStake, type HeldStake, heldStakeOf } from "../actions/heldStake.ts";
import { eventOf } from "../chain/eventOf.ts";
import { InputError } from "../common/errors.ts";
import { isoTime } from "../common/isoTime.ts";
import { table } from "./output.ts";
import { parseAddress } from "./parse.ts";
import { addChainOptions, type ChainOptions, requireKey, type Session, withSession } from "./session.ts";

/** `openledger operator held`: stake that was taken because nobody answered a demand, and what came back of it. */
export function addHeldCommand(program: Command, operator: Command): void {
  addChainOptions(operator.command("held"))
    .description("what is held of your stake because nobody answered a demand; --claim takes what was returned")
    .argument("[account]", "the key's own if absent", parseAddress)
    .option("--claim", "take everything that was returned to the key's account")
    .action((account: Address | undefined, options: ChainOptions & { readonly claim?: boolean }) =>
      withSession(program, options, async (session) => {
        const whose = account ?? requireKey(session, "what is held of your own stake").address;
        const held = await heldStakeOf(session.contracts, whose, session.deployment.firstBlock);
        if (options.claim === true) await claim(session, whose, held);
        else session.output.result({ account: whose, held }, () => render(whose, held));
      }),
    );
}

async function claim(session: Session, whose: string, held: readonly HeldStake[]): Promise<void> {
  const { address } = requireKey(session, "claiming");
  if (BigInt(whose) !== BigInt(address)) {
    throw new InputError("only its owner can claim what was returned", {
      value: whose,
      limit: `the key's account, ${address}`,
      remedy: "Leave the account out.",
    });
  }
  let assets = 0n;
  const transactions: string[] = [];
  for (const part of held.filter(({ state }) => state === "returned")) {
    const mined = await session.send(claimHeldStake(part));
    if (mined === undefined) continue;
    assets += eventOf(mined, session.contracts.SlashEscrow, "PartClaimed").args["assets"] as bigint;
    transactions.push(mined.hash);
  }
  session.finish({ account: whose, assets, transactions }, () => `${formatOpen(assets)} OPEN paid out`);
}

function render(account: string, held: readonly HeldStake[]): string {
  if (held.length === 0) return `nothing was taken of the stake of ${account} for a demand that nobody answered`;
  const rows = table(held, [
    { title: "demand", value: ({ demandId }) => demandId },
    { title: "operator", value: ({ operator }) => operator },
    { title: "stake", value: ({ ticketId }) => (ticketId === undefined ? "active" : `ticket ${ticketId}`) },
    { title: "OPEN", value: ({ assets }) => formatOpen(assets), align: "right" },
    { title: "state", value: ({ state, until }) => (state === "held" ? `held until ${isoTime(until)}` : state) },
  ]);
  const isReturned = held.some(({ state }) => state === "returned");
  return isReturned ? `${rows}\nThen: npx openledger operator held --claim` : rows;
}
