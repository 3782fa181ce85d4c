import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { storingShop } from "../../test/fixtures/shop.ts";
import { type RunningApi, startApi } from "../api/server.ts";
import { createLogger } from "../common/logger.ts";
import { createMetrics } from "../common/metrics.ts";
import { inferenceRoutes } from "./routes.ts";

let api: RunningApi;
let computed = 0;
const question = JSON.stringify({ kind: "text", input: "x" });

beforeAll(async () => {
  const count = () => Promise.resolve(++computed > 0);
  api = await startApi({
    title: "test",
    host: "127.0.0.1",
    port: 0,
    log: createLogger({ level: "fatal" }),
    metrics: createMetrics(),
    routes: [inferenceRoutes(storingShop({ add: count }))],
  });
});
afterAll(() => api.close());

/** Sends bytes as they are, and returns the statuses of what comes back. */
function raw(bytes: string): Promise<number[]> {
  const { promise, resolve, reject } = Promise.withResolvers<number[]>();
  const socket = connect(Number(new URL(api.url).port), "127.0.0.1");
  let text = "";
  socket.on("data", (data) => (text += data.toString("latin1")));
  socket.on("error", reject);
  socket.on("close", () => resolve([...text.matchAll(/HTTP\/1\.1 (\d{3}) /gu)].map(([, status]) => Number(status))));
  socket.write(bytes);
  return promise;
}

function post(
  target: string,
  { method = "POST", headers = [] as string[], body = question, close = true } = {},
): string {
  const length = headers.some((line) => /^(content-length|transfer-encoding):/iu.test(line))
    ? []
    : [`Content-Length: ${Buffer.byteLength(body)}`];
  const always = ["Host: shop.example", "Content-Type: application/json", ...(close ? ["Connection: close"] : [])];
  return [`${method} ${target} HTTP/1.1`, ...always, ...length, ...headers, "", body].join("\r\n");
}

const PATH = "/v1/models/1/infer";
const TARGETS = [
  PATH,
  `http://evil.example${PATH}`,
  `https://evil.example:443${PATH}`,
  `HTTP://EVIL.EXAMPLE${PATH}`,
  `http://user:word@evil.example${PATH}?x=1`,
  `//evil.example${PATH}`,
  `/${PATH}`,
  "/v1//models/1/infer",
  "/v1/models/1//infer",
  `${PATH}/`,
  `${PATH}//`,
  `${PATH}?paid=1`,
  `${PATH}#paid`,
  `${PATH};paid=1`,
  `${PATH};`,
  `${PATH}%0a`,
  `${PATH}%0d%0a`,
  `${PATH}%00`,
  `${PATH}%20`,
  `${PATH}%3b`,
  `${PATH}%3f`,
  `${PATH}%`,
  `${PATH}%zz`,
  "/v1/models/1/%69nfer",
  "/v1/models/1/%49NFER",
  "/%76%31/models/1/infer",
  "/v1%2fmodels%2f1%2finfer",
  "/v1/models/1%2finfer",
  "/v1/models/%31/infer",
  "/V1/models/1/infer",
  "/v1/MODELS/1/INFER",
  "/v1/./models/1/infer",
  "/x/../v1/models/1/infer",
  "/v1/models/1/../1/infer",
  "/v1/models/1/%2e%2e/1/infer",
  "/v1/models/1/infer/..",
  "\\v1\\models\\1\\infer",
  "*",
];

describe("nothing is answered unpaid", () => {
  it.each(TARGETS)("to %s", async (target) => {
    // what is no target of HTTP is refused before any route: 400
    const expected = target.startsWith("\\") || /%(?:zz)?$/u.test(target) ? [400, 404] : [402, 404];
    expect(expected).toContain((await raw(post(target)))[0]);
    expect(computed).toBe(0);
  });

  it.each(["HEAD", "GET", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "post"])(
    "by the method %s",
    async (method) => {
      const [status] = await raw(post(PATH, { method }));
      expect([undefined, 400, 404]).toContain(status);
      expect(computed).toBe(0);
    },
  );

  it.each([
    ["that names another method", ["X-HTTP-Method-Override: GET"]],
    ["of version 1", ["X-PAYMENT: e30="]],
    ["that is empty", ["PAYMENT-SIGNATURE:"]],
    ["that is there twice", ["PAYMENT-SIGNATURE: e30=", "PAYMENT-SIGNATURE: e30="]],
    ["of an answer", ["PAYMENT-RESPONSE: eyJzdWNjZXNzIjp0cnVlfQ=="]],
    ["of a proxy", ["X-Original-URL: /healthz", "X-Rewrite-URL: /healthz", "Forwarded: host=evil"]],
    ["that wants to go on", ["Expect: 100-continue"]],
    ["that wants another protocol", ["Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA"]],
  ])("with a header %s", async (_what, headers) => {
    expect((await raw(post(PATH, { headers }))).filter((status) => status >= 200)).toEqual([402]);
    expect(computed).toBe(0);
  });

  it("in chunks, of any size and with trailers", async () => {
    const chunked = (body: string) => raw(post(PATH, { headers: ["Transfer-Encoding: chunked"], body }));
    const [head, tail] = [question.slice(0, 5), question.slice(5)];
    const chunks = `5\r\n${head}\r\n${tail.length.toString(16)};x=y\r\n${tail}\r\n0\r\n`;
    expect(await chunked(`${chunks}\r\n`)).toEqual([402]);
    expect(await chunked(`${chunks}PAYMENT-SIGNATURE: e30=\r\n\r\n`)).toEqual([402]);
    expect(computed).toBe(0);
  });

  it("where two lengths disagree", async () => {
    const both = ["Transfer-Encoding: chunked", "Content-Length: 5"];
    for (const headers of [both, ["Content-Length: 5", "Content-Length: 6"], ["Transfer-Encoding: xchunked"]]) {
      expect((await raw(post(PATH, { headers, body: `0\r\n\r\n${post(PATH)}` })))[0]).toBe(400);
    }
    expect(computed).toBe(0);
  });

  it("in a row, one after the other without waiting", async () => {
    const many = [
      post("/healthz", { method: "GET", body: "", close: false }),
      post(PATH, { close: false }),
      post(PATH),
    ];
    expect(await raw(many.join(""))).toEqual([200, 402, 402]);
    expect(computed).toBe(0);
  });
});
