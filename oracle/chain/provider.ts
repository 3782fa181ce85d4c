import { isError, type JsonRpcError, type JsonRpcPayload, JsonRpcProvider, type JsonRpcResult, Network } from "ethers";
import { AccessError, ChainError, messageOf } from "../common/errors.ts";
import { createEndpoint } from "./endpoint.ts";
import { createFailover, type Failover } from "./failover.ts";
import { nodeMessage } from "./revert.ts";
import { isLoopback, originsOf, rpcUrls } from "./rpcUrls.ts";

export type { JsonRpcProvider };

/** ethers' provider over endpoints that fail: every request has its own attempts and its own outcome. */
class FailoverProvider extends JsonRpcProvider {
  readonly #failover: Failover;
  readonly #closing: AbortController;

  constructor(url: string, chainId: number) {
    const urls = rpcUrls(url);
    super(urls[0], Network.from(chainId), {
      staticNetwork: true,
      cacheTimeout: -1,
      // the endpoints make the batches
      batchMaxCount: 1,
      pollingInterval: isLoopback(url) ? 100 : 2_000,
    });
    this.#closing = new AbortController();
    const endpoints = urls.map((one) => createEndpoint(one, this.#closing.signal));
    this.#failover = createFailover(endpoints, chainId, this.#closing.signal);
  }

  verify(): Promise<void> {
    return this.#failover.verify();
  }

  override async _send(payload: JsonRpcPayload | JsonRpcPayload[]): Promise<JsonRpcResult[]> {
    return Promise.all(
      [payload].flat().map(async ({ id, method, params }) => {
        const answer = await this.#failover.ask(method, params as readonly unknown[]);
        // ethers makes an error of its own of an `error` in place of the result
        return { id, ...answer } as JsonRpcResult;
      }),
    );
  }

  /** What ethers has no name for is the endpoint's refusal, in its words. */
  override getRpcError(payload: JsonRpcPayload, result: JsonRpcError): Error {
    const error = super.getRpcError(payload, result);
    if (!isError(error, "UNKNOWN_ERROR") && !isError(error, "UNSUPPORTED_OPERATION")) return error;
    return new ChainError(`the endpoint refuses ${payload.method}: ${nodeMessage(error)}`, {
      value: `code ${result.error.code}`,
      limit: "a request that the endpoint serves",
      remedy: "Check OPENLEDGER_RPC_URL: another endpoint may serve it.",
      cause: error,
    });
  }

  override destroy(): void {
    this.#closing.abort();
    super.destroy();
  }
}

/**
 * Connects and checks that every endpoint that answers serves the expected chain.
 *
 * @param url of a JSON-RPC endpoint, or of several, separated by commas, the preferred one first
 * @throws ChainError when nothing answers or the chain id is another one; AccessError when the endpoint refuses access
 */
export async function connect(url: string, chainId: number): Promise<JsonRpcProvider> {
  const provider = new FailoverProvider(url, chainId);
  try {
    await provider.verify();
    return provider;
  } catch (error) {
    provider.destroy();
    if (error instanceof AccessError || (error instanceof ChainError && !error.retryable)) throw error;
    throw new ChainError(`the chain cannot be reached: ${messageOf(error)}`, {
      value: originsOf(url),
      limit: "a JSON-RPC endpoint that answers eth_chainId",
      remedy: "Start the chain (npx openledger up), or set OPENLEDGER_RPC_URL.",
      retryable: true,
      cause: error,
    });
  }
}
