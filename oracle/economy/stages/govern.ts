import { formatOpen, OPEN } from "@openledger/protocol/units.ts";
import { canonicalJson } from "@openledger/protocol/canonicalJson.ts";
import { id } from "ethers";
import { defaultScheme, schemeId } from "../../attribution/scheme.ts";
import { blockTime } from "../../chain/blockTime.ts";
import { travelTo } from "../../chain/localNode.ts";
import { OpenLedgerError } from "../../common/errors.ts";
import { STATES } from "../../governance/proposals.ts";
import { approve } from "../cast/approve.ts";
import type { Party } from "../cast/party.ts";
import { act, type Scene } from "../cast/scene.ts";
import type { PublishedModel } from "./models.ts";

/** Above the quorum's floor. */
const WRAPPED = 12_000_000n * OPEN;
const GRANT = 2n * OPEN;
const DAY = 86_400n;
const FOR = 1;

/** A scheme that the vote allows: that of texts, with more damping. */
const SCHEME = { ...defaultScheme("text"), damping: 0.3 };

interface ProposedAct {
  readonly contract: { getAddress(): Promise<string> };
  readonly data: string;
}

/**
 * Two proposals pass through votes, timelock and execution: one allows another attribution scheme, one funds a model from the
 * treasury by a milestone, which is then reached and streamed.
 *
 * @returns what happened, in words
 */
export async function govern(scene: Scene, model: PublishedModel): Promise<string> {
  const { cast, contracts, deployment, provider } = scene;
  const { AttributionPolicy, GovernanceOpen, ModelGrants, ModelRegistry, OpenToken } = contracts;
  const allowed = schemeId(SCHEME);
  const voter = cast.treasurer;
  await approve(scene, voter, deployment.addresses.GovernanceOpen);
  await act(voter, {
    key: "wrap",
    kind: "wrap OPEN",
    contract: GovernanceOpen,
    data: GovernanceOpen.interface.encodeFunctionData("depositFor", [voter.address, WRAPPED]),
  });
  await act(voter, {
    key: "delegate",
    kind: "delegate votes",
    contract: GovernanceOpen,
    data: GovernanceOpen.interface.encodeFunctionData("delegate", [voter.address]),
  });
  await travelTo(provider, (await blockTime(provider, "latest")) + 1n);

  await pass(scene, voter, "Allow another attribution scheme", [
    {
      contract: ModelRegistry,
      data: ModelRegistry.interface.encodeFunctionData("setScheme", [allowed, true]),
    },
    {
      contract: AttributionPolicy,
      data: AttributionPolicy.interface.encodeFunctionData("describeScheme", [canonicalJson(SCHEME)]),
    },
  ]);
  if (!(await ModelRegistry.isSchemeAllowed(allowed))) throw new OpenLedgerError("the vote allowed no scheme");

  const recipient = cast.modelOwner;
  const terms = {
    recipient: recipient.address,
    modelId: model.modelId,
    reviewer: voter.address,
    reviewPeriod: DAY,
    deadline: (await blockTime(provider, "latest")) + 90n * DAY,
  };
  const milestone = { check: 0, amount: GRANT, duration: DAY, threshold: 0 };
  await pass(scene, voter, `Fund model ${model.modelId}`, [
    {
      contract: OpenToken,
      data: OpenToken.interface.encodeFunctionData("approve", [deployment.addresses.ModelGrants, GRANT]),
    },
    {
      contract: ModelGrants,
      data: ModelGrants.interface.encodeFunctionData("create", [terms, [milestone], "a model card in two languages"]),
    },
  ]);
  const grantId = await ModelGrants.grantCount();
  await act(recipient, {
    key: `submit:${grantId}`,
    kind: "submit evidence",
    contract: ModelGrants,
    data: ModelGrants.interface.encodeFunctionData("submit", [grantId, id("the model card")]),
  });
  await travelTo(provider, (await blockTime(provider, "latest")) + DAY);
  await act(recipient, {
    key: `reach:${grantId}`,
    kind: "reach milestone",
    contract: ModelGrants,
    data: ModelGrants.interface.encodeFunctionData("reach", [grantId, []]),
  });
  await travelTo(provider, (await blockTime(provider, "latest")) + DAY);
  const before = await OpenToken.balanceOf(recipient.address);
  await act(recipient, {
    key: `withdraw:${grantId}`,
    kind: "withdraw grant",
    contract: ModelGrants,
    data: ModelGrants.interface.encodeFunctionData("withdraw", [grantId]),
  });
  const streamed = (await OpenToken.balanceOf(recipient.address)) - before;
  return `2 proposals executed; ${formatOpen(streamed)} OPEN from the treasury to the owner of model ${model.modelId}`;
}

/** Proposes, votes, queues, waits and executes. */
async function pass({ contracts, provider }: Scene, voter: Party, text: string, acts: readonly ProposedAct[]) {
  const { OpenLedgerGovernor: governor } = contracts;
  const targets = await Promise.all(acts.map(({ contract }) => contract.getAddress()));
  const values = acts.map(() => 0n);
  const calls = acts.map(({ data }) => data);
  const send = (kind: string, data: string) => act(voter, { key: `${kind}:${text}`, kind, contract: governor, data });
  const { interface: abi } = governor;
  await send("propose", abi.encodeFunctionData("propose", [targets, values, calls, text]));
  const proposalId = await governor.hashProposal(targets, values, calls, id(text));
  await travelTo(provider, (await governor.proposalSnapshot(proposalId)) + 1n);
  await send("vote", abi.encodeFunctionData("castVote", [proposalId, FOR]));
  await travelTo(provider, (await governor.proposalDeadline(proposalId)) + 1n);
  await send("queue proposal", abi.encodeFunctionData("queue(uint256)", [proposalId]));
  await travelTo(provider, await governor.proposalEta(proposalId));
  await send("execute proposal", abi.encodeFunctionData("execute(uint256)", [proposalId]));
  const state = STATES[Number(await governor.state(proposalId))];
  if (state !== "executed") throw new OpenLedgerError(`the proposal "${text}" is ${state}`);
}
