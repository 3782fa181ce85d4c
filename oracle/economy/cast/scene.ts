import type { Interface } from "ethers";
import { type Call, encodeCall } from "../../actions/call.ts";
import type { Contracts } from "../../chain/contracts.ts";
import type { Deployment } from "../../chain/deployment.ts";
import type { JsonRpcProvider } from "../../chain/provider.ts";
import type { MinedTransaction, TransactionMemory } from "../../chain/send.ts";
import type { Cast, Party } from "./party.ts";

/** The stage on which the scenario plays: a chain with the deployed protocol, and the cast. */
export interface Scene {
  readonly provider: JsonRpcProvider;
  readonly deployment: Deployment;
  readonly contracts: Contracts;
  readonly cast: Cast;
  /** What the cast has signed, also before this process began. */
  readonly memory: TransactionMemory;
  /** Directory of the content files that this process publishes. */
  readonly stateDirectory: string;
}

/** A call of a contract by one of the cast. `key` makes it happen once, also when the state is resumed. */
export interface Act {
  readonly key: string;
  readonly kind: string;
  readonly contract: { readonly interface: Interface; getAddress(): Promise<string> };
  readonly data: string;
  readonly gasLimit?: bigint;
  /** Wei that goes with it. */
  readonly value?: bigint;
}

export async function act(party: Party, { contract, ...transaction }: Act): Promise<MinedTransaction> {
  return party.sender.send({ ...transaction, to: await contract.getAddress() });
}

/** Makes a call as the command line does. @param key as of {@link Act} */
export function make(
  { contracts, deployment }: Scene,
  party: Party,
  call: Call,
  key: string,
): Promise<MinedTransaction> {
  return party.sender.send({ key, ...encodeCall(contracts, deployment, call) });
}

/**
 * Acts unless somebody else has done it already, as users of a resumed state may have.
 *
 * @param isDone asked only for what the cast has not signed before
 */
export async function actUnlessDone(
  scene: Scene,
  party: Party,
  call: Act,
  isDone: () => Promise<boolean>,
): Promise<MinedTransaction | undefined> {
  if ((await scene.memory.find(call.key)) === undefined && (await isDone())) return undefined;
  return act(party, call);
}
