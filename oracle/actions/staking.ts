import { ROLE } from "@openledger/protocol/stakeRole.ts";
import { isoTime } from "../common/isoTime.ts";
import type { Contracts } from "../chain/contracts.ts";
import { InputError, NotFoundError } from "../common/errors.ts";
import type { Call } from "./call.ts";

export type RoleName = keyof typeof ROLE;

/** The staking contract's bound on an operator's commission. */
const MAX_COMMISSION_BPS = 5_000;

/** The longest dispute, in seconds: `MAX_DISPUTE_PERIOD` of the staking contract. */
const MAX_DISPUTE_SECONDS = 14n * 86_400n;

/** Of ShareMath, which prices an empty pool by them. */
const VIRTUAL_SHARES = 10n ** 6n;
const VIRTUAL_ASSETS = 1n;

type Staking = Pick<Contracts, "StakeManager">;

/** An operator in one of its roles. */
export interface RoleOf {
  readonly role: RoleName;
  readonly operator: string;
}

/** A key's consent to sign for an operator; the operator's own key needs none. */
export interface Agreement {
  readonly signer: string;
  /** Unix seconds until which it can be used. */
  readonly deadline: bigint;
  /** EIP-712, of `Possession`. */
  readonly signature: string;
}

/** The account itself signs. */
export function ownKey(operator: string): Agreement {
  return { signer: operator, deadline: 0n, signature: "0x" };
}

/** @throws InputError when the operator is registered, the signer stands for another one, or the commission is too high */
export async function register(
  { StakeManager }: Staking,
  {
    role,
    operator,
    agreement,
    commissionBps,
  }: RoleOf & { readonly agreement: Agreement; readonly commissionBps: number },
): Promise<Call> {
  if (commissionBps > MAX_COMMISSION_BPS) {
    throw new InputError("the commission is too high", {
      value: `${commissionBps} basis points`,
      limit: `0 to ${MAX_COMMISSION_BPS}`,
    });
  }
  if (BigInt((await StakeManager.poolOf(ROLE[role], operator)).signer) !== 0n) {
    throw new InputError("the account is registered in this role", {
      value: `${operator}, ${role}`,
      limit: "an account registers once in each role",
      remedy: "npx openledger operator rotate changes its signer, operator stake adds stake.",
    });
  }
  const { signer, deadline, signature } = agreement;
  await requireFreeSigner(StakeManager, signer, operator);
  return {
    kind: "register operator",
    contract: "StakeManager",
    method: "register",
    args: [ROLE[role], signer, commissionBps, deadline, signature],
  };
}

/** The new signer signs from the next snapshot on. @throws as `register`, and NotFoundError for an unknown operator */
export async function rotateSigner(
  { StakeManager }: Staking,
  { role, operator, agreement }: RoleOf & { readonly agreement: Agreement },
): Promise<Call> {
  const { signer, deadline, signature } = agreement;
  await requireRegistered(StakeManager, { role, operator });
  await requireFreeSigner(StakeManager, signer, operator);
  const args = [ROLE[role], signer, deadline, signature];
  return { kind: "rotate signer", contract: "StakeManager", method: "rotateSigner", args };
}

/**
 * Stakes at today's price of a share and today's commission, or not at all.
 *
 * @param assets OPEN wei, which the contract must be allowed to take. @throws NotFoundError for an unknown operator
 */
export async function stake(
  { StakeManager }: Staking,
  { role, operator, assets }: RoleOf & { readonly assets: bigint },
): Promise<Call> {
  await requireRegistered(StakeManager, { role, operator });
  const { assets: pool, shares, commissionBps } = await StakeManager.poolOf(ROLE[role], operator);
  const minShares = (assets * (shares + VIRTUAL_SHARES)) / (pool + VIRTUAL_ASSETS);
  return {
    kind: "stake",
    contract: "StakeManager",
    method: "stake",
    args: [ROLE[role], operator, assets, minShares, commissionBps],
  };
}

/**
 * @param assets OPEN wei; undefined: all that the delegator has there
 * @throws InputError when the delegator has less
 */
export async function requestUnbond(
  { StakeManager }: Staking,
  { role, operator, delegator, assets }: RoleOf & { readonly delegator: string; readonly assets: bigint | undefined },
): Promise<Call> {
  const shares = await StakeManager.sharesOf(ROLE[role], operator, delegator);
  const worth = await StakeManager.assetsOf(ROLE[role], operator, shares);
  if (worth === 0n || (assets ?? 0n) > worth) {
    throw new InputError("the account has less stake there", {
      value: `${assets ?? "all"} of ${worth} OPEN wei of ${delegator} with ${operator} as ${role}`,
      limit: "what the account itself has staked",
      remedy: "npx openledger operator status shows it.",
    });
  }
  // rounded up, so that what is paid out is not a wei less than what was asked for
  const leaving = assets === undefined ? shares : (shares * assets + worth - 1n) / worth;
  return {
    kind: "request unbond",
    contract: "StakeManager",
    method: "requestUnbond",
    args: [ROLE[role], operator, leaving],
  };
}

/** @param now the chain's time. @throws NotFoundError for a ticket that nobody has; InputError before its time */
export async function withdraw({ StakeManager }: Staking, ticketId: bigint, now: bigint): Promise<Call> {
  const { owner, withdrawableAt, withdrawnAt } = await StakeManager.ticketOf(ticketId);
  if (BigInt(owner) === 0n || withdrawnAt !== 0n) {
    throw new NotFoundError("there is no such ticket, or it was paid out", {
      value: ticketId,
      remedy: "npx openledger operator unbond prints the ticket's id.",
    });
  }
  if (now < withdrawableAt) {
    throw new InputError("the stake is still bound", {
      value: `ticket ${ticketId}`,
      limit: `from ${isoTime(withdrawableAt)} on, by the chain's clock`,
      remedy: "On a local chain, npx openledger time moves the clock.",
    });
  }
  return { kind: "withdraw", contract: "StakeManager", method: "withdraw", args: [ticketId] };
}

/** What the caller has earned in past epochs behind an operator, and its commission where it is the operator itself. */
export function claimRewards(operator: string): Call {
  return { kind: "claim staking rewards", contract: "StakeRewards", method: "claim", args: [operator] };
}

/** Records who can sign from now on. Anybody may. */
export function snapshotQuorum(): Call {
  return { kind: "snapshot quorum", contract: "StakeManager", method: "snapshotQuorum", args: [] };
}

/**
 * Asks an oracle operator for a sign of life, which it owes once in an unbonding period and a dispute. Anybody may.
 *
 * @throws NotFoundError for an unknown operator; InputError when it is dormant or was seen or asked since
 */
export async function askForLife({ StakeManager }: Staking, operator: string, now: bigint): Promise<Call> {
  await requireAwake(StakeManager, operator);
  const [{ seenAt, askedAt }, { unbondingPeriod }] = await Promise.all([
    StakeManager.lifeOf(operator),
    StakeManager.parameters(),
  ]);
  const notBefore = seenAt + unbondingPeriod + MAX_DISPUTE_SECONDS;
  if (askedAt !== 0n || now < notBefore) {
    throw new InputError(askedAt === 0n ? "the operator was seen not long ago" : "the operator has been asked", {
      value: `${operator}, ${askedAt === 0n ? `seen ${isoTime(seenAt)}` : `asked ${isoTime(askedAt)}`}`,
      limit: askedAt === 0n ? `from ${isoTime(notBefore)} on, by the chain's clock` : "once, until it answers",
      ...(askedAt !== 0n && { remedy: `npx openledger operator dormant ${operator} is next.` }),
    });
  }
  return { kind: "ask for life", contract: "StakeManager", method: "askForLife", args: [operator] };
}

/**
 * Takes the stake of an operator that was asked and did not answer out of quorums. Anybody may.
 *
 * @throws NotFoundError for an unknown operator; InputError before it was asked and had its time
 */
export async function markDormant({ StakeManager }: Staking, operator: string, now: bigint): Promise<Call> {
  await requireAwake(StakeManager, operator);
  const { askedAt } = await StakeManager.lifeOf(operator);
  if (askedAt === 0n) {
    throw new InputError("the operator was not asked for a sign of life", {
      value: operator,
      limit: "who was asked and did not answer",
      remedy: `npx openledger operator ask ${operator}`,
    });
  }
  const notBefore = askedAt + (await StakeManager.ANSWER_TIME());
  if (now < notBefore) {
    throw new InputError("the operator has time to answer", {
      value: operator,
      limit: `from ${isoTime(notBefore)} on, by the chain's clock`,
    });
  }
  return { kind: "mark dormant", contract: "StakeManager", method: "markDormant", args: [operator] };
}

/** A sign of life of the sender, an oracle operator; wakes it if it is dormant. @throws NotFoundError for anybody else */
export async function showLife({ StakeManager }: Staking, operator: string): Promise<Call> {
  await requireRegistered(StakeManager, { role: "oracle", operator });
  return { kind: "show life", contract: "StakeManager", method: "showLife", args: [] };
}

async function requireAwake(staking: Staking["StakeManager"], operator: string): Promise<void> {
  await requireRegistered(staking, { role: "oracle", operator });
  if (!(await staking.poolOf(ROLE.oracle, operator)).dormant) return;
  throw new InputError("the operator is dormant", {
    value: operator,
    limit: "one whose stake counts",
    remedy: "It wakes by itself: npx openledger operator wake, with its key.",
  });
}

async function requireRegistered(staking: Staking["StakeManager"], { role, operator }: RoleOf): Promise<void> {
  if (BigInt((await staking.poolOf(ROLE[role], operator)).signer) !== 0n) return;
  throw new NotFoundError("nobody is registered under this account in this role", {
    value: `${operator}, ${role}`,
    remedy: "The operator registers first: npx openledger operator register.",
  });
}

async function requireFreeSigner(staking: Staking["StakeManager"], signer: string, operator: string): Promise<void> {
  const taken = await staking.operatorOf(signer);
  if (BigInt(taken) === 0n || BigInt(taken) === BigInt(operator)) return;
  throw new InputError("the signer stands for another operator", {
    value: signer,
    limit: `a key that was never used before; this one is of ${taken}`,
    remedy: "npx openledger key new makes one.",
  });
}
