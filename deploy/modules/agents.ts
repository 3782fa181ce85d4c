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
  readonly channels: Deployed;
}

/** Identities of agents and what their clients say. Nobody owns either, so nothing is handed over. */
export function deployAgents(m: IgnitionModuleBuilder, { token, clock, models, market, channels }: AgentsBase) {
  const identities = m.contract("AgentIdentityRegistry");
  const reputations = m.contract("AgentReputationRegistry", [identities, token, clock, models, market, channels]);
  return { AgentIdentityRegistry: identities, AgentReputationRegistry: reputations };
}
