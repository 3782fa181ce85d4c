import type { Contracts } from "../chain/contracts.ts";
import type { ContractName } from "../chain/deployment.ts";

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
