import type { ChannelConfig } from "@openledger/protocol/eip712/channel.ts";
import { asAddress } from "@openledger/protocol/hex.ts";
import { z } from "zod";
import type { InferenceRequest } from "../../jobs/receiptFiles.ts";
import { authorisationSchema, hash32 } from "../authorisation.ts";

const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/u, "an address")
  .transform((value) => asAddress(value));
const uint128 = z
  .string()
  .regex(/^\d{1,39}$/u, "a whole number")
  .transform(BigInt)
  .refine((value) => value < 2n ** 128n, "an unsigned 128-bit integer");
const { signature, validAfter, validBefore } = authorisationSchema.shape;

const configSchema: z.ZodType<ChannelConfig> = z.strictObject({
  payer: address,
  payerAuthorizer: address,
  receiver: address,
  receiverAuthorizer: address,
  token: address,
  withdrawDelay: z.number().int().min(0).max(0xff_ffff_ffff),
  salt: hash32,
});
const voucherSchema = z.strictObject({ channelId: hash32, maxClaimableAmount: uint128, signature });
const depositSchema = z.strictObject({
  amount: uint128,
  authorization: z.strictObject({
    erc3009Authorization: z.strictObject({ validAfter, validBefore, salt: hash32, signature }),
  }),
});

/** What a client of x402's scheme `batch-settlement` pays with: a voucher, and perhaps a deposit for it. */
export const voucherPayloadSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("voucher"), channelConfig: configSchema, voucher: voucherSchema }),
  z.strictObject({
    type: z.literal("deposit"),
    channelConfig: configSchema,
    voucher: voucherSchema,
    deposit: depositSchema,
  }),
]);
export type VoucherPayload = z.output<typeof voucherPayloadSchema>;
export type Deposit = z.output<typeof depositSchema>;

export { configSchema };

/** What a consumer asks, and the voucher that pays for it. */
export interface VoucherCall {
  readonly request: InferenceRequest;
  readonly payment: VoucherPayload;
  /** The consumer's own name for the call: under it, it is paid once. */
  readonly identifier?: string | undefined;
}
