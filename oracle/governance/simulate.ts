import { join } from "node:path";
import { BrowserProvider, type FunctionFragment, Interface } from "ethers";
import { interfaceOf, REPOSITORY } from "../chain/artifacts.ts";
import { connectContracts } from "../chain/contracts.ts";
import { ALL_CONTRACTS, contractAt, type Deployment } from "../chain/deployment.ts";
import { messageOf } from "../common/errors.ts";
import { type Invariant, type Money, moneyInvariants, readMoney } from "./money.ts";
import { layoutInvariants } from "./upgrades.ts";
import { readNamedStorage } from "./namedStorage.ts";
import { readRoles } from "./policy.ts";
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
  /** Of what contracts show. */
  readonly differences: readonly Difference[];
  /** Of what upgradeable contracts store, by the names of the committed layouts. */
  readonly storage: readonly Difference[];
  /** Who holds which role after the calls, and whether somebody else did before. */
  readonly roles: readonly Difference[];
  /** What has to hold after the calls. */
  readonly invariants: readonly Invariant[];
}

/** What a proposal can be seen to do to a deployment. */
interface State {
  readonly values: ReadonlyMap<string, string>;
  readonly storage: ReadonlyMap<string, string>;
  readonly roles: ReadonlyMap<string, string>;
  readonly money: Money;
}

/**
 * Makes the calls as the timelock on a copy of the chain in this process, in order, and compares every value that the deployment's
 * contracts show without arguments, what they store under a name, who holds which role and which money they owe before and after.
 * Calls that succeed stay made, so a later one sees them.
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
    // as for the local chain, none of the compiler's output: what the calls answer is decoded here
    paths: { artifacts: join(REPOSITORY, "cache", "withoutArtifacts") },
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
    const before = await readState(deployment, provider);
    const outcomes: CallOutcome[] = [];
    for (const call of calls) outcomes.push(await make(provider, deployment, timelock, call));
    const after = await readState(deployment, provider);
    return {
      block,
      calls: outcomes,
      differences: differencesOf(before.values, after.values).filter(changed),
      storage: differencesOf(before.storage, after.storage).filter(changed),
      roles: differencesOf(before.roles, after.roles),
      invariants: [
        ...moneyInvariants(before.money, after.money),
        ...(await layoutInvariants(calls, deployment, provider)),
      ],
    };
  } finally {
    provider.destroy();
    await connection.close();
  }
}

async function readState(deployment: Deployment, provider: BrowserProvider): Promise<State> {
  return {
    values: await readValues(deployment, provider),
    storage: await readNamedStorage(deployment, provider),
    roles: await readRoles(deployment, provider),
    money: await readMoney(deployment, provider),
  };
}

function differencesOf(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): Difference[] {
  return [...after].map(([what, value]) => ({ what, before: before.get(what) ?? "", after: value }));
}

/** Whether something is another thing afterwards. */
export function changed({ before, after }: Difference): boolean {
  return before !== after;
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
  const found = ALL_CONTRACTS.flatMap((name) => {
    const abi = interfaceOf(name);
    const getters: FunctionFragment[] = [];
    abi.forEachFunction((f) => {
      if (f.constant && f.inputs.length === 0 && !TIMES.has(f.name)) getters.push(f);
    });
    const to = deployment.addresses[name];
    return getters.map(async (getter): Promise<[string, string] | undefined> => {
      const answer = await provider.call({ to, data: abi.encodeFunctionData(getter) }).catch(() => undefined);
      if (answer === undefined || answer === "0x") return undefined;
      return [`${name}.${getter.name}`, abi.decodeFunctionResult(getter, answer).map(show).join(", ")];
    });
  });
  return new Map((await Promise.all(found)).filter((entry) => entry !== undefined));
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
