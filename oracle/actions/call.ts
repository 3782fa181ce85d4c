import type { Interface } from "ethers";
import type { Contracts } from "../chain/contracts.ts";
import type { ContractName, Deployment } from "../chain/deployment.ts";

/** A call of one of the contracts. */
export interface Call {
  /** For people, such as `claim`. */
  readonly kind: string;
  readonly contract: ContractName & keyof Contracts;
  /** Where it is, if not where the deployment has the contract of that name: the shares of an NFT. */
  readonly at?: string;
  readonly method: string;
  readonly args: readonly unknown[];
}

/** The call as a transaction has it. */
export function encodeCall(
  contracts: Contracts,
  { addresses }: Pick<Deployment, "addresses">,
  { kind, contract, at, method, args }: Call,
): { readonly kind: string; readonly to: string; readonly data: string } {
  const { interface: abi } = contracts[contract] as unknown as { interface: Interface };
  return { kind, to: at ?? addresses[contract], data: abi.encodeFunctionData(method, args) };
}
