import { FetchRequest, JsonRpcProvider, type JsonRpcPayload, type JsonRpcResult, Network } from "ethers";
import { ChainError, messageOf } from "../common/errors.ts";
import { retry } from "../common/retry.ts";

/** Network failures that say nothing about the request itself. */
const TRANSIENT = /ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EAI_AGAIN|socket hang up|timeout|bad gateway|50[234]|429/iu;

const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** A JSON-RPC provider that asks again when the connection failed. Broadcasting the same bytes twice is harmless too. */
class RetryingProvider extends JsonRpcProvider {
  override _send(payload: JsonRpcPayload | JsonRpcPayload[]): Promise<JsonRpcResult[]> {
    return retry(() => super._send(payload), {
      attempts: 5,
      firstDelayMs: 200,
      isRetryable: (error) => !this.destroyed && TRANSIENT.test(messageOf(error)),
    });
  }
}

export type { JsonRpcProvider };

export function isLoopback(url: string): boolean {
  return LOOPBACK.has(new URL(url).hostname);
}

/**
 * Connects and checks that the endpoint serves the expected chain.
 *
 * @throws ChainError when nothing answers or the chain id is another one.
 */
export async function connect(url: string, chainId: number): Promise<JsonRpcProvider> {
  const request = new FetchRequest(url);
  request.timeout = 60_000;
  const provider = new RetryingProvider(request, Network.from(chainId), {
    staticNetwork: true,
    cacheTimeout: -1,
    batchStallTime: 1,
    pollingInterval: isLoopback(url) ? 100 : 2_000,
  });
  try {
    const reported = Number(await provider.send("eth_chainId", []));
    if (reported !== chainId) {
      throw new ChainError("the endpoint serves another chain", {
        value: `chain id ${reported} at ${new URL(url).origin}`,
        limit: `chain id ${chainId}`,
        remedy: "Set OPENLEDGER_RPC_URL to an endpoint of that chain, or OPENLEDGER_CHAIN_ID to this one.",
      });
    }
    return provider;
  } catch (error) {
    provider.destroy();
    if (error instanceof ChainError) throw error;
    throw new ChainError(`the chain cannot be reached: ${messageOf(error)}`, {
      value: new URL(url).origin,
      limit: "a JSON-RPC endpoint that answers eth_chainId",
      remedy: "Start the chain (npx openledger up), or set OPENLEDGER_RPC_URL.",
      retryable: true,
      cause: error,
    });
  }
}
