import type { Provider } from "ethers";
import { interfaceOf } from "../chain/artifacts.ts";
import { type ContractName, contractAt, type Deployment } from "../chain/deployment.ts";
import { artifactOfCode, checkLayout } from "./builtLayout.ts";
import type { Invariant } from "./money.ts";
import type { ProposedCall } from "./proposalFile.ts";

interface Upgrade {
  readonly contract: ContractName;
  readonly implementation: string;
}

/** Every upgrade that calls make or announce. */
function upgradesIn(calls: readonly Pick<ProposedCall, "to" | "data">[], deployment: Deployment): Upgrade[] {
  return calls.flatMap(({ to, data }) => {
    const contract = contractAt(deployment, to);
    const parsed = contract && interfaceOf(contract).parseTransaction({ data });
    if (contract === undefined || !parsed) return [];
    if (parsed.name === "announce") return upgradesIn([{ to, data: String(parsed.args[0]) }], deployment);
    return parsed.name === "upgradeToAndCall" ? [{ contract, implementation: String(parsed.args[0]) }] : [];
  });
}

/** Each new implementation is code of this build, of the contract that it replaces, whose storage continues the committed layout. */
export async function layoutInvariants(
  calls: readonly Pick<ProposedCall, "to" | "data">[],
  deployment: Deployment,
  source: Pick<Provider, "getCode">,
): Promise<Invariant[]> {
  const found: Invariant[] = [];
  for (const { contract, implementation } of upgradesIn(calls, deployment)) {
    const what = `${contract}'s new implementation continues its storage`;
    const artifact = artifactOfCode(await source.getCode(implementation));
    if (artifact?.contractName !== contract) {
      const is = artifact === undefined ? "code that is not of this build" : `the code of ${artifact.contractName}`;
      found.push({ what, found: `${implementation} has ${is}`, holds: false });
      continue;
    }
    const { problems } = await checkLayout(artifact);
    found.push({ what, found: problems.join("; ") || `${implementation}, as committed`, holds: problems.length === 0 });
  }
  return found;
}
