/** The many ways in which JSON-RPC services say the same thing. */

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

interface Refusal {
  readonly code: number;
  readonly message: string;
}

/** Answers without JSON, of proxies and of servers that are down, with every status that goes with them. */
export const WITHOUT_JSON: readonly HttpAnswer[] = [
  { status: 429, body: "Too Many Requests" },
  { status: 429, body: "" },
  { status: 500, body: "Internal Server Error" },
  { status: 502, body: "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>" },
  { status: 503, body: "<!DOCTYPE html><html><body>Service Temporarily Unavailable</body></html>" },
  { status: 504, body: "" },
  { status: 521, body: "<html><body>Web server is down</body></html>" },
  { status: 408, body: "" },
  { status: 200, body: "<!DOCTYPE html><html><body>Checking your browser before accessing…</body></html>" },
  { status: 200, body: "" },
  { status: 200, body: "null" },
  { status: 200, body: "{}" },
  { status: 403, body: "<html><body>error code: 1015 — you are being rate limited</body></html>" },
];

/** Rate limits and outages as JSON-RPC errors, most of them with HTTP status 200. */
export const NOT_NOW: readonly Refusal[] = [
  { code: -32005, message: "limit exceeded" },
  { code: -32005, message: "daily request count exceeded, request rate limited" },
  { code: -32016, message: "over rate limit" },
  { code: -32097, message: "daily limit reached" },
  { code: -32007, message: "50/second request limit reached - reduce calls per second" },
  { code: -32090, message: "Too many requests, reason: call rate limit exhausted" },
  { code: -32029, message: "Too Many Requests" },
  { code: 429, message: "Your app has exceeded its compute units per second capacity." },
  { code: -32000, message: "too many requests" },
  { code: -32000, message: "rate limit exceeded, try again in 1s" },
  { code: -32000, message: "header not found" },
  { code: -32603, message: "Internal error" },
  { code: -32603, message: "service unavailable" },
  { code: -32011, message: "no backends available for method" },
  { code: -32019, message: "block is out of range" },
  { code: -32002, message: "request timed out" },
  { code: -32600, message: "capacity exceeded" },
];

/** Refusals of a range of blocks, or of an answer that is too large. */
export const RANGE_REFUSALS: readonly (Refusal & { readonly status?: number })[] = [
  { code: -32602, message: "eth_getLogs is limited to a range of 500 blocks" },
  { code: -32000, message: "block range is too wide" },
  { code: -32005, message: "query returned more than 10000 results" },
  { code: -32614, message: "eth_getLogs and eth_newFilter are limited to a 10,000 blocks range" },
  { code: -32600, message: "Log response size exceeded. This block range should work: [0x0, 0x1]", status: 400 },
  { code: -32701, message: "Please specify an address in your request or, to remove restrictions, order a node" },
  { code: 35, message: "ranges over 10000 blocks are not supported on freetier", status: 400 },
  { code: -32008, message: "Response is too big" },
];

/** Refusals of batches. */
export const BATCH_REFUSALS: readonly HttpAnswer[] = [
  {
    status: 400,
    body: '{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"batch requests are not allowed"}}',
  },
  { status: 200, body: '{"jsonrpc":"2.0","id":null,"error":{"code":-32014,"message":"too many RPC calls in batch"}}' },
  { status: 200, body: '[{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"invalid request"}}]' },
  { status: 413, body: "Payload Too Large" },
  { status: 400, body: "Bad Request" },
  { status: 500, body: '{"error":"batch"}' },
];
