import type { JsonRpcProvider } from "../../chain/provider.ts";
import { createSender, type Sender, type TransactionMemory } from "../../chain/send.ts";
import { developmentWallet, type LocalWallet } from "../../chain/wallet.ts";
import type { ChainError } from "../../common/errors.ts";

/** Somebody who takes part: a name for the tables, a key, and the means to send. */
export interface Party {
  readonly name: string;
  readonly address: string;
  readonly wallet: LocalWallet;
  readonly sender: Sender;
}

/** The development accounts of everybody in the scenario, from index 0. */
export interface Cast {
  /** Deploys, owns the supply and hands it out. */
  readonly treasurer: Party;
  readonly operators: readonly Party[];
  readonly provider: Party;
  readonly modelOwner: Party;
  readonly datanetOwner: Party;
  readonly validators: readonly Party[];
  readonly consumers: readonly Party[];
  /** The key with which the agent acts. */
  readonly agent: Party;
  contributor(index: number, name: string): Party;
}

export const OPERATORS = 3;
const VALIDATORS = 3;
const CONSUMERS = 6;
const FIRST_CONTRIBUTOR = 30;

/** Index of each operator, of the provider and of the agent in the development mnemonic, for their own processes. */
export const OPERATOR_ACCOUNTS = [1, 2, 3] as const;
export const PROVIDER_ACCOUNT = 4;
export const AGENT_ACCOUNT = 20;

export interface CastOptions {
  readonly provider: JsonRpcProvider;
  readonly memory: TransactionMemory;
  readonly chainId: number;
  readonly maxFeePerGas: bigint;
  readonly onProblem: (problem: ChainError) => void;
  readonly signal: AbortSignal;
}

export function createCast(options: CastOptions): Cast {
  function party(index: number, name: string): Party {
    const wallet = developmentWallet(index);
    return { name, address: wallet.address, wallet, sender: createSender({ ...options, wallet }) };
  }
  const group = (count: number, first: number, name: string) =>
    Array.from({ length: count }, (_, i) => party(first + i, `${name} ${i + 1}`));
  const contributors = new Map<number, Party>();
  return {
    treasurer: party(0, "treasurer"),
    operators: group(OPERATORS, OPERATOR_ACCOUNTS[0], "operator"),
    provider: party(PROVIDER_ACCOUNT, "provider"),
    modelOwner: party(5, "model owner"),
    datanetOwner: party(6, "Datanet owner"),
    validators: group(VALIDATORS, 7, "validator"),
    consumers: group(CONSUMERS, 12, "consumer"),
    agent: party(AGENT_ACCOUNT, "agent"),
    contributor: (index, name) => {
      const known = contributors.get(index) ?? party(FIRST_CONTRIBUTOR + index, name);
      contributors.set(index, known);
      return known;
    },
  };
}
