import type { JsonRpcProvider, TransactionRequest } from "ethers";
import { describeRevert, isFailedCall } from "../chain/revert.ts";
import { PaymentError } from "../common/errors.ts";

/**
 * Finds out whether the chain would take a payment now; sends nothing.
 *
 * @param blockTag "pending" knows the next block's time; "latest" does not hold what this process itself has sent before
 * @throws PaymentError with the chain's reason
 */
export async function rehearsePayment(
  provider: Pick<JsonRpcProvider, "call">,
  call: TransactionRequest,
  blockTag: "pending" | "latest",
): Promise<void> {
  try {
    await provider.call({ ...call, blockTag });
  } catch (error) {
    if (!isFailedCall(error)) throw error;
    const { problem, meaning } = describeRevert(error);
    throw new PaymentError(`the token does not take the payment: ${problem}`, {
      ...(meaning === undefined ? {} : { limit: meaning }),
      remedy: "Sign another authorisation, with a new nonce.",
      cause: error,
    });
  }
}
