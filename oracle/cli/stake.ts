import { digestOf, signingDomain } from "@openledger/protocol/eip712/domain.ts";
import { possessionType } from "@openledger/protocol/eip712/possession.ts";
import { asAddress, type Address } from "@openledger/protocol/hex.ts";
import { ROLE } from "@openledger/protocol/stakeRole.ts";
import { formatOpen } from "@openledger/protocol/units.ts";
import { type Command, Option } from "commander";
import * as staking from "../actions/staking.ts";
import { eventOf } from "../chain/eventOf.ts";
import { InputError } from "../common/errors.ts";
import { parseAddress, parseAmount, parseId } from "./parse.ts";
import { addChainOptions, allow, type ChainOptions, chainTime, requireKey, withSession } from "./session.ts";

/** How long an agreement can be used. */
const AGREEMENT_SECONDS = 7n * 86_400n;
const ROLES = Object.keys(ROLE) as staking.RoleName[];

interface RoleOptions extends ChainOptions {
  readonly role: staking.RoleName;
}

/** `openledger operator register`, `stake`, `unbond`, `withdraw`, `rotate` and `snapshot`: an operator's stake and key. */
export function addStakeCommands(program: Command, operator: Command): void {
  addRole(addChainOptions(operator.command("register")))
    .description("register the key's account as an oracle operator, a validator or a compute provider")
    .option("--agreement <text>", "of another key that signs for it, from operator agree", parseAgreement)
    .option(
      "--commission <percent>",
      "part of the rewards that it keeps before its pool shares the rest",
      parsePercent,
      500,
    )
    .action((options: RoleOptions & { readonly agreement?: staking.Agreement; readonly commission: number }) =>
      withSession(program, options, async (session) => {
        const account = requireKey(session, "registering").address;
        const { role, agreement = staking.ownKey(account), commission } = options;
        const { signer } = agreement;
        const registration = { role, operator: account, agreement, commissionBps: commission };
        const mined = await session.send(await staking.register(session.contracts, registration));
        session.finish({ operator: account, role, signer, transaction: mined?.hash }, () =>
          [`${account} is registered as ${role}, signer ${signer}`, "Next: npx openledger operator stake <OPEN>"].join(
            "\n",
          ),
        );
      }),
    );

  addRole(addChainOptions(operator.command("stake")))
    .description("stake OPEN with an operator: your own account's, or another's")
    .argument("<OPEN>", "amount", parseAmount)
    .option("--operator <address>", "whose pool; the key's account if absent", parseAddress)
    .action((assets: bigint, options: RoleOptions & { readonly operator?: Address }) =>
      withSession(program, options, async (session) => {
        const { role, operator: of = requireKey(session, "staking").address } = options;
        const call = await staking.stake(session.contracts, { role, operator: of, assets });
        await allow(session, "StakeManager", assets);
        const mined = await session.send(call);
        session.finish({ operator: of, role, assets, transaction: mined?.hash }, () =>
          [
            `${formatOpen(assets)} OPEN staked with ${of} as ${role}`,
            "It counts after the activation delay, from the next snapshot on: npx openledger operator status",
          ].join("\n"),
        );
      }),
    );

  addRole(addChainOptions(operator.command("unbond")))
    .description("begin to take stake out; it can be withdrawn after the unbonding period")
    .argument("[OPEN]", "amount; all of yours if absent", parseAmount)
    .option("--operator <address>", "whose pool; the key's account if absent", parseAddress)
    .action((assets: bigint | undefined, options: RoleOptions & { readonly operator?: Address }) =>
      withSession(program, options, async (session) => {
        const delegator = requireKey(session, "unbonding").address;
        const { role, operator: of = delegator } = options;
        const call = await staking.requestUnbond(session.contracts, { role, operator: of, delegator, assets });
        const mined = await session.send(call);
        const requested = mined && eventOf(mined, session.contracts.StakeManager, "UnbondRequested");
        const ticketId = requested?.args["ticketId"] as bigint | undefined;
        const withdrawableAt = ticketId && (await session.contracts.StakeManager.ticketOf(ticketId)).withdrawableAt;
        session.finish({ ticketId, withdrawableAt, transaction: mined?.hash }, () =>
          [
            `ticket ${ticketId}: withdrawable from ${new Date(Number(withdrawableAt) * 1_000).toISOString()} on`,
            `Then: npx openledger operator withdraw ${ticketId}`,
          ].join("\n"),
        );
      }),
    );

  addChainOptions(operator.command("withdraw"))
    .description("pay out what was unbonded")
    .argument("<ticket>", "the ticket's id", parseId)
    .action((ticketId: bigint, options: ChainOptions) =>
      withSession(program, options, async (session) => {
        const { contracts, provider } = session;
        const mined = await session.send(await staking.withdraw(contracts, ticketId, await chainTime(provider)));
        const withdrawn = mined && eventOf(mined, contracts.StakeManager, "Withdrawn");
        const assets = withdrawn?.args["assets"] as bigint | undefined;
        session.finish(
          { ticketId, assets, transaction: mined?.hash },
          () => `${formatOpen(assets ?? 0n)} OPEN paid out`,
        );
      }),
    );

  addChainOptions(operator.command("claim"))
    .description("take what your stake has earned in past epochs, and your commission as an operator")
    .argument("[operator]", "whose pool; the key's account if absent", parseAddress)
    .action((given: Address | undefined, options: ChainOptions) =>
      withSession(program, options, async (session) => {
        const of = given ?? requireKey(session, "claiming").address;
        const mined = await session.send(staking.claimRewards(of));
        const claimed = mined && eventOf(mined, session.contracts.StakeRewards, "RewardsClaimed");
        const assets = claimed?.args["assets"] as bigint | undefined;
        session.finish(
          { operator: of, assets, transaction: mined?.hash },
          () => `${formatOpen(assets ?? 0n)} OPEN paid out`,
        );
      }),
    );

  addRole(addChainOptions(operator.command("rotate")))
    .description("replace the key that signs for the account, from the next snapshot on")
    .argument(
      "<agreement>",
      "of the new key, from operator agree; one that never signed for an operator",
      parseAgreement,
    )
    .action((agreement: staking.Agreement, options: RoleOptions) =>
      withSession(program, options, async (session) => {
        const account = requireKey(session, "rotating the signer").address;
        const call = await staking.rotateSigner(session.contracts, {
          role: options.role,
          operator: account,
          agreement,
        });
        const mined = await session.send(call);
        const { signer } = agreement;
        session.finish({ operator: account, signer, transaction: mined?.hash }, () => `${signer} signs for ${account}`);
      }),
    );

  addRole(addChainOptions(operator.command("agree")))
    .description("agree, with the key that shall sign, to sign for an operator; nothing is sent")
    .argument("<operator>", "the operator's account", parseAddress)
    .action((of: Address, options: RoleOptions) =>
      withSession(program, options, async (session) => {
        const { signingKey, address: signer } = requireKey(session, "agreeing");
        const { contracts, config, provider } = session;
        const deadline = (await chainTime(provider)) + AGREEMENT_SECONDS;
        const domain = signingDomain(
          BigInt(config.OPENLEDGER_CHAIN_ID),
          asAddress(await contracts.StakeManager.possession()),
        );
        const agreed = { operator: of, role: ROLE[options.role], signer: asAddress(signer), deadline };
        const { serialized } = signingKey.sign(digestOf(domain, possessionType, agreed));
        const agreement = `${signer}:${deadline}:${serialized}`;
        session.output.result({ agreement }, () => agreement);
      }),
    );

  addChainOptions(operator.command("snapshot"))
    .description("record who can sign from now on; anyone may, once in every snapshot interval")
    .action((options: ChainOptions) =>
      withSession(program, options, async (session) => {
        const mined = await session.send(staking.snapshotQuorum());
        const taken = mined && eventOf(mined, session.contracts.StakeManager, "QuorumSnapshotTaken");
        const snapshotId = taken?.args["snapshotId"] as bigint | undefined;
        const members = (taken?.args["members"] as readonly bigint[] | undefined)?.length;
        session.finish(
          { snapshotId, members, transaction: mined?.hash },
          () => `snapshot ${snapshotId}: ${members} operators can sign`,
        );
      }),
    );
}

/** Adds `--role` with the oracle's as the usual one. */
export function addRole(command: Command): Command {
  return command.addOption(new Option("--role <role>", "role of the pool").choices(ROLES).default("oracle"));
}

/** What `operator agree` printed. */
function parseAgreement(text: string): staking.Agreement {
  const match = /^(0x[0-9a-fA-F]{40}):(\d{1,20}):(0x[0-9a-f]{130})$/u.exec(text);
  if (match !== null) return { signer: parseAddress(match[1]!), deadline: BigInt(match[2]!), signature: match[3]! };
  throw new InputError("this is not an agreement to sign", {
    value: text,
    limit: "<signer>:<deadline>:<signature>, as openledger operator agree prints it",
  });
}

/** Basis points of a percentage. */
function parsePercent(text: string): number {
  const bps = Number(text.replace(/%$/u, "")) * 100;
  if (text.trim() !== "" && Number.isInteger(bps) && bps >= 0) return bps;
  throw new InputError("this is not a percentage", {
    value: text,
    limit: "with at most two decimals, such as 5 or 2.5",
  });
}
