import { asAddress } from "@openledger/protocol/hex.ts";
import { type CommittedReceipt, giveFeedback, redeemReceipt } from "../../actions/agents.ts";
import type { IPaymentChannels } from "../../../typechain-types/contracts/interfaces/IPaymentChannels.ts";
import { modelOfAgent } from "../../agents/serveAgent.ts";
import { InputError, NotFoundError } from "../../common/errors.ts";
import { committedRecords } from "../../invoices/committedRecords.ts";
import { type ChainOptions, requireKey, type Session } from "../session.ts";

export interface ReviewOptions extends ChainOptions {
  readonly url: string;
  readonly tag: readonly string[];
}

const MAX_TAGS = 2;

/** A value as somebody typed it, such as "87.5": its digits and how many of them are decimals, at most 18. */
export function parseValue(text: string): { value: bigint; decimals: number } {
  const [, sign = "", whole = "", fraction = ""] = /^(-?)(\d{1,18})(?:\.(\d{1,18}))?$/u.exec(text) ?? [];
  if (whole === "") {
    throw new InputError("this is not a value", {
      value: text,
      limit: "a decimal number of at most 18 digits before and 18 after the point, such as 87.5",
    });
  }
  return { value: BigInt(`${sign}${whole}${fraction}`), decimals: fraction.length };
}

/** `openledger agent review`: says how good an agent was, which takes a receipt of the account that the registry has not seen. */
export async function reviewAgent(
  session: Session,
  agentId: bigint,
  { value, decimals }: ReturnType<typeof parseValue>,
  { url, tag }: ReviewOptions,
): Promise<void> {
  const { contracts } = session;
  if (tag.length > MAX_TAGS) {
    throw new InputError("there are too many tags", { value: tag.length, limit: `${MAX_TAGS}, as ERC-8004 has it` });
  }
  const client = asAddress(requireKey(session, "reviewing an agent").address);
  const modelId = await modelOfAgent(contracts, agentId);
  if ((await contracts.AgentReputationRegistry.receiptsOf(agentId, client)) === 0n) {
    const found = await unredeemed(session, modelId, client, url);
    const call = redeemReceipt(agentId, found, await channelOf(session, found));
    await session.rehearse(call);
    await session.send(call);
  }
  await session.send(giveFeedback(agentId, { value, decimals, tags: tag, endpoint: url }));
  session.finish({ agentId, client, value, decimals, tags: tag }, () => `Agent ${agentId} has a review of ${client}`);
}

/** The account's oldest receipt in the newest epoch that has one which was not redeemed. @throws NotFoundError */
async function unredeemed(session: Session, modelId: bigint, client: string, url: string): Promise<CommittedReceipt> {
  const { AgentReputationRegistry, EpochClock } = session.contracts;
  for await (const { epoch, records, tree } of committedRecords(session, modelId, url)) {
    if (!(await EpochClock.isClosed(epoch))) continue;
    for (const [i, { receipt }] of records.entries()) {
      if (receipt.consumer !== client || receipt.fee === 0n) continue;
      if (!(await AgentReputationRegistry.isRedeemed(receipt))) return { receipt, epoch, proof: tree.proof(i) };
    }
  }
  throw new NotFoundError("the account has no receipt of the agent left for a review", {
    value: client,
    limit: `a receipt of model ${modelId} in a closed epoch; each gives one review`,
    remedy:
      "Receipts are committed after the epoch in which the agent's till was swept; wait for its end, or ask the agent again.",
  });
}

/** The channel that paid; undefined for an authorization. */
async function channelOf(
  session: Session,
  { receipt }: CommittedReceipt,
): Promise<IPaymentChannels.ChannelConfigStruct | undefined> {
  const { PaymentChannels } = session.contracts;
  const filter = PaymentChannels.filters.ChannelCreated(receipt.paymentId);
  const [created] = await PaymentChannels.queryFilter(filter, session.deployment.firstBlock);
  return created?.args.config;
}
