import { asAddress } from "@openledger/protocol/hex.ts";
import { formatOpen } from "@openledger/protocol/units.ts";
import { unsetAgentWallet } from "../../actions/agents.ts";
import { transfer } from "../../actions/tokens.ts";
import { modelOfAgent } from "../../agents/serveAgent.ts";
import { InputError } from "../../common/errors.ts";
import { requireKey, type Session } from "../session.ts";

/** `openledger agent fund`: its wallet's OPEN is what it may spend. */
export async function fundAgent(session: Session, agentId: bigint, amount: bigint): Promise<void> {
  const { contracts, wallet } = session;
  await modelOfAgent(contracts, agentId);
  const to = await contracts.AgentIdentityRegistry.getAgentWallet(agentId);
  if (BigInt(to) === 0n) {
    throw new InputError("the agent has no wallet: it was stopped, or changed hands", {
      value: agentId,
      remedy: "Let its owner set one.",
    });
  }
  await session.send(await transfer(contracts, { from: wallet?.address, to, amount }));
  session.finish({ agentId, to, amount }, () => `Agent ${agentId} has ${formatOpen(amount)} OPEN more to spend`);
}

/** `openledger agent stop`: by whose key it is signed decides which half of it is done. */
export async function stopAgent(session: Session, agentId: bigint): Promise<void> {
  const { contracts } = session;
  const { AgentIdentityRegistry, OpenToken } = contracts;
  const { address } = requireKey(session, "stopping an agent");
  const modelId = await modelOfAgent(contracts, agentId);
  const owner = await AgentIdentityRegistry.ownerOf(agentId);
  if (asAddress(owner) === asAddress(address)) {
    await session.send(unsetAgentWallet(agentId));
    session.finish({ agentId, stopped: true }, () => `Agent ${agentId} serves nobody any more`);
    return;
  }
  const epoch = await contracts.EpochClock.current();
  const provider = await contracts.ModelRegistry.providerOf(modelId, epoch);
  if (asAddress(provider) !== asAddress(address)) {
    throw new InputError("the key is neither the agent's owner's nor its own", {
      value: address,
      limit: `${owner}, or ${provider}`,
    });
  }
  const amount = await OpenToken.balanceOf(address);
  if (amount > 0n) await session.send(await transfer(contracts, { from: address, to: owner, amount }));
  session.finish({ agentId, returned: amount }, () => `${formatOpen(amount)} OPEN returned to ${owner}`);
}
