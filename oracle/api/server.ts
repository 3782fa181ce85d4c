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
import { InputError, messageOf, NotFoundError, OpenLedgerError } from "../common/errors.ts";
import { toJson } from "../common/json.ts";
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
}

export interface RunningApi {
  readonly url: string;
  close(): Promise<void>;
}

const REQUESTS_PER_MINUTE = 6_000;
const LARGEST_BODY = 1 << 20;

/** Starts an HTTP server with these routes, `/healthz`, `/metrics` and `/openapi.json`. */
export async function startApi(options: ApiOptions): Promise<RunningApi> {
  const server = build();
  await server.register(helmet);
  await server.register(rateLimit, { max: REQUESTS_PER_MINUTE, timeWindow: "1 minute" });
  await server.register(swagger, {
    openapi: { openapi: "3.1.0", info: { title: options.title, version: "1" } },
    transform: createJsonSchemaTransform({ zodToJsonConfig: { override: describeIntegers } }),
  });
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
    typed.get("/healthz", { schema: { hide: true } }, () => ({ status: "ok" }));
    typed.get("/metrics", { schema: { hide: true } }, async (_request, reply) =>
      reply.type(options.metrics.registry.contentType).send(await options.metrics.registry.metrics()),
    );
    typed.get("/openapi.json", { schema: { hide: true } }, () => server.swagger());
  });
  try {
    const url = await server.listen({ host: options.host, port: options.port });
    return { url, close: () => server.close() };
  } catch (error) {
    await server.close();
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    throw new InputError("the port for the API is in use", {
      value: `${options.host}:${options.port}`,
      limit: "a free port",
      remedy: "End the process that listens there, or set OPENLEDGER_API_PORT.",
    });
  }
}

/** Bigints travel as decimal strings (see schemas.ts). */
function describeIntegers({ zodSchema, jsonSchema }: { zodSchema: z.core.$ZodType; jsonSchema: object }): void {
  if (zodSchema._zod.def.type === "bigint") Object.assign(jsonSchema, { type: "string", pattern: "^-?\\d+$" });
}

function build() {
  const server = Fastify({ bodyLimit: LARGEST_BODY, forceCloseConnections: true }).withTypeProvider<ZodTypeProvider>();
  server.setValidatorCompiler(validatorCompiler);
  server.setSerializerCompiler(serializerCompiler);
  return server;
}

function statusOf(error: unknown): number {
  if (hasZodFastifySchemaValidationErrors(error) || error instanceof InputError) return 400;
  if (error instanceof NotFoundError) return 404;
  if (error instanceof OpenLedgerError) return error.retryable ? 503 : 422;
  const { statusCode } = error as { statusCode?: unknown };
  return typeof statusCode === "number" ? statusCode : 500;
}
