import { type DestinationStream, destination, type Logger, pino } from "pino";

export type { Logger };

export const LOG_LEVELS = ["silent", "fatal", "error", "warn", "info", "debug", "trace"] as const;

export interface LoggerOptions {
  readonly level: (typeof LOG_LEVELS)[number];
  /** Fields on every line, such as the operator's address. */
  readonly bindings?: Record<string, unknown>;
  /** A file to write to; standard error when absent, because standard output carries results. */
  readonly file?: string;
  readonly stream?: DestinationStream;
}

/** JSON lines; keys, passwords and mnemonics are never logged. */
export function createLogger({ level, bindings = {}, file, stream }: LoggerOptions): Logger {
  return pino(
    {
      level,
      base: bindings,
      redact: ["*.privateKey", "*.mnemonic", "*.password", "privateKey", "mnemonic", "password"],
      formatters: { level: (label) => ({ level: label }) },
    },
    stream ?? destination({ dest: file ?? 2, mkdir: true, sync: true }),
  );
}
