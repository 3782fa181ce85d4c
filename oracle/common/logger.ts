import { type DestinationStream, destination, type Logger, pino } from "pino";

import { withFileErrors } from "./fileErrors.ts";
import { printableJson } from "./printable.ts";

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

/**
 * JSON lines; keys, passwords and mnemonics are never logged. A line that the disk does not take is lost: the work goes on.
 *
 * @throws StorageError when the file cannot be opened
 */
export function createLogger({ level, bindings = {}, file, stream }: LoggerOptions): Logger {
  return pino(
    {
      level,
      base: bindings,
      redact: ["*.privateKey", "*.mnemonic", "*.password", "privateKey", "mnemonic", "password"],
      formatters: { level: (label) => ({ level: label }) },
    },
    printing(stream ?? openDestination(file)),
  );
}

/** Escapes what strangers put into a line to deceive whoever reads the log on a terminal. */
function printing(stream: DestinationStream): DestinationStream {
  return { write: (line) => stream.write(printableJson(line)) };
}

function openDestination(file: string | undefined): DestinationStream {
  if (file === undefined) return ignoringErrors(destination({ dest: 2, sync: true }));
  return withFileErrors(file, () => ignoringErrors(destination({ dest: file, mkdir: true, sync: true })));
}

function ignoringErrors(stream: ReturnType<typeof destination>): DestinationStream {
  return stream.on("error", () => {});
}
