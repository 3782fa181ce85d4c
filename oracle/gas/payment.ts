import { AbiCoder, MaxUint256, type TypedDataDomain } from "ethers";
import type { Contracts } from "../chain/contracts.ts";
import type { LocalWallet } from "../chain/wallet.ts";
import { RECEIVE_TYPES, tokenDomain } from "../gateway/authorisation.ts";

const coder = AbiCoder.defaultAbiCoder();

/** How an operation's gas is paid. */
export interface GasPayment {
  /** The operation's nonce. */
  readonly nonce: bigint;
  /** OPEN wei that it may cost; what it does not is given back. */
  readonly amount: bigint;
  /** Arguments of a claim out of which it is paid; `0x` when the sender has the OPEN. */
  readonly claim: string;
}

/** Signs what the paymaster takes OPEN by. It is good for one operation: that of the sender with this nonce. */
export async function signGasPayment(
  { OpenToken, OpenPaymaster }: Pick<Contracts, "OpenToken" | "OpenPaymaster">,
  wallet: LocalWallet,
  { nonce, amount, claim }: GasPayment,
): Promise<string> {
  const domain: TypedDataDomain = await tokenDomain(OpenToken);
  const signature = await wallet.signTypedData(domain, RECEIVE_TYPES, {
    from: wallet.address,
    to: await OpenPaymaster.getAddress(),
    value: amount,
    validAfter: 0n,
    validBefore: MaxUint256,
    nonce: await OpenPaymaster.nonceOf(wallet.address, nonce),
  });
  return encodeGasPayment(amount, signature, claim);
}

/** The paymaster's data. */
export function encodeGasPayment(amount: bigint, signature: string, claim: string): string {
  return coder.encode(["uint256", "bytes", "bytes"], [amount, signature, claim]);
}
