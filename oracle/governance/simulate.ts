import { BrowserProvider, type FunctionFragment, Interface } from "ethers";
import { interfaceOf } from "../chain/artifacts.ts";
import { connectContracts } from "../chain/contracts.ts";
import { ALL_CONTRACTS, contractAt, type Deployment } from "../chain/deployment.ts";
import { messageOf } from "../common/errors.ts";
import type { ProposedCall } from "./proposalFile.ts";
import { show } from "./proposals.ts";

/** What one call does. */
export interface CallOutcome {
  readonly what: string;
  readonly gas: bigint | undefined;
  /** Why it reverts; undefined: it does not. */
  readonly problem: string | undefined;
  readonly events: readonly string[];
}

/** A value of the deployment that is another one afterwards. */
export interface Difference {
  /** Contract and getter. */
  readonly what: string;
  readonly before: string;
  readonly after: string;
}

export interface Simulation {
  readonly block: number;
  readonly calls: readonly CallOutcome[];
  readonly differences: readonly Difference[];
}

/**
 * Makes the calls as the timelock on a copy of the chain in this process, in order, and compares every value that the deployment's
 * contracts show without arguments before and after. Calls that succeed stay made, so a later one sees them.
 *
 * @param rpcUrl the endpoint whose newest state is copied; it must serve state at its newest block (`eth_getProof` is not needed)
 */
export async function simulate(
  rpcUrl: string,
  chainId: number,
  deployment: Deployment,
  calls: readonly ProposedCall[],
): Promise<Simulation> {
  // Of all commands only those that simulate pay for loading the engine.
  const { createHardhatRuntimeEnvironment } = await import("hardhat/hre");
  const hre = await createHardhatRuntimeEnvironment({
    // The rules by which the copied block is called; the engine knows those of public chains alone.
    chainDescriptors: {
      [chainId]: { name: "copy", chainType: "op", hardforkHistory: { isthmus: { blockNumber: 0 } } },
    },
    networks: { copy: { type: "edr-simulated", chainType: "op", chainId, forking: { url: rpcUrl } } },
  });
  const connection = await hre.network.create("copy");
  const provider = new BrowserProvider(connection.provider, chainId);
  try {
    const { OpenLedgerGovernor } = connectContracts(deployment, provider);
    const timelock = await OpenLedgerGovernor.timelock();
    await provider.send("hardhat_setBalance", [timelock, "0xde0b6b3a7640000"]);
    await provider.send("hardhat_impersonateAccount", [timelock]);
    const block = await provider.getBlockNumber();
    const before = await readValues(deployment, provider);
    const outcomes: CallOutcome[] = [];
    for (const call of calls) outcomes.push(await make(provider, deployment, timelock, call));
    const after = await readValues(deployment, provider);
    const differences = [...after]
      .filter(([what, value]) => before.get(what) !== value)
      .map(([what, value]) => ({ what, before: before.get(what) ?? "", after: value }));
    return { block, calls: outcomes, differences };
  } finally {
    provider.destroy();
    await connection.close();
  }
}

async function make(
  provider: BrowserProvider,
  deployment: Deployment,
  from: string,
  { what, to, data }: ProposedCall,
): Promise<CallOutcome> {
  try {
    const hash = (await provider.send("eth_sendTransaction", [{ from, to, data }])) as string;
    const receipt = (await provider.getTransactionReceipt(hash))!;
    return {
      what,
      gas: receipt.gasUsed,
      problem: undefined,
      events: receipt.logs.map((log) => describe(deployment, log)),
    };
  } catch (error) {
    return { what, gas: undefined, problem: reasonOf(error, to, deployment), events: [] };
  }
}

/** Getters of the time, which passes on the copy as well. */
const TIMES = new Set(["clock", "current"]);

/** Every getter without arguments of every contract. */
async function readValues(deployment: Deployment, provider: BrowserProvider): Promise<Map<string, string>> {
  const values = new Map<string, string>();
  for (const name of ALL_CONTRACTS) {
    const abi = interfaceOf(name);
    const getters: FunctionFragment[] = [];
    abi.forEachFunction((f) => {
      if (f.constant && f.inputs.length === 0 && !TIMES.has(f.name)) getters.push(f);
    });
    for (const getter of getters) {
      const to = deployment.addresses[name];
      const answer = await provider.call({ to, data: abi.encodeFunctionData(getter) }).catch(() => undefined);
      if (answer === undefined || answer === "0x") continue;
      values.set(`${name}.${getter.name}`, abi.decodeFunctionResult(getter, answer).map(show).join(", "));
    }
  }
  return values;
}

function describe(deployment: Deployment, log: { address: string; topics: readonly string[]; data: string }): string {
  const name = contractAt(deployment, log.address);
  const parsed = name && interfaceOf(name).parseLog(log);
  return parsed
    ? `${name}.${parsed.name}(${parsed.args.map(show).join(", ")})`
    : `${log.address}: ${log.topics.join(" ")}`;
}

function reasonOf(error: unknown, to: string, deployment: Deployment): string {
  const data = /0x[0-9a-f]{8,}/u.exec(JSON.stringify(error, (_, v: unknown) => (typeof v === "bigint" ? `${v}` : v)));
  const name = contractAt(deployment, to);
  const abi = name === undefined ? new Interface([]) : interfaceOf(name);
  const parsed = data && abi.parseError(data[0]);
  return parsed ? `${parsed.name}(${parsed.args.map(show).join(", ")})` : messageOf(error);
}
