import { join } from "node:path";
import { z } from "zod";
import { DataError, mismatches, shown } from "../errors.ts";
import type { TextExample } from "../example.ts";
import { textExample } from "../example.ts";
import { readText } from "../files/bytes.ts";
import type { RowPolicy } from "../files/rows.ts";
import { goodRow, malformedRow } from "../files/rows.ts";
import type { FolderFormat } from "./format.ts";

const splits = z.object({
  train: z.array(z.unknown()),
  val: z.array(z.unknown()),
  test: z.array(z.unknown()),
  oos_train: z.array(z.unknown()),
  oos_val: z.array(z.unknown()),
  oos_test: z.array(z.unknown()),
});
const domains = z.record(z.string(), z.array(z.string()));
const pair = z.tuple([z.unknown(), z.unknown()]);

/**
 * CLINC150 (Larson et al. 2019): 150 intents in 10 domains, 100 training, 20 validation and 30 test requests each. The
 * validation split is the quality set; the 1,200 out-of-scope requests (label "oos") are the off-domain rows. `meta.domain`
 * names the domain of an intent.
 */
export const clinc150: FolderFormat = {
  name: "clinc150",
  markers: ["data_full.json", "domains.json"],
  read(dir, policy) {
    const file = join(dir, "data_full.json");
    const data = readJson(file, splits);
    const domainOf = new Map<string, string>();
    for (const [domain, intents] of Object.entries(readJson(join(dir, "domains.json"), domains))) {
      for (const intent of intents) domainOf.set(intent, domain);
    }
    const read = (split: keyof typeof data) => readPairs(`${file}#${split}`, data[split], domainOf, policy);
    return {
      name: "CLINC150",
      licence: "CC-BY-3.0",
      source: "https://github.com/clinc/oos-eval",
      train: read("train"),
      quality: read("val"),
      test: read("test"),
      offDomain: [...read("oos_train"), ...read("oos_val"), ...read("oos_test")],
    };
  },
};

function readPairs(
  place: string,
  rows: readonly unknown[],
  domainOf: Map<string, string>,
  policy: RowPolicy,
): TextExample[] {
  return rows.flatMap((value, index) => {
    const example = goodRow(policy, place, index + 1, () => {
      const row = pair.safeParse(value);
      if (!row.success) throw malformedRow(shown(value), "a row is [text, intent]", "correct the row");
      const [text, intent] = row.data;
      const domain = typeof intent === "string" ? domainOf.get(intent) : undefined;
      return textExample(text, intent, domain === undefined ? {} : { domain });
    });
    return example === undefined ? [] : [example];
  });
}

function readJson<T extends z.ZodType>(file: string, schema: T): z.infer<T> {
  let value: unknown;
  try {
    value = JSON.parse(readText(file));
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw malformed(file, error instanceof Error ? error.message : "it is not JSON");
  }
  const checked = schema.safeParse(value);
  if (!checked.success) throw malformed(file, mismatches(checked.error));
  return checked.data;
}

function malformed(file: string, value: string): DataError {
  return new DataError(
    { code: "file-malformed", value, limit: "the file is CLINC150's JSON", remedy: "fetch it again" },
    { file },
  );
}
