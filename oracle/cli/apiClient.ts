import { type Command, Option } from "commander";
import { z } from "zod";
import { toJson } from "../common/json.ts";
import { ChainError, InputError, messageOf, NotFoundError, OpenLedgerError } from "../common/errors.ts";
import { settings } from "../config/schema.ts";

const problemSchema = z.object({
  error: z.string(),
  value: z.unknown().optional(),
  limit: z.string().optional(),
  remedy: z.string().optional(),
});

const TIMEOUT_MS = 120_000;

/** Whom a command asks, and what to do where nobody is. */
export interface Server {
  /** As an error names it. */
  readonly name: string;
  readonly limit: string;
  readonly remedy: string;
}

const READ_API: Server = {
  name: "the read API",
  limit: "an operator's HTTP address",
  remedy: "Start one (npx openledger up), or name another with --api.",
};

/** Adds `--api` to a command. */
export function addApiOption(command: Command): Command {
  return command.addOption(endpointOption("--api <url>", "an operator's read API", "OPENLEDGER_OPERATOR_URL"));
}

/** An option that takes an address of HTTP; the setting's when it is absent. */
export function endpointOption(
  flags: string,
  about: string,
  setting: "OPENLEDGER_OPERATOR_URL" | "OPENLEDGER_PROVIDER_URL",
): Option {
  const usual = settings[setting].schema.parse(undefined);
  // a variable that is set to nothing counts as absent, like every other
  const parse = (text: string) => (text === "" ? usual : parseUrl(text));
  return new Option(flags, about).argParser(parse).default(usual).env(setting);
}

/** An http(s) URL as somebody typed it. */
export function parseUrl(text: string): string {
  const parsed = z.url({ protocol: /^https?$/ }).safeParse(text);
  if (parsed.success) return text;
  throw new InputError("this is not a URL", { value: text, limit: "a URL that begins with http:// or https://" });
}

/**
 * Asks an operator's read API, or another server of this project's.
 *
 * @param path from the root, such as `/v1/roots`
 * @throws NotFoundError, InputError or OpenLedgerError with what the API says; ChainError when it does not answer
 */
export async function askApi<S extends z.ZodType>(
  api: string,
  path: string,
  schema: S,
  server = READ_API,
): Promise<z.output<S>> {
  return request(api, path, {}, schema, server);
}

/** Hands something in. @param body as JSON, integers as decimal strings @throws as {@link askApi} */
export async function postApi<S extends z.ZodType>(
  api: string,
  path: string,
  body: unknown,
  schema: S,
  server = READ_API,
): Promise<z.output<S>> {
  const headers = { "content-type": "application/json" };
  return request(api, path, { method: "POST", headers, body: toJson(body) }, schema, server);
}

async function request<S extends z.ZodType>(
  api: string,
  path: string,
  init: RequestInit,
  schema: S,
  { name, limit, remedy }: Server,
): Promise<z.output<S>> {
  let response: Response;
  let body: unknown;
  try {
    response = await fetch(new URL(path, api), { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) });
    body = await response.json();
  } catch (error) {
    throw new ChainError(`${name} does not answer: ${messageOf(error)}`, { value: api, limit, remedy, cause: error });
  }
  if (!response.ok) throw refused(name, response.status, body, new URL(path, api).href);
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new OpenLedgerError(`${name} answers in another form: ${z.prettifyError(parsed.error)}`, {
    value: new URL(path, api).href,
    remedy: `Use the same release as ${name}.`,
  });
}

function refused(name: string, status: number, body: unknown, url: string): OpenLedgerError {
  const problem = problemSchema.safeParse(body);
  if (!problem.success) return new OpenLedgerError(`${name} answers with status ${status}`, { value: url });
  const { error, value, limit, remedy } = problem.data;
  const details = {
    value: value ?? url,
    ...(limit === undefined ? {} : { limit }),
    ...(remedy === undefined ? {} : { remedy }),
  };
  if (status === 404) return new NotFoundError(error, details);
  if (status === 400) return new InputError(error, details);
  return new OpenLedgerError(error, details);
}
