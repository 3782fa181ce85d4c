import type {
  ContractFuture,
  IgnitionModuleBuilder,
  NamedArtifactContractAtFuture,
} from "@nomicfoundation/ignition-core";

type Deployed = ContractFuture<string> | NamedArtifactContractAtFuture<string>;

/** What the registries of agents read. */
export interface AgentsBase {
  readonly token: Deployed;
  readonly clock: Deployed;
  readonly models: Deployed;
  readonly market: Deployed;
}

/** Identities of agents and what their clients say. Nobody owns either, so nothing is handed over. */
export function deployAgents(m: IgnitionModuleBuilder, { token, clock, models, market }: AgentsBase) {
  const identities = m.contract("AgentIdentityRegistry");
  const reputations = m.contract("AgentReputationRegistry", [identities, token, clock, models, market]);
  return { AgentIdentityRegistry: identities, AgentReputationRegistry: reputations };
}
