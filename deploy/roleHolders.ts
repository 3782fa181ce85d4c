import { ROLE } from "@openledger/protocol/stakeRole.ts";
import {
  Contract,
  type ContractRunner,
  EventLog,
  getAddress,
  id,
  type InterfaceAbi,
  ZeroAddress,
  ZeroHash,
} from "ethers";
import type { Addresses } from "./addresses.ts";
import type { Finding } from "./finding.ts";

/** Who may do something: every contract or account that an event allowed and none forbade since. */
interface Holders {
  readonly what: string;
  readonly contract: string;
  /** Whom an event's arguments allow or forbid; undefined: it is about something else. */
  readonly change: (
    name: string,
    args: EventLog["args"],
  ) => { readonly account: string; readonly allowed: boolean } | undefined;
  /** By name. Those that are there in any case, and those that may be. */
  readonly must: readonly string[];
  readonly may?: readonly string[];
}

/**
 * Who holds which role, from every grant and revocation since the deployment: proposers, cancellers and executors of the timelock,
 * who may slash, who may fill pools. Nobody else may; the founding proposer is gone once founding ended.
 */
export async function examineRoles(
  { contracts, block }: Addresses,
  abiOf: (contract: string) => Promise<InterfaceAbi>,
  runner: ContractRunner,
): Promise<Finding[]> {
  const at = (name: string) => (name === "anybody" ? ZeroAddress : getAddress(contracts[name] ?? ZeroAddress));
  const findings: Finding[] = [];
  for (const { what, contract, change, must, may = [] } of holders()) {
    const events = new Contract(at(contract), await abiOf(contract), runner);
    const held = new Set<string>();
    for (const log of await events.queryFilter("*", block)) {
      const changed = log instanceof EventLog ? change(log.eventName, log.args) : undefined;
      if (changed?.allowed === true) held.add(getAddress(changed.account));
      if (changed?.allowed === false) held.delete(getAddress(changed.account));
    }
    const [needed, possible] = [must.map(at), may.map(at)];
    findings.push({
      what: `${contract} ${what}`,
      expected: [...needed, ...possible.map((account) => `${account} until founding ends`)].join(", "),
      found: [...held].join(", "),
      holds:
        needed.every((account) => held.has(account)) &&
        [...held].every((account) => needed.includes(account) || possible.includes(account)),
    });
  }
  return findings;
}

function holders(): Holders[] {
  const ofTimelock = (name: string, role: string, must: string, may: string[] = []): Holders => ({
    what: `holders of ${name}`,
    contract: "TimelockController",
    change: (event, args) =>
      (event === "RoleGranted" || event === "RoleRevoked") && args["role"] === role
        ? { account: String(args["account"]), allowed: event === "RoleGranted" }
        : undefined,
    must: [must],
    may,
  });
  const slashers = (name: keyof typeof ROLE, ...must: string[]): Holders => ({
    what: `slashers of the role ${name}`,
    contract: "StakeManager",
    change: (event, args) =>
      event === "SlasherSet" && args["role"] === BigInt(ROLE[name])
        ? { account: String(args["slasher"]), allowed: args["allowed"] === true }
        : undefined,
    must,
  });
  return [
    ofTimelock("DEFAULT_ADMIN_ROLE", ZeroHash, "TimelockController"),
    ofTimelock("PROPOSER_ROLE", id("PROPOSER_ROLE"), "OpenLedgerGovernor", ["FoundingProposer"]),
    ofTimelock("CANCELLER_ROLE", id("CANCELLER_ROLE"), "OpenLedgerGovernor", ["FoundingProposer"]),
    ofTimelock("EXECUTOR_ROLE", id("EXECUTOR_ROLE"), "anybody"),
    slashers("oracle", "AttributionDisputes", "SlashEscrow", "AvailabilityFaults"),
    slashers("validator", "ContributionReview"),
    slashers("compute", "ReceiptDisputes"),
    {
      what: "funders",
      contract: "RewardDistributor",
      change: (event, args) =>
        event === "FunderSet" ? { account: String(args["funder"]), allowed: args["allowed"] === true } : undefined,
      must: ["InferenceMarket"],
    },
  ];
}
