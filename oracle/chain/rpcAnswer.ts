import { AccessError, ChainError } from "../common/errors.ts";

/** A call as JSON-RPC carries it. */
export interface RpcRequest {
  readonly id: number;
  readonly method: string;
  readonly params: readonly unknown[];
}

/** A node's own words about why it does not do what was asked. */
export interface RpcError {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

/** What a node answered to one request. */
export type RpcAnswer = { readonly result: unknown } | { readonly error: RpcError };

/** No answer to the request, or one that says nothing about it: another endpoint, or the same one later, may know. */
export class TransientFailure extends ChainError {
  constructor(problem: string, origin: string, cause?: unknown) {
    super(`the chain does not answer: ${problem}`, {
      value: origin,
      limit: "a JSON-RPC endpoint that answers",
      remedy: "Check that the endpoint is up, or set OPENLEDGER_RPC_URL to several endpoints, separated by commas.",
      retryable: true,
      cause,
    });
  }
}

/** A batch was refused as a whole; its requests can be made one by one. */
export class BatchRefused extends TransientFailure {}

/** Statuses by which a server says: not now. */
const NOT_NOW = new Set([408, 409, 425, 429]);

/**
 * What the body of an HTTP answer says about each request of a post.
 *
 * @returns the answers in the order of the requests; a request that a node could not serve for the moment has a failure
 * @throws TransientFailure, AccessError or ChainError when the body says nothing about any of them
 */
export function readAnswers(
  requests: readonly RpcRequest[],
  status: number,
  body: string,
  origin: string,
): (RpcAnswer | TransientFailure)[] {
  const parsed = parse(body);
  const answers = Array.isArray(parsed) && requests.length > 1 ? parsed : [parsed];
  if (!answers.every(isAnswer)) throw withoutAnswer(requests, status, body, origin);
  if (answers.length === 1 && requests.length > 1) {
    const error = answers[0]!.error;
    if (error && isTransient(error)) throw new TransientFailure(error.message, origin);
    throw new BatchRefused(`batches are refused: ${error?.message ?? "one answer to all"}`, origin);
  }
  const [first] = answers;
  if (requests.length === 1 && first?.error && (status === 401 || status === 403) && !isTransient(first.error)) {
    throw accessError(status, first.error.message, origin);
  }
  const byId = new Map(answers.map((answer) => [String(answer.id), answer]));
  return requests.map(({ id }) => {
    // an error about the only request may come without its id
    const answer =
      byId.get(String(id)) ?? (requests.length === 1 && first?.id == null && first?.error ? first : undefined);
    if (answer === undefined || byId.size !== requests.length || answers.length !== requests.length) {
      throw new TransientFailure("the answers are not those to the requests", origin);
    }
    if (!answer.error) return { result: answer.result };
    return isTransient(answer.error) ? new TransientFailure(answer.error.message, origin) : { error: answer.error };
  });
}

interface RawAnswer {
  readonly id?: unknown;
  readonly result?: unknown;
  readonly error?: RpcError | null;
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function isAnswer(value: unknown): value is RawAnswer {
  if (typeof value !== "object" || value === null) return false;
  const { error } = value as { error?: { message?: unknown } | null };
  if (error == null) return "result" in value;
  return typeof error === "object" && typeof error.message === "string";
}

function withoutAnswer(
  requests: readonly RpcRequest[],
  status: number,
  body: string,
  origin: string,
): ChainError | AccessError {
  const words = `HTTP ${status}${body.trim() === "" ? " without a body" : `, ${excerpt(body)}`}`;
  const isClientError = status >= 400 && status < 500 && !NOT_NOW.has(status) && !RATE_LIMIT.test(body);
  if (!isClientError) return new TransientFailure(words, origin);
  if (status === 401 || status === 403) return accessError(status, excerpt(body), origin);
  if (requests.length > 1) return new BatchRefused(words, origin);
  return new ChainError(`the endpoint refuses the request ${requests[0]!.method}: ${words}`, {
    value: origin,
    limit: "an endpoint that speaks JSON-RPC over HTTP POST",
    remedy: "Check OPENLEDGER_RPC_URL: the path and the key belong to it.",
  });
}

function accessError(status: number, words: string, origin: string): AccessError {
  return new AccessError(`the endpoint refuses access: HTTP ${status}, ${words}`, {
    value: origin,
    limit: "an endpoint that this machine may use",
    remedy: "Check the key in OPENLEDGER_RPC_URL, and what the provider allows for it.",
  });
}

function excerpt(body: string): string {
  const text = body
    .replaceAll(/<[^>]*>/gu, " ")
    .replaceAll(/\s+/gu, " ")
    .trim();
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}

/** What a node says about the call or the transaction itself, whatever else the message mentions. */
const ABOUT_THE_CALL = new RegExp(
  [
    "revert|vm (execution|exception)|invalid opcode|out of gas|stack (under|over)flow",
    "insufficient (funds|balance)|enough funds|nonce|underpriced|already known|known transaction|already imported",
    "intrinsic gas|gas limit|gas required|fee cap|max fee|base fee|configured cap|invalid (argument|param|sender|signature|raw)",
  ].join("|"),
  "iu",
);

const RATE_LIMIT = new RegExp(
  [
    "rate.?limit|too many (requests|connections)|throttl|quota|capacity|daily|per.?second|compute units|credits",
    "limit.{0,20}(reached|exceeded)|exceeded.{0,40}(limit|requests)|request limit|monthly",
  ].join("|"),
  "iu",
);

/** A node that is overloaded, restarting, behind its proxy's back, or behind the head of the chain. */
const NOT_READY = new RegExp(
  [
    "try again|retry|temporar|unavailable|overload|busy|timed? ?out|timeout|deadline|gateway|backend|upstream|healthy",
    "header not found|(unknown|missing) (block|header)|block.{0,12}not found|missing trie node|out of range|syncing",
    "beyond (the )?(current )?head|internal (json-?rpc |server )?error|connection|pool is full",
  ].join("|"),
  "iu",
);

/**
 * Codes by which nodes and their proxies say: not now. -32005 limit exceeded, -32007 and -32029 requests per second,
 * -32010 to -32019 an OP-stack proxy without a node, -32090 and -32097 daily limits.
 */
const TRANSIENT_CODES = new Set([
  429, -32429, -32001, -32002, -32005, -32007, -32010, -32011, -32012, -32013, -32015, -32016, -32017, -32018, -32019,
  -32029, -32090, -32097, -32603,
]);

/** Whether the same request may be served later, or by another endpoint. */
export function isTransient({ code, message, data }: RpcError): boolean {
  if (code === 3 || ABOUT_THE_CALL.test(message) || holdsBytes(data)) return false;
  return TRANSIENT_CODES.has(code) || RATE_LIMIT.test(message) || NOT_READY.test(message);
}

/** Revert data, which some nodes nest. */
function holdsBytes(data: unknown): boolean {
  if (typeof data === "string") return data.startsWith("0x");
  return typeof data === "object" && data !== null && holdsBytes((data as { data?: unknown }).data);
}
