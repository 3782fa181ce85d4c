import type { ChannelConfig } from "@openledger/protocol/eip712/channel.ts";
import type { Receipt } from "@openledger/protocol/eip712/receipt.ts";
import { ROLE } from "@openledger/protocol/stakeRole.ts";
import { Signature } from "ethers";
import type { Contracts } from "../chain/contracts.ts";
import { InputError, NotFoundError } from "../common/errors.ts";
import { isoTime } from "../common/isoTime.ts";
import type { SignedReceipt } from "../settlement/receipts.ts";
import type { Call } from "./call.ts";

const contract = "ReceiptDisputes";

/**
 * Takes stake of a provider that signed two receipts for one part of a payment.
 *
 * @throws InputError where the receipts do not contradict each other; NotFoundError where nothing can be taken
 */
export async function proveDoubleSale(
  { StakeManager }: Pick<Contracts, "StakeManager">,
  { provider, receipts }: { readonly provider: string; readonly receipts: readonly [SignedReceipt, SignedReceipt] },
): Promise<Call> {
  const [a, b] = receipts;
  if (!overlap(a.receipt, b.receipt)) {
    throw new InputError("the receipts do not contradict each other", {
      value: receipts.map(({ receipt }) => partOf(receipt)).join(" and "),
      limit: "two receipts that own some of one payment",
    });
  }
  await requireStaked({ StakeManager }, provider);
  const args = [provider, ...receipts.flatMap(({ receipt, signature }) => [receipt, asBytes(signature)])];
  return { kind: "prove a double sale", contract, method: "proveDoubleSale", args };
}

/** Demands that a receipt's provider commits to it for an epoch. @throws NotFoundError as `proveDoubleSale` */
export async function demandInclusion(
  { StakeManager, ModelRegistry }: Pick<Contracts, "StakeManager" | "ModelRegistry">,
  { epoch, signed: { receipt, signature } }: { readonly epoch: bigint; readonly signed: SignedReceipt },
): Promise<Call> {
  const { modelId } = await ModelRegistry.versionOf(receipt.versionId);
  await requireStaked({ StakeManager }, await ModelRegistry.providerOf(modelId, epoch));
  const args = [epoch, receipt, asBytes(signature)];
  return { kind: "demand a receipt's place", contract, method: "demandInclusion", args };
}

/**
 * Demands the receipt that owns a wei of a channel, counted from 1.
 *
 * @throws InputError where the wei was not claimed; NotFoundError as `proveDoubleSale`
 */
export async function demandSale(
  { StakeManager, PaymentChannels }: Pick<Contracts, "StakeManager" | "PaymentChannels">,
  { modelId, config, point }: { readonly modelId: bigint; readonly config: ChannelConfig; readonly point: bigint },
): Promise<Call> {
  const channelId = await PaymentChannels.getChannelId(config);
  const { totalClaimed } = await PaymentChannels.channels(channelId);
  if (point < 1n || point > totalClaimed) {
    throw new InputError("this wei of the channel was not claimed", {
      value: point,
      limit: `1 to ${totalClaimed}`,
      remedy: "What is not claimed is still the payer's.",
    });
  }
  await requireStaked({ StakeManager }, config.receiverAuthorizer);
  return { kind: "demand what was sold", contract, method: "demandSale", args: [modelId, config, point] };
}

/**
 * Takes stake of a provider that has not answered.
 *
 * @param now the chain's time. @throws NotFoundError for a demand that is not open; InputError before its deadline
 */
export async function punishSilence(
  { ReceiptDisputes }: Pick<Contracts, "ReceiptDisputes">,
  demandId: string,
  now: bigint,
): Promise<Call> {
  const { challenger, deadline } = await ReceiptDisputes.demandOf(demandId);
  if (BigInt(challenger) === 0n) {
    throw new NotFoundError("there is no such demand, or it was answered or punished", {
      value: demandId,
      remedy: "openledger dispute receipt include and sold print a demand's id.",
    });
  }
  if (now <= deadline) {
    throw new InputError("the provider has time to answer", {
      value: demandId,
      limit: `after ${isoTime(deadline)}, by the chain's clock`,
    });
  }
  return { kind: "punish silence", contract, method: "punishSilence", args: [demandId] };
}

async function requireStaked({ StakeManager }: Pick<Contracts, "StakeManager">, provider: string): Promise<void> {
  if (BigInt((await StakeManager.poolOf(ROLE.compute, provider)).signer) !== 0n) return;
  throw new NotFoundError("the provider has no compute stake that could be taken", {
    value: provider,
    limit: "an account that is registered as compute",
  });
}

function overlap(a: Receipt, b: Receipt): boolean {
  const starts = [a, b].map(({ cumulative, fee }) => (fee < cumulative ? cumulative - fee : 0n)) as [bigint, bigint];
  const isSame = a.consumer === b.consumer && a.paymentId === b.paymentId;
  return isSame && a.fee !== 0n && b.fee !== 0n && starts[0] < b.cumulative && starts[1] < a.cumulative;
}

function partOf({ paymentId, cumulative, fee }: Receipt): string {
  return `${fee} wei up to ${cumulative} of ${paymentId}`;
}

/** The contracts take a signature of 65 bytes. */
function asBytes(signature: string): string {
  return Signature.from(signature).serialized;
}
