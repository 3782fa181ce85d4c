import type { Contracts } from "../chain/contracts.ts";
import type { ContractName } from "../chain/deployment.ts";

/** A call of one of the contracts. */
export interface Call {
  /** For people, such as `claim`. */
  readonly kind: string;
  readonly contract: ContractName & keyof Contracts;
  readonly method: string;
  readonly args: readonly unknown[];
}
