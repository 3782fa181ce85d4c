import type { Contracts } from "../chain/contracts.ts";
import { InputError, NotYetError } from "../common/errors.ts";
import type { Call } from "./call.ts";
import { formatShares, of, type Shares } from "./shares.ts";

/** What holders can decide, in words. */
export type Decision =
  | { readonly kind: "manager"; readonly account: string }
  | { readonly kind: "offer"; readonly reserve: bigint }
  | { readonly kind: "stop"; readonly grantId: bigint }
  | { readonly kind: "reject"; readonly grantId: bigint; readonly reason: string };

/** What a decision calls. */
export async function callOf(
  contracts: Pick<Contracts, "ModelGrants">,
  shares: Shares,
  decision: Decision,
): Promise<{ target: string; data: string }> {
  const { interface: grants } = contracts.ModelGrants;
  const own = await shares.getAddress();
  switch (decision.kind) {
    case "manager":
      return { target: own, data: shares.interface.encodeFunctionData("setManager", [decision.account]) };
    case "offer":
      return { target: own, data: shares.interface.encodeFunctionData("offer", [decision.reserve]) };
    case "stop":
      return {
        target: await contracts.ModelGrants.getAddress(),
        data: grants.encodeFunctionData("stop", [decision.grantId]),
      };
    case "reject":
      return {
        target: await contracts.ModelGrants.getAddress(),
        data: grants.encodeFunctionData("reject", [decision.grantId, decision.reason]),
      };
  }
}

/** @throws InputError for an account without votes */
export async function support(
  contracts: Pick<Contracts, "ModelGrants">,
  shares: Shares,
  account: string,
  decision: Decision,
): Promise<Call> {
  if ((await shares.getVotes(account)) === 0n) {
    throw new InputError("the account has no votes", {
      value: account,
      limit: "shares that are delegated to it",
      remedy: "npx openledger shares delegate <shares> <address>; your own address counts as well.",
    });
  }
  const { target, data } = await callOf(contracts, shares, decision);
  const hash = await shares.decisionOf(target, data);
  return { kind: `support ${decision.kind}`, ...(await of(shares)), method: "support", args: [hash] };
}

/**
 * Makes the call that enough votes support.
 *
 * @param fromBlock where the shares' events begin
 * @throws NotYetError when there are too few
 */
export async function decide(
  contracts: Pick<Contracts, "ModelGrants">,
  shares: Shares,
  decision: Decision,
  fromBlock: number,
): Promise<Call> {
  const { target, data } = await callOf(contracts, shares, decision);
  const hash = await shares.decisionOf(target, data);
  const events = await shares.queryFilter(shares.filters.Supported(undefined, hash), fromBlock);
  const accounts = [...new Set(events.map(({ args }) => args.account))];
  const still = await Promise.all(accounts.map(async (account) => (await shares.supportedBy(account)) === hash));
  const supporters = accounts.filter((_, i) => still[i]).sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
  const votes = await Promise.all(supporters.map((account) => shares.getVotes(account)));
  const sum = votes.reduce((total, part) => total + part, 0n);
  const [earning, minFloat] = await Promise.all([shares.earningSupply(), shares.minFloat()]);
  const all = earning > minFloat ? earning : minFloat;
  const needed = decision.kind === "offer" ? (2n * all) / 3n + 1n : all / 2n + 1n;
  if (sum < needed) {
    throw new NotYetError("too few votes support it", {
      value: `${formatShares(sum)} votes of ${supporters.length} accounts`,
      limit: `at least ${formatShares(needed)}`,
      remedy: "npx openledger shares support, by more holders; undelegated shares do not vote.",
    });
  }
  return { kind: `decide ${decision.kind}`, ...(await of(shares)), method: "decide", args: [target, data, supporters] };
}
