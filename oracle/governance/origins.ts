import { Contract, type ContractRunner, type EventLog, type Provider, type TransactionReceipt } from "ethers";
import { interfaceOf } from "../chain/artifacts.ts";
import type { ContractName, Deployment } from "../chain/deployment.ts";

/** Finds who decided what an event says: `proposal 3`, `founder`, or `deployment` where the timelock had no part in it. */
export function originsOf(
  { addresses, firstBlock }: Deployment,
  source: ContractRunner & Pick<Provider, "getTransactionReceipt">,
): (log: Pick<EventLog, "transactionHash">) => Promise<string> {
  const timelock = new Contract(addresses.TimelockController, interfaceOf("TimelockController"), source);
  const governor = new Contract(addresses.OpenLedgerGovernor, interfaceOf("OpenLedgerGovernor"), source);
  let numbers: Promise<ReadonlyMap<bigint, number>> | undefined;

  async function numbersOfProposals(): Promise<ReadonlyMap<bigint, number>> {
    const count = Number(await governor.getFunction("proposalCount")());
    const found = new Map<bigint, number>();
    for (let i = 0; i < count; i++) {
      const [proposalId] = (await governor.getFunction("proposalDetailsAt")(i)) as [bigint];
      found.set(proposalId, i + 1);
    }
    return found;
  }

  /** The first argument of the first event of that name that the contract emitted in a transaction. */
  function argument(contract: ContractName, event: string, receipt: TransactionReceipt | null): string | undefined {
    for (const log of receipt?.logs ?? []) {
      if (log.address.toLowerCase() !== addresses[contract].toLowerCase()) continue;
      const parsed = interfaceOf(contract).parseLog(log);
      if (parsed?.name === event) return String(parsed.args[0]);
    }
    return undefined;
  }

  return async ({ transactionHash }) => {
    const executed = argument(
      "TimelockController",
      "CallExecuted",
      await source.getTransactionReceipt(transactionHash),
    );
    if (executed === undefined) return "deployment";
    // Anybody may execute on the timelock itself, so who decided is seen where the call was scheduled.
    const [scheduled] = await timelock.queryFilter(timelock.filters["CallScheduled"]!(executed), firstBlock);
    const receipt = scheduled === undefined ? null : await source.getTransactionReceipt(scheduled.transactionHash);
    const proposalId = argument("OpenLedgerGovernor", "ProposalQueued", receipt);
    if (proposalId === undefined) return "founder";
    numbers ??= numbersOfProposals();
    return `proposal ${(await numbers).get(BigInt(proposalId))}`;
  };
}
