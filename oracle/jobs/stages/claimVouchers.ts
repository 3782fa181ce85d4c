import type { ChannelConfig } from "@openledger/protocol/eip712/channel.ts";
import { asAddress } from "@openledger/protocol/hex.ts";
import { concat, isError, keccak256, Signature, toBeHex } from "ethers";
import { isFailedCall } from "../../chain/revert.ts";
import type { Channels, StoredChannel } from "../../store/channels.ts";
import type { Context } from "../context.ts";
import type { Stage } from "../stage.ts";

/** Vouchers of one transaction: some 900,000 gas. */
const BATCH = 50;

/** A channel, and what the chain has of it. Wei. */
interface Waiting extends StoredChannel {
  readonly balance: bigint;
  readonly totalClaimed: bigint;
}

/**
 * Stage `claimVouchers`, subject a modelId: claims the vouchers of its channels, and brings what was claimed into its till.
 * Whatever the chain has of a channel already is only noted.
 */
export function claimVouchersStage(context: Context, channels: Channels): Stage {
  const { contracts, deployment, key, log } = context;
  const { PaymentChannels } = contracts;
  const { PaymentChannels: address, OpenToken: token } = deployment.addresses;

  const send = async (name: string, kind: string, data: string) => {
    await key!.sender.send({ key: `${name}:${keccak256(data)}`, kind, to: address, data });
  };

  async function lookUp(stored: StoredChannel): Promise<Waiting> {
    const { balance, totalClaimed } = await PaymentChannels.channels(stored.channelId);
    return { ...stored, balance, totalClaimed };
  }

  /** The published contract takes no compact claims; nor does ours where a channel no longer holds what its voucher says. */
  async function claim(batch: readonly Waiting[], till: string): Promise<void> {
    const whole = (await takesCompact()) ? batch.filter(({ balance, charged }) => charged <= balance) : [];
    const rest = batch.filter((channel) => !whole.includes(channel) && channel.balance > channel.totalClaimed);
    if (whole.length > 0) {
      const rows = concat(whole.map(rowOf));
      const data = PaymentChannels.interface.encodeFunctionData("claimCompact", [till, rows]);
      await send("claim", "claim vouchers", data);
    }
    if (rest.length > 0) {
      const data = PaymentChannels.interface.encodeFunctionData("claim", [rest.map(claimOf)]);
      await send("claim", "claim vouchers", data);
    }
    for (const { channelId, charged, balance } of batch) {
      if (charged > balance)
        log.error({ channelId, charged, balance }, "a channel held less than it owed: the rest is lost");
      await channels.setClaimed(channelId, charged);
    }
  }

  async function takesCompact(): Promise<boolean> {
    try {
      return asAddress(await PaymentChannels.compactToken()) === asAddress(token);
    } catch (error) {
      if (isFailedCall(error) || isError(error, "BAD_DATA")) return false;
      throw error;
    }
  }

  return {
    name: "claimVouchers",
    run: async (subject) => {
      const modelId = BigInt(subject);
      const stored = (await channels.unclaimed()).filter((channel) => channel.modelId === modelId);
      if (stored.length === 0 || key === undefined) return;
      const till = await contracts.InferenceMarket.tillOf(modelId);
      for (let from = 0; from < stored.length; from += BATCH) {
        const batch = await Promise.all(stored.slice(from, from + BATCH).map(lookUp));
        const isKnown = ({ charged, totalClaimed }: Waiting) => charged <= totalClaimed;
        for (const { channelId, totalClaimed } of batch.filter(isKnown))
          await channels.setClaimed(channelId, totalClaimed);
        await claim(
          batch.filter((channel) => !isKnown(channel)),
          till,
        );
      }
      const { totalClaimed, totalSettled } = await PaymentChannels.receivers(till, token);
      if (totalClaimed === totalSettled) return;
      // anybody may settle, and the same settlement comes again: its name is what is settled
      await key.sender.send({
        key: `settle:${till}:${totalClaimed}`,
        kind: "settle channels",
        to: address,
        data: PaymentChannels.interface.encodeFunctionData("settle", [till, token]),
      });
    },
  };
}

/** A whole voucher, as `claimCompact` takes it. */
function rowOf({ channelId, charged, signature }: StoredChannel): string {
  const { r, yParityAndS } = Signature.from(signature);
  return concat([channelId, toBeHex(charged, 16), r, yParityAndS]);
}

function claimOf({ config, charged, signature, balance }: Waiting) {
  return {
    voucher: { channel: config as ChannelConfig, maxClaimableAmount: charged },
    signature: Signature.from(signature).serialized,
    totalClaimed: charged < balance ? charged : balance,
  };
}
