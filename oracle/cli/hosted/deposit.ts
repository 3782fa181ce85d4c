import { channelHashes } from "@openledger/protocol/eip712/channel.ts";
import { formatOpen } from "@openledger/protocol/units.ts";
import { announceWithdrawal, depositToChannel, finishWithdrawal } from "../../actions/channels.ts";
import { requireModel } from "../../actions/models.ts";
import { DisagreementError } from "../../common/errors.ts";
import { channelConfig } from "../../gateway/channels/channelConfig.ts";
import { authorizeDeposit } from "../../gateway/channels/depositAuthorization.ts";
import { readOffer } from "../../gateway/client.ts";
import { hostSchema } from "../../gateway/hosted/hostedRoutes.ts";
import { askApi, type Server } from "../apiClient.ts";
import { chainTime, requireKey, requireOpen, type Session } from "../session.ts";

/** Chain seconds in which the deposit has to be mined. */
const VALIDITY = 3_600n;

/** Who serves keys of others by their deposits. */
export const HOST: Server = {
  name: "the host",
  limit: "the HTTP address of openledger hosted serve",
  remedy: "Name a host that runs with --host.",
};

/** The key that signs at a host. @throws DisagreementError for a host on another chain */
export async function readHost({ deployment }: Session, url: string): Promise<string> {
  const { host, chainId } = await askApi(url, "/v1/host", hostSchema, HOST);
  if (chainId === deployment.chainId) return host;
  throw new DisagreementError("the host is on another chain", { value: chainId, limit: `chain ${deployment.chainId}` });
}

async function channelAt(session: Session, url: string, modelId: bigint, account: string) {
  const { contracts, deployment } = session;
  await requireModel(contracts, modelId);
  const offer = await readOffer(contracts, deployment, modelId);
  return { offer, config: channelConfig(offer, account, await readHost(session, url)) };
}

/** `openledger hosted deposit` */
export async function depositAtHost(
  session: Session,
  { host, model, amount }: { readonly host: string; readonly model: bigint; readonly amount: bigint },
): Promise<void> {
  const wallet = requireKey(session, "a deposit");
  await requireOpen(session, amount);
  const { offer, config } = await channelAt(session, host, model, wallet.address);
  const channelId = channelHashes(BigInt(session.deployment.chainId)).idOf(config);
  const validBefore = (await chainTime(session.provider)) + VALIDITY;
  const authorization = await authorizeDeposit(wallet, offer.payments, { channelId, value: amount, validBefore });
  const mined = await session.send(depositToChannel(config, amount, authorization));
  const { balance, totalClaimed } = await session.contracts.PaymentChannels.channels(channelId);
  const outcome = { channelId, host: config.payerAuthorizer, balance, claimed: totalClaimed, transaction: mined?.hash };
  session.finish(outcome, () =>
    [
      `Channel ${channelId} to model ${model} has ${formatOpen(balance - totalClaimed)} OPEN that nobody has claimed.`,
      `${config.payerAuthorizer} can sign for it to the model's till, and for nothing else.`,
    ].join("\n"),
  );
}

/** `openledger hosted withdraw` */
export async function withdrawFromHost(
  session: Session,
  { host, model, finish }: { readonly host: string; readonly model: bigint; readonly finish?: true },
): Promise<void> {
  const { contracts, provider } = session;
  const { address } = requireKey(session, "a withdrawal");
  const { config } = await channelAt(session, host, model, address);
  const call =
    finish === true
      ? await finishWithdrawal(contracts, config, await chainTime(provider))
      : await announceWithdrawal(contracts, config);
  const mined = await session.send(call);
  session.finish({ finished: finish === true, transaction: mined?.hash }, () =>
    finish === true
      ? `What was left of the channel to model ${model} is ${address}'s again.`
      : `Announced; the host serves nothing from it any more. In ${config.withdrawDelay / 3_600} hours: the same with --finish.`,
  );
}
