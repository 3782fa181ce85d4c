import { COLLECTOR_ADDRESS } from "@openledger/protocol/eip712/channel.ts";
import type { Sender } from "../../chain/send.ts";
import { PaymentError } from "../../common/errors.ts";
import type { Context } from "../../jobs/context.ts";
import { rehearsePayment } from "../rehearse.ts";
import { collectorData, depositNonce } from "./depositAuthorization.ts";
import type { VoucherPayload } from "./voucherCall.ts";

type DepositPayload = Extract<VoucherPayload, { readonly type: "deposit" }>;

/** Puts consumers' deposits into their channels; the provider pays for the transaction. */
export interface Deposits {
  /**
   * Does nothing for one that is there already.
   *
   * @returns hash of the transaction; empty where it was made before
   * @throws PaymentError for one that the token does not take
   */
  make(payment: DepositPayload): Promise<string>;
}

export function createDeposits(
  { contracts, deployment, provider }: Pick<Context, "contracts" | "deployment" | "provider">,
  sender: Sender,
): Deposits {
  const { PaymentChannels, OpenToken } = contracts;

  return {
    make: async ({ channelConfig: config, voucher: { channelId }, deposit }) => {
      const authorization = deposit.authorization.erc3009Authorization;
      const nonce = depositNonce(channelId, authorization.salt);
      const used = await OpenToken.authorizationState(config.payer, nonce);
      if (used) return "";
      const balance = await OpenToken.balanceOf(config.payer);
      if (balance < deposit.amount) {
        throw new PaymentError("the account has too little OPEN for the deposit", {
          value: `${balance} wei`,
          limit: `${deposit.amount} wei`,
          remedy: "Send OPEN to the account, or deposit less.",
        });
      }
      const data = PaymentChannels.interface.encodeFunctionData("deposit", [
        config,
        deposit.amount,
        COLLECTOR_ADDRESS,
        collectorData(authorization),
      ]);
      const call = { to: deployment.addresses.PaymentChannels, data };
      await rehearsePayment(provider, { ...call, from: sender.address }, "pending");
      const { hash } = await sender.send({
        key: `deposit:${channelId}:${nonce}`,
        kind: "deposit to a channel",
        ...call,
      });
      return hash;
    },
  };
}
