import { structType, type StructOf } from "./typedData.ts";

const members = {
  versionId: "uint256",
  consumer: "address",
  requestHash: "bytes32",
  outputHash: "bytes32",
  fee: "uint256",
  paymentId: "bytes32",
  cumulative: "uint256",
  time: "uint64",
} as const;

/**
 * One paid inference, signed by the model's provider; verified against InferenceMarket. It owns the interval
 * (cumulative - fee, cumulative] of what the consumer pays by paymentId: all of it where one authorization pays for one answer.
 */
export type Receipt = StructOf<typeof members>;

export const receiptType = structType("Receipt", members);
