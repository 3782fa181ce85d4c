import type { Address } from "@openledger/protocol/hex.ts";
import { ROLE } from "@openledger/protocol/stakeRole.ts";
import { formatOpen } from "@openledger/protocol/units.ts";
import type { Command } from "commander";
import { isoTime } from "../common/isoTime.ts";
import type { RoleName } from "../actions/staking.ts";
import { table } from "./output.ts";
import { parseAddress } from "./parse.ts";
import { addChainOptions, type ChainOptions, chainTime, requireKey, type Session, withSession } from "./session.ts";

/** What the chain says of an account in one of its roles; amounts in OPEN wei. */
interface RoleStatus {
  readonly role: RoleName;
  readonly signer: string;
  readonly commissionBps: bigint;
  readonly stake: bigint;
  readonly unbonding: bigint;
  /** What the next snapshot would give it; oracle operators only. */
  readonly weight: bigint;
  readonly seated: boolean;
  readonly dormant: boolean;
  /** Undefined: not in jail. */
  readonly jailedUntil: bigint | undefined;
}

/** `openledger operator status`: an account's roles, and whether it is among those who can sign. */
export function addStatusCommand(program: Command, operator: Command): void {
  addChainOptions(operator.command("status"))
    .description("an account's roles, stake, seat and jail, and the quorum's last snapshot")
    .argument("[account]", "the key's own if absent", parseAddress)
    .action((account: Address | undefined, options: ChainOptions) =>
      withSession(program, options, async (session) => {
        const whose = account ?? requireKey(session, "the status of your own account").address;
        const roles = (
          await Promise.all(Object.keys(ROLE).map((role) => statusOf(session, role as RoleName, whose)))
        ).filter(({ signer }) => BigInt(signer) !== 0n);
        const snapshot = await lastSnapshot(session, roles.find(({ role }) => role === "oracle")?.signer);
        session.output.result({ account: whose, roles, snapshot }, () => render(whose, roles, snapshot));
      }),
    );
}

async function statusOf({ contracts }: Session, role: RoleName, account: string): Promise<RoleStatus> {
  const { StakeManager } = contracts;
  const [{ signer, commissionBps, unbondingAssets, seated, dormant, jailedUntil }, stake, weight] = await Promise.all([
    StakeManager.poolOf(ROLE[role], account),
    StakeManager.stakeOf(ROLE[role], account),
    role === "oracle" ? StakeManager.weightOf(account) : 0n,
  ]);
  const jail = jailedUntil === 0n ? undefined : jailedUntil;
  return { role, signer, commissionBps, stake, unbonding: unbondingAssets, weight, seated, dormant, jailedUntil: jail };
}

async function lastSnapshot({ contracts, provider }: Session, signer: string | undefined) {
  const { StakeManager } = contracts;
  const snapshotId = await StakeManager.latestSnapshot();
  if (snapshotId === 0n) return undefined;
  const [{ members, takenAt }, { snapshotLifetime }, now] = await Promise.all([
    StakeManager.quorumOf(snapshotId),
    StakeManager.parameters(),
    chainTime(provider),
  ]);
  // the upper 160 bits of a member are its signer
  const isMember = signer !== undefined && members.some((member) => member >> 96n === BigInt(signer));
  return { snapshotId, members: members.length, isMember, expired: now > takenAt + snapshotLifetime };
}

function render(
  account: string,
  roles: readonly RoleStatus[],
  snapshot: Awaited<ReturnType<typeof lastSnapshot>>,
): string {
  const standing =
    roles.length === 0
      ? `${account} has no role. Next: npx openledger operator register`
      : table(roles, [
          { title: "role", value: ({ role }) => role },
          { title: "signer", value: ({ signer }) => signer },
          { title: "commission", value: ({ commissionBps }) => `${Number(commissionBps) / 100} %`, align: "right" },
          { title: "stake", value: ({ stake }) => formatOpen(stake), align: "right" },
          { title: "unbonding", value: ({ unbonding }) => formatOpen(unbonding), align: "right" },
          { title: "weight", value: ({ weight }) => formatOpen(weight), align: "right" },
          { title: "seated", value: ({ seated, dormant }) => (dormant ? "dormant" : seated ? "yes" : "no") },
          {
            title: "jailed until",
            value: ({ jailedUntil }) => (jailedUntil === undefined ? "-" : isoTime(jailedUntil)),
          },
        ]);
  if (snapshot === undefined) return `${standing}\nno snapshot of the quorum yet: npx openledger operator snapshot`;
  const { snapshotId, members, isMember, expired } = snapshot;
  const state = expired ? ", expired: npx openledger operator snapshot" : "";
  return `${standing}\nsnapshot ${snapshotId} of ${members} members, ${isMember ? "with" : "without"} this account${state}`;
}
