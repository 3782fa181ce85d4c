import { structType, type StructOf } from "./typedData.ts";

const members = {
  versionId: "uint256",
  consumer: "address",
  requestHash: "bytes32",
  outputHash: "bytes32",
  fee: "uint256",
  paymentId: "bytes32",
  time: "uint64",
} as const;

/** One paid inference, signed by the model's provider; verified against InferenceMarket. */
export type Receipt = StructOf<typeof members>;

export const receiptType = structType("Receipt", members);
