import { ChainError, messageOf } from "../common/errors.ts";

/** What a provider replied, whatever its status. */
export interface ProviderReply {
  readonly response: Response;
  readonly text: string;
}

/**
 * Sends JSON to a route of a provider.
 *
 * @param payment the header PAYMENT-SIGNATURE
 * @throws ChainError where nobody answers
 */
export async function postToProvider(
  providerUrl: string,
  path: string,
  body: string,
  payment?: string,
): Promise<ProviderReply> {
  try {
    const response = await fetch(new URL(path, providerUrl), {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(payment === undefined ? {} : { "payment-signature": payment }),
      },
      body,
    });
    return { response, text: await response.text() };
  } catch (error) {
    throw new ChainError(`the provider does not answer: ${messageOf(error)}`, {
      value: providerUrl,
      remedy: "Check the provider's address, or ask again with the same payment: nothing is paid twice.",
      retryable: true,
      cause: error,
    });
  }
}
