import { BPS, formatOpen } from "@openledger/protocol/units.ts";
import type { Command } from "commander";
import { solidityPacked } from "ethers";
import { isoTime } from "../common/isoTime.ts";
import { DisagreementError, InputError, OpenLedgerError } from "../common/errors.ts";
import { readProposal } from "../governance/proposalFile.ts";
import { type ProposalOnChain, readDescription, readProposalOnChain } from "../governance/proposals.ts";
import { renderReport, reportHash } from "../governance/report.ts";
import { simulate } from "../governance/simulate.ts";
import { table } from "./output.ts";
import { parseAddress, parseAmount, parseCount } from "./parse.ts";
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

/** Bravo's support values, and the one of GovernorCountingFractional. */
const SUPPORT = { against: 0, for: 1, abstain: 2, split: 255 } as const;

/** `openledger proposal`: what holders of OPEN decide. */
export const proposalCommand: AddCommand = (program) => {
  const proposal = program.command("proposal").description("propose, simulate, vote on and execute changes");
  const add = (words: string) => addChainOptions(proposal.command(words));
  const run = (options: ChainOptions, work: (session: Session) => Promise<void>) => withSession(program, options, work);

  add("wrap")
    .description("wrap OPEN to votes (gOPEN) and delegate them to yourself")
    .argument("<OPEN>", "how much", parseAmount)
    .action((amount: bigint, options: ChainOptions) => run(options, (session) => wrap(session, amount)));

  add("unwrap")
    .description("give votes up and take the OPEN back")
    .argument("<OPEN>", "how much", parseAmount)
    .action((amount: bigint, options: ChainOptions) =>
      run(options, async (session) => {
        const { address } = requireKey(session, "unwrapping");
        const held = await session.contracts.GovernanceOpen.balanceOf(address);
        if (held < amount) {
          throw new InputError("the account has wrapped less", {
            value: `${formatOpen(amount)} OPEN`,
            limit: `${formatOpen(held)} OPEN`,
          });
        }
        await sendGovernance(session, "unwrap OPEN", "GovernanceOpen", "withdrawTo", [address, amount]);
        session.finish({ amount }, () => `${formatOpen(amount)} OPEN unwrapped`);
      }),
    );

  add("delegate")
    .description("let an account vote with your gOPEN, or yourself again")
    .argument("<address>", "who votes", parseAddress)
    .action((to: string, options: ChainOptions) =>
      run(options, async (session) => {
        await sendGovernance(session, "delegate votes", "GovernanceOpen", "delegate", [to]);
        session.finish({ to }, () => `${to} votes with your gOPEN from the next second on`);
      }),
    );

  add("check")
    .description("simulate a proposal, from a file or by number, on a copy of the chain")
    .argument("<file or number>", "JSON5 file, or the number of a proposal")
    .action((what: string, options: ChainOptions) => run(options, (session) => check(session, what)));

  add("create")
    .description("propose the calls of a JSON5 file; they are simulated first")
    .argument("<file>", "title, description, and calls by contract and function")
    .option("--anyway", "propose although a call would revert now, or something that has to hold would not", false)
    .action((file: string, options: ChainOptions & { anyway: boolean }) =>
      run(options, (session) => create(session, file, options.anyway)),
    );

  add("list")
    .description("all proposals, the newest first")
    .action((options: ChainOptions) => run(options, list));

  addNumbered(add("show").description("what a proposal does, and how the vote stands")).action(
    (number: number, options: ChainOptions) => run(options, (session) => showOne(session, number)),
  );

  addNumbered(add("vote").description("vote with everything that is delegated to you, or with parts of it"))
    .argument("<choice>", "for, against, abstain, or shares such as for=60,against=40")
    .option("--reason <text>", "stored with the vote", "")
    .action((number: number, choice: string, options: ChainOptions & { reason: string }) =>
      run(options, (session) => vote(session, number, choice, options.reason)),
    );

  for (const [word, state, about] of [
    ["queue", "succeeded", "send what passed to the timelock"],
    ["execute", "queued", "make the calls of what has waited in the timelock"],
  ] as const) {
    addNumbered(add(word).description(`${about}; anybody may`)).action((number: number, options: ChainOptions) =>
      run(options, async (session) => {
        const { proposalId } = await requireState(session, number, state);
        await sendGovernance(session, `${word} proposal`, "OpenLedgerGovernor", `${word}(uint256)`, [proposalId]);
        const now = await readProposalOnChain(session.contracts, session.deployment, number);
        session.finish({ number, state: now.state, eta: now.eta }, () =>
          word === "queue"
            ? `Proposal ${number} can be executed from ${date(now.eta)} on`
            : `Proposal ${number} is executed`,
        );
      }),
    );
  }
};

function addNumbered(command: Command): Command {
  return command.argument("<number>", "the proposal's number", parseCount);
}

async function sendGovernance(
  session: Session,
  kind: string,
  contract: "GovernanceOpen" | "OpenLedgerGovernor",
  method: string,
  args: readonly unknown[],
): Promise<void> {
  const call = { kind, contract, method, args };
  await session.rehearse(call);
  await session.send(call);
}

async function wrap(session: Session, amount: bigint): Promise<void> {
  const { address } = requireKey(session, "wrapping");
  const { GovernanceOpen } = session.contracts;
  await allow(session, "GovernanceOpen", amount);
  await session.send({ kind: "wrap OPEN", contract: "GovernanceOpen", method: "depositFor", args: [address, amount] });
  if (BigInt(await GovernanceOpen.delegates(address)) === 0n) {
    await sendGovernance(session, "delegate votes", "GovernanceOpen", "delegate", [address]);
  }
  const votes = await GovernanceOpen.getVotes(address);
  session.finish(
    { amount, votes },
    () => `${formatOpen(amount)} OPEN wrapped; the account has ${formatOpen(votes)} votes`,
  );
}

async function check(session: Session, what: string): Promise<void> {
  const { config, deployment, contracts } = session;
  const calls = /^[1-9]\d*$/u.test(what)
    ? (await readProposalOnChain(contracts, deployment, Number(what))).calls
    : readProposal(what, deployment, undefined).calls;
  const simulation = await simulate(firstUrl(config.OPENLEDGER_RPC_URL), config.OPENLEDGER_CHAIN_ID, deployment, calls);
  session.output.result({ ...simulation, report: reportHash(simulation) }, renderReport);
  const broken = simulation.invariants.find(({ holds }) => !holds);
  if (broken !== undefined) {
    throw new DisagreementError("the proposal would break what has to hold", {
      value: broken.found,
      limit: broken.what,
      remedy: "Do not vote for it; correct the call.",
    });
  }
  if (simulation.calls.some(({ problem }) => problem !== undefined)) {
    throw new OpenLedgerError("a call of the proposal would revert", {
      remedy: "Correct the call. What a contract delays has to be announced first: set announce: true in the file.",
    });
  }
}

async function create(session: Session, file: string, anyway: boolean): Promise<void> {
  const { config, deployment, contracts } = session;
  const { address } = requireKey(session, "proposing");
  const { OpenLedgerGovernor, GovernanceOpen } = contracts;
  const [votes, threshold] = await Promise.all([
    GovernanceOpen.getVotes(address),
    OpenLedgerGovernor.proposalThreshold(),
  ]);
  if (votes < threshold) {
    throw new InputError("the account has too few votes to propose", {
      value: `${formatOpen(votes)} gOPEN`,
      limit: `at least ${formatOpen(threshold)} gOPEN`,
      remedy: "npx openledger proposal wrap <OPEN>, or ask somebody to propose it.",
    });
  }
  const { calls, description } = readProposal(file, deployment, address);
  const simulation = await simulate(firstUrl(config.OPENLEDGER_RPC_URL), config.OPENLEDGER_CHAIN_ID, deployment, calls);
  const failing = simulation.calls.find(({ problem }) => problem !== undefined);
  if (failing !== undefined && !anyway) {
    throw new InputError(`${failing.what} would revert: ${failing.problem}`, {
      remedy: "Correct it, or propose it --anyway.",
    });
  }
  const broken = simulation.invariants.find(({ holds }) => !holds);
  if (broken !== undefined && !anyway) {
    throw new InputError("the proposal would break what has to hold", {
      value: broken.found,
      limit: broken.what,
      remedy: "Correct it, or propose it --anyway.",
    });
  }
  const report = reportHash(simulation);
  const text = description.replace(
    /\n*#proposer=/u,
    `\n\nSimulated at block ${simulation.block}: ${report}\n\n#proposer=`,
  );
  await sendGovernance(session, "propose", "OpenLedgerGovernor", "propose", [
    calls.map(({ to }) => to),
    calls.map(() => 0n),
    calls.map(({ data }) => data),
    text,
  ]);
  const number = Number(await OpenLedgerGovernor.proposalCount());
  session.finish({ number, report }, () =>
    [renderReport(simulation), "", `Proposal ${number}. Next: npx openledger proposal vote ${number} for`].join("\n"),
  );
}

async function list(session: Session): Promise<void> {
  const { contracts, deployment, output } = session;
  const count = Number(await contracts.OpenLedgerGovernor.proposalCount());
  const proposals: ProposalOnChain[] = [];
  for (let number = count; number >= 1; number--) {
    proposals.push(await readProposalOnChain(contracts, deployment, number));
  }
  output.result(proposals, (all) =>
    table(all, [
      { title: "number", value: ({ number }) => `${number}`, align: "right" },
      { title: "state", value: ({ state }) => state },
      { title: "for", value: ({ inFavor }) => formatOpen(inFavor), align: "right" },
      { title: "against", value: ({ against }) => formatOpen(against), align: "right" },
      { title: "abstain", value: ({ abstaining }) => formatOpen(abstaining), align: "right" },
      { title: "votes until", value: ({ votesUntil }) => date(votesUntil) },
      { title: "calls", value: ({ calls }) => calls.map(({ what }) => what.replace(/\(.*/su, "")).join(", ") },
    ]),
  );
}

async function showOne(session: Session, number: number): Promise<void> {
  const { contracts, deployment, output } = session;
  const found = await readProposalOnChain(contracts, deployment, number);
  const description = await readDescription(contracts, deployment, found.proposalId);
  output.result({ ...found, description }, (p) =>
    [
      description,
      "",
      `proposal  ${p.number}, ${p.state}, by ${p.proposer}`,
      ...p.calls.map(({ what }, i) => `${i === 0 ? "calls     " : "          "}${what}`),
      `votes     ${formatOpen(p.inFavor)} for, ${formatOpen(p.against)} against, ${formatOpen(p.abstaining)} abstain${
        p.quorum === undefined ? "" : `; quorum ${formatOpen(p.quorum)}`
      }`,
      `open      ${date(p.votesFrom)} to ${date(p.votesUntil)}`,
      ...(p.eta === 0n ? [] : [`execute   from ${date(p.eta)} on`]),
    ].join("\n"),
  );
}

async function vote(session: Session, number: number, choice: string, reason: string): Promise<void> {
  const { address } = requireKey(session, "voting");
  const { proposalId, votesFrom } = await requireState(session, number, "active");
  const weight = await session.contracts.GovernanceOpen.getPastVotes(address, votesFrom);
  if (weight === 0n) {
    throw new InputError("the account had no votes when the vote began", {
      value: address,
      limit: `gOPEN delegated to it before ${date(votesFrom)}`,
    });
  }
  const { support, params } = parseChoice(choice, weight);
  await sendGovernance(session, "vote", "OpenLedgerGovernor", "castVoteWithReasonAndParams", [
    proposalId,
    support,
    reason,
    params,
  ]);
  session.finish({ number, choice, weight }, () => `${formatOpen(weight)} votes: ${choice}`);
}

/** A whole vote, or its parts: what shares of less than 100 % leave can be voted with later. */
function parseChoice(choice: string, weight: bigint): { support: number; params: string } {
  if (choice === "for" || choice === "against" || choice === "abstain")
    return { support: SUPPORT[choice], params: "0x" };
  const shares = { for: 0n, against: 0n, abstain: 0n };
  for (const part of choice.split(",")) {
    const match = /^(for|against|abstain)=(\d{1,3}(?:\.\d{1,2})?)$/u.exec(part.trim());
    if (match === null) return refuseChoice(choice);
    shares[match[1] as keyof typeof shares] += BigInt(Math.round(Number(match[2]) * 100));
  }
  if (shares.for + shares.against + shares.abstain > BPS) return refuseChoice(choice);
  const part = (share: bigint) => (weight * share) / BPS;
  const params = solidityPacked(
    ["uint128", "uint128", "uint128"],
    [part(shares.against), part(shares.for), part(shares.abstain)],
  );
  return { support: SUPPORT.split, params };
}

function refuseChoice(choice: string): never {
  throw new InputError("this is not a choice", {
    value: choice,
    limit: "for, against, abstain, or shares in percent of at most 100 together, such as for=60,against=40",
  });
}

async function requireState(
  { contracts, deployment, provider }: Session,
  number: number,
  state: ProposalOnChain["state"],
): Promise<ProposalOnChain> {
  const found = await readProposalOnChain(contracts, deployment, number);
  if (found.state === state) return found;
  throw new InputError(`proposal ${number} is ${found.state}`, {
    value: `chain time ${date(await chainTime(provider))}`,
    limit: `${state}; the vote is open from ${date(found.votesFrom)} to ${date(found.votesUntil)}`,
  });
}

function firstUrl(urls: string): string {
  return urls.split(",")[0]!.trim();
}

function date(seconds: bigint): string {
  return isoTime(seconds).replace(".000Z", "Z");
}
