import { keccakText } from "@openledger/protocol/keccak.ts";
import { Wallet } from "ethers";

/** The key of a client. */
export function walletAt(index: number, seed: number): Wallet {
  return new Wallet(keccakText(`client ${index} of ${seed}`));
}
