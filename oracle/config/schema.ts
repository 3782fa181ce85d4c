import { statSync } from "node:fs";
import { isIP } from "node:net";
import { z } from "zod";
import { LOG_LEVELS } from "../common/logger.ts";

const port = z.coerce.number().int().min(0).max(65_535);
const milliseconds = z.coerce.number().int().positive();
const httpUrl = z.url({ protocol: /^https?$/, error: "a URL that begins with http:// or https://" });

function isListOfUrls(list: string): boolean {
  return list.split(",").every((url) => httpUrl.safeParse(url.trim()).success);
}

/** Whether the path is a directory, or nothing yet. */
export function mayBeDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? true;
}

/** The items of a comma-separated setting. */
function listOf(text: string): string[] {
  return text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

/** Whether this is an address or a network in CIDR notation. */
function isProxy(text: string): boolean {
  if (text === "loopback") return true;
  const [address, length, ...rest] = text.split("/");
  const bits = { 0: 0, 4: 32, 6: 128 }[isIP(address!) as 0 | 4 | 6];
  if (bits === 0 || rest.length > 0) return false;
  return length === undefined || (/^\d{1,3}$/u.test(length) && Number(length) >= 1 && Number(length) <= bits);
}

/**
 * Everything that a process of OpenLedger can be told, in the order in which `.env.example` lists it. A secret can
 * also be given as NAME_FILE, the path of a file that holds it.
 */
export const settings = {
  OPENLEDGER_STATE_DIR: {
    section: "Place",
    about: "Directory of the store, the content files and the logs; in memory and temporary when empty.",
    schema: z.string().refine(mayBeDirectory, "it is a file, not a directory").optional(),
  },
  LOG_LEVEL: {
    section: "Place",
    about: `One of ${LOG_LEVELS.join(", ")}. Log lines are JSON on standard error.`,
    schema: z.enum(LOG_LEVELS).default("info"),
  },
  OPENLEDGER_RPC_URL: {
    section: "Chain",
    about: "JSON-RPC endpoint of an OP-stack chain; several, separated by commas, are used in this order.",
    schema: z
      .string()
      .refine(isListOfUrls, "a URL that begins with http:// or https://, or several, separated by commas")
      .default("http://127.0.0.1:8545"),
  },
  OPENLEDGER_CHAIN_ID: {
    section: "Chain",
    about: "The chain id the endpoint must report; any other is refused.",
    schema: z.coerce.number().int().positive().default(31_337),
  },
  OPENLEDGER_DEPLOYMENT: {
    section: "Chain",
    about: "Deployment whose addresses are used: a folder name under deploy/deployments/.",
    schema: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, "letters, digits, dots, dashes and underscores")
      .default("local-up"),
  },
  OPENLEDGER_CONFIRMATIONS: {
    section: "Chain",
    about: "Blocks behind the head that are read; 0 on a chain without reorganisations.",
    schema: z.coerce.number().int().min(0).max(1_000).default(0),
  },
  OPENLEDGER_SCAN_BLOCKS: {
    section: "Chain",
    about: "Blocks per log request.",
    schema: z.coerce.number().int().min(1).max(100_000).default(2_000),
  },
  OPENLEDGER_SCAN_INTERVAL_MS: {
    section: "Chain",
    about: "Pause between two looks at the head, in milliseconds.",
    schema: milliseconds.default(2_000),
  },
  OPENLEDGER_MAX_FEE_GWEI: {
    section: "Chain",
    about: "Highest fee per gas a transaction may offer, in gwei; dearer times are waited out.",
    schema: z.coerce.number().positive().default(50),
  },
  DATABASE_URL: {
    section: "Store and queue",
    about: "A PostgreSQL 15+ server; the embedded PGlite in the state directory when empty.",
    schema: z.url({ protocol: /^postgres(ql)?$/, error: "a URL that begins with postgres://" }).optional(),
    secret: true,
  },
  REDIS_URL: {
    section: "Store and queue",
    about: "A Redis 6.2+ server for the jobs (noeviction, AOF); jobs are kept in the store's database when empty.",
    schema: z.url({ protocol: /^rediss?$/, error: "a URL that begins with redis://" }).optional(),
    secret: true,
  },
  OPENLEDGER_KEYSTORE: {
    section: "Key",
    about: "Encrypted JSON keystore (Web3 Secret Storage). Without a key nothing is signed or sent.",
    schema: z.string().optional(),
  },
  OPENLEDGER_PASSWORD: {
    section: "Key",
    about: "Password of the keystore; better OPENLEDGER_PASSWORD_FILE.",
    schema: z.string().min(1).optional(),
    secret: true,
  },
  OPENLEDGER_DEV_ACCOUNT: {
    section: "Key",
    about: "Index into the public development mnemonic, instead of a keystore. Chain 31337 on loopback only.",
    schema: z.coerce.number().int().min(0).max(999).optional(),
  },
  OPENLEDGER_API_HOST: {
    section: "HTTP",
    about: "Interface on which the API listens.",
    schema: z.string().default("127.0.0.1"),
  },
  OPENLEDGER_API_PORT: {
    section: "HTTP",
    about: "Port of the API; 0 takes a free one.",
    schema: port.default(8_080),
  },
  OPENLEDGER_PUBLIC_URL: {
    section: "HTTP",
    about:
      "URL that consumers reach a provider by, as signed offers and receipts name it; the one it listens on when empty.",
    schema: httpUrl.transform((url) => url.replace(/\/+$/u, "")).optional(),
  },
  OPENLEDGER_ANSWER_DEADLINE: {
    section: "HTTP",
    about:
      "Milliseconds in which a provider answers who pays by a channel, signed in its offers; later nothing is charged. None when empty.",
    schema: z.coerce.number().int().min(1).max(600_000).optional(),
  },
  OPENLEDGER_TRUSTED_PROXIES: {
    section: "HTTP",
    about:
      "Comma-separated addresses or networks (CIDR) of reverse proxies, whose X-Forwarded-For names the client; loopback for this machine.",
    schema: z
      .string()
      .default("loopback")
      .transform((list) => listOf(list))
      .pipe(z.array(z.string().refine(isProxy, "an address, a network such as 10.0.0.0/8, or loopback"))),
  },
  OPENLEDGER_API_RATE: {
    section: "HTTP",
    about: "Requests per minute that the API answers to one client; 0 sets no limit.",
    schema: z.coerce.number().int().min(0).default(6_000),
  },
  OPENLEDGER_PEERS: {
    section: "HTTP",
    about: "Comma-separated base URLs of the other operators and of content providers.",
    schema: z
      .string()
      .default("")
      .transform((list) => listOf(list))
      .pipe(z.array(httpUrl)),
  },
  OPENLEDGER_OPERATOR_URL: {
    section: "HTTP",
    about: "The operator's read API that commands ask without --api; the first of npm start when empty.",
    schema: httpUrl.default("http://127.0.0.1:8080"),
  },
  OPENLEDGER_PROVIDER_URL: {
    section: "HTTP",
    about: "The gateway of a provider that commands ask without --provider; that of npm start when empty.",
    schema: httpUrl.default("http://127.0.0.1:8083"),
  },
  OPENLEDGER_CLAIM_OPEN: {
    section: "Work",
    about: "OPEN of vouchers to one model that a provider claims from their channels, however young they are.",
    schema: z.coerce.number().min(0).max(1_000_000).default(100),
  },
  OPENLEDGER_CLAIM_AGE_S: {
    section: "Work",
    about: "Seconds after which a provider claims a voucher, however little it is worth.",
    schema: z.coerce.number().int().min(1).max(43_200).default(3_600),
  },
  OPENLEDGER_TRAINING: {
    section: "Work",
    about: "retrain: repeat every training and compare the weights; verify: check the hash of the published weights.",
    schema: z.enum(["retrain", "verify"]).default("retrain"),
  },
  OPENLEDGER_WORKERS: {
    section: "Work",
    about: "Threads for training, indexing and encoding; as many as there are cores, at most four, when empty.",
    schema: z.coerce.number().int().min(1).max(64).optional(),
  },
} as const satisfies Record<string, { section: string; about: string; schema: z.ZodType; secret?: boolean }>;

export type SettingName = keyof typeof settings;

/** A process's configuration: one field per setting, validated. */
export type Config = { readonly [Name in SettingName]: z.output<(typeof settings)[Name]["schema"]> };
