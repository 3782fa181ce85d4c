import helmet from "@fastify/helmet";
import rateLimit from "@fastify/rate-limit";
import swagger from "@fastify/swagger";
import Fastify from "fastify";
import {
  createJsonSchemaTransform,
  hasZodFastifySchemaValidationErrors,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from "fastify-type-provider-zod";
import type { z } from "zod";
import { clientOf } from "./client.ts";
import {
  ConflictError,
  InputError,
  messageOf,
  NotFoundError,
  OpenLedgerError,
  PaymentError,
} from "../common/errors.ts";
import { toJson } from "../common/json.ts";
import { printableJson } from "../common/printable.ts";
import type { Logger } from "../common/logger.ts";
import type { Metrics } from "../common/metrics.ts";

/** A server whose routes are validated and documented by their zod schemas. */
export type ApiServer = ReturnType<typeof build>;

/** Adds routes to a server. */
export type AddRoutes = (server: ApiServer) => void;

export interface ApiOptions {
  readonly title: string;
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly routes: readonly AddRoutes[];
  /** Addresses and networks of reverse proxies, which are believed whom they ask for: loopback when absent. */
  readonly trustedProxies?: readonly string[];
  /** Requests per minute of one client; 0 sets no limit. */
  readonly rate?: number;
}

export interface RunningApi {
  readonly url: string;
  close(): Promise<void>;
}

const REQUESTS_PER_MINUTE = 6_000;
/** Clients that are counted at a time. */
const CLIENTS = 20_000;
/** For machines that watch this one: they must not be kept out by others. */
const UNLIMITED = { schema: { hide: true }, config: { rateLimit: false } } as const;
/** Why a server cannot listen where it was told to. */
const LISTEN_PROBLEMS: Readonly<Record<string, { problem: string; limit: string; remedy: string }>> = {
  EADDRINUSE: {
    problem: "the port for the API is in use",
    limit: "a free port",
    remedy: "End the process that listens there, or set OPENLEDGER_API_PORT.",
  },
  EACCES: {
    problem: "this user may not listen on the port for the API",
    limit: "a port from 1024 on",
    remedy: "Set OPENLEDGER_API_PORT.",
  },
  EADDRNOTAVAIL: {
    problem: "this machine does not have the address of the API",
    limit: "an address of one of its interfaces",
    remedy: "Set OPENLEDGER_API_HOST, for example to 0.0.0.0.",
  },
  ENOTFOUND: {
    problem: "the host of the API has no address",
    limit: "an address of one of this machine's interfaces",
    remedy: "Set OPENLEDGER_API_HOST, for example to 0.0.0.0.",
  },
};
const LARGEST_BODY = 1 << 20;

/** Starts an HTTP server with these routes, `/healthz`, `/metrics` and `/openapi.json`. */
export async function startApi(options: ApiOptions): Promise<RunningApi> {
  const { trustedProxies = ["loopback"], rate = REQUESTS_PER_MINUTE } = options;
  const server = build(trustedProxies);
  await server.register(helmet);
  if (rate > 0) {
    await server.register(rateLimit, {
      max: rate,
      timeWindow: "1 minute",
      cache: CLIENTS,
      keyGenerator: ({ ip }) => clientOf(ip),
      errorResponseBuilder: ({ ip }, { max, after }) =>
        new TooManyRequestsError("too many requests", {
          value: clientOf(ip),
          limit: `${max} requests per minute and client`,
          remedy: `Ask again in ${after}.`,
        }),
    });
  }
  await server.register(swagger, {
    openapi: { openapi: "3.1.0", info: { title: options.title, version: "1" } },
    transform: createJsonSchemaTransform({ zodToJsonConfig: { override: describeIntegers } }),
  });
  // JSON for people with a terminal: escaping changes how it is written and nothing of what it says
  server.addHook("onSend", async (_request, reply, payload) =>
    typeof payload === "string" && isJson(reply.getHeader("content-type")) ? printableJson(payload) : payload,
  );
  server.setErrorHandler((error, _request, reply) => {
    const status = statusOf(error);
    if (status >= 500) options.log.error({ err: error }, "request failed");
    const { value, limit, remedy } = error instanceof OpenLedgerError ? error : {};
    return reply
      .status(status)
      .type("application/json")
      .send(toJson({ error: messageOf(error), value, limit, remedy }));
  });
  // after the plug-ins, so that their hooks see these routes
  await server.register(async (scope) => {
    const typed = scope.withTypeProvider<ZodTypeProvider>();
    for (const add of options.routes) add(typed);
    typed.get("/healthz", UNLIMITED, () => ({ status: "ok" }));
    typed.get("/metrics", UNLIMITED, async (_request, reply) =>
      reply.type(options.metrics.registry.contentType).send(await options.metrics.registry.metrics()),
    );
    typed.get("/openapi.json", { schema: { hide: true } }, () => server.swagger());
  });
  try {
    const url = await server.listen({ host: options.host, port: options.port });
    return { url, close: () => server.close() };
  } catch (error) {
    await server.close();
    const place = LISTEN_PROBLEMS[(error as NodeJS.ErrnoException).code ?? ""];
    if (place === undefined) throw error;
    throw new InputError(place.problem, {
      value: `${options.host}:${options.port}`,
      limit: place.limit,
      remedy: place.remedy,
      cause: error,
    });
  }
}

/** Bigints travel as decimal strings (see schemas.ts). */
function describeIntegers({ zodSchema, jsonSchema }: { zodSchema: z.core.$ZodType; jsonSchema: object }): void {
  if (zodSchema._zod.def.type === "bigint") Object.assign(jsonSchema, { type: "string", pattern: "^-?\\d+$" });
}

function build(trustedProxies: readonly string[]) {
  const server = Fastify({
    bodyLimit: LARGEST_BODY,
    forceCloseConnections: true,
    trustProxy: trustedProxies.length > 0 ? [...trustedProxies] : false,
  }).withTypeProvider<ZodTypeProvider>();
  server.setValidatorCompiler(validatorCompiler);
  server.setSerializerCompiler(serializerCompiler);
  return server;
}

function isJson(contentType: unknown): boolean {
  return typeof contentType === "string" && contentType.startsWith("application/json");
}

/** A client asks more often than it may. */
class TooManyRequestsError extends OpenLedgerError {}

/** The status of HTTP that an error is answered with. */
export function statusOf(error: unknown): number {
  if (error instanceof TooManyRequestsError) return 429;
  if (error instanceof PaymentError) return 402;
  if (error instanceof ConflictError) return 409;
  if (hasZodFastifySchemaValidationErrors(error) || error instanceof InputError) return 400;
  if (error instanceof NotFoundError) return 404;
  if (error instanceof OpenLedgerError) return error.retryable ? 503 : 422;
  const { statusCode } = error as { statusCode?: unknown };
  return typeof statusCode === "number" ? statusCode : 500;
}
