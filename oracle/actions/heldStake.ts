import { ROLE } from "@openledger/protocol/stakeRole.ts";
import type { Contracts } from "../chain/contracts.ts";
import { isFailedCall } from "../chain/revert.ts";
import type { Call } from "./call.ts";

type Held = Pick<Contracts, "SlashEscrow" | "StakeManager" | "StakeRewards">;

/** `HOLD_PERIOD` of the escrow, in seconds. */
const HOLD_SECONDS = 56n * 86_400n;

/** `ISlashEscrow.State`. */
const STATES = ["none", "held", "returned", "forfeited"] as const;

/** What was taken of an account's stake because nobody answered a demand, but for the part that is lost for good. */
export interface HeldStake {
  readonly demandId: string;
  readonly operator: string;
  /** Ticket of stake that was leaving; undefined for active stake. */
  readonly ticketId: bigint | undefined;
  /** OPEN wei. */
  readonly assets: bigint;
  readonly state: "held" | "returned" | "claimed" | "forfeited";
  /** Unix seconds until which what is held can be returned. */
  readonly until: bigint;
}

/**
 * What is or was held for an account, of its stake and of its tickets, in the order in which it was taken.
 *
 * @param fromBlock where the contracts' events begin
 */
export async function heldStakeOf(contracts: Held, account: string, fromBlock: number): Promise<HeldStake[]> {
  const { SlashEscrow, StakeManager, StakeRewards } = contracts;
  const unbonded = StakeManager.filters.UnbondRequested(ROLE.oracle, undefined, account);
  const [taken, requested] = await Promise.all([
    SlashEscrow.queryFilter(SlashEscrow.filters.Held(), fromBlock),
    StakeManager.queryFilter(unbonded, fromBlock),
  ]);
  const tickets = await Promise.all(
    requested.map(async ({ args: { ticketId } }) => ({ ticketId, ...(await ticketOf(StakeManager, ticketId)) })),
  );
  const found: HeldStake[] = [];
  for (const { demandId, operator } of taken.map(({ args }) => args)) {
    const [held, part] = await Promise.all([SlashEscrow.caseOf(demandId), SlashEscrow.partOf(demandId, operator)]);
    const shares = await StakeRewards.sharesAt(operator, account, part.slash);
    const parts = [{ ticketId: undefined, assets: partOf(part.active, shares, part.shares) }];
    const state = STATES[Number(held.state)]!;
    const until = held.heldAt + HOLD_SECONDS;
    const hit = tickets.filter(
      (ticket) =>
        ticket.operator === operator &&
        ticket.ticketId <= held.lastTicketId &&
        (ticket.withdrawnAt === 0n || ticket.withdrawnAt > held.heldAt),
    );
    const leaving = hit.map(({ ticketId, unbondingShares }) => ({
      ticketId,
      assets: partOf(part.unbonding, unbondingShares, part.unbondingShares),
    }));
    for (const { ticketId, assets } of [...parts, ...leaving]) {
      if (assets === 0n || state === "none") continue;
      const one = { demandId, operator, ticketId, assets, state, until };
      found.push(
        state === "returned" && (await isClaimed(contracts, account, one)) ? { ...one, state: "claimed" } : one,
      );
    }
  }
  return found;
}

/** Pays the sender what was returned of its stake in a pool, or of a ticket. */
export function claimHeldStake({ demandId, operator, ticketId }: Omit<HeldStake, "assets" | "state" | "until">): Call {
  const [method, args] =
    ticketId === undefined ? ["claim", [demandId, operator]] : ["claimTicket", [demandId, ticketId]];
  return { kind: "claim held stake", contract: "SlashEscrow", method, args };
}

async function ticketOf(staking: Held["StakeManager"], ticketId: bigint) {
  const { operator, unbondingShares, withdrawnAt } = await staking.ticketOf(ticketId);
  return { operator, unbondingShares, withdrawnAt };
}

/** Of assets that all shares had together. */
function partOf(assets: bigint, shares: bigint, allShares: bigint): bigint {
  return allShares === 0n ? 0n : (assets * shares) / allShares;
}

/** Whether the escrow pays the account this part no more. */
function isClaimed(
  { SlashEscrow }: Held,
  from: string,
  { demandId, operator, ticketId }: Pick<HeldStake, "demandId" | "operator" | "ticketId">,
): Promise<boolean> {
  const paid =
    ticketId === undefined
      ? SlashEscrow.claim.staticCall(demandId, operator, { from })
      : SlashEscrow.claimTicket.staticCall(demandId, ticketId, { from });
  return paid.then(
    () => false,
    (error: unknown) => {
      if (isFailedCall(error)) return true;
      throw error;
    },
  );
}
