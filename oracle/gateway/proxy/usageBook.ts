import { z } from "zod";
import { ContentError, messageOf } from "../../common/errors.ts";
import { toJson } from "../../common/json.ts";
import { openLineFile, readLineFile } from "../../common/lineFile.ts";
import type { UsageLine } from "../../invoices/usage.ts";

const usedSchema = z.strictObject({
  /** Unix seconds. */
  time: z.coerce.bigint(),
  /** Id of the API key. */
  key: z.string(),
  name: z.string(),
  /** What the key is for, if that was said. */
  project: z.string(),
  modelId: z.string(),
  /** Of the receipt: its payment, and of a channel where its part ends. */
  receipt: z.string(),
  /** Struct hash of the receipt, where it is the provider's for what was asked; empty where it is not. */
  receiptHash: z.string().default(""),
  /** OPEN wei. */
  fee: z.coerce.bigint(),
});

/** An answer that a key of the proxy was given. */
export type UsedAnswer = z.output<typeof usedSchema>;

/** What each key of a proxy was given, for bills and budgets inside a company; what was paid is what receipts say. */
export interface UsageBook {
  /** It is on disk when this returns. */
  add(used: UsedAnswer): void;
  close(): void;
}

/** One process writes: the one that has the budgets of the same keys. */
export function openUsageBook(file: string): UsageBook {
  const { add, close } = openLineFile(file);
  return { add: (used) => add(toJson(used)), close };
}

/** The oldest first; none where there is no file. @throws ContentError for a file that cannot be read as one */
export function readUsageBook(file: string): UsedAnswer[] {
  return readLineFile(file).map((line, i) => {
    try {
      return usedSchema.parse(JSON.parse(line));
    } catch (error) {
      throw new ContentError(`line ${i + 1} of the record of usage cannot be read: ${messageOf(error)}`, {
        value: file,
        limit: "a file that this program has written",
        remedy: "Restore it, or move it away and begin anew.",
        cause: error,
      });
    }
  });
}

/** As a line of an export. Billed is the project; the key where it has none. */
export function usageOfKey({ time, key, name, project, modelId, receipt, fee }: UsedAnswer): UsageLine {
  return {
    time,
    customer: project === "" ? key : project,
    // meters take identifiers of a hundred characters
    identifier: receipt.slice(0, 26) + receipt.slice(66),
    fee,
    columns: { project, key, name, modelId, receipt },
  };
}
