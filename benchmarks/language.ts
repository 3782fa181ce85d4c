/**
 * A decoder-only Transformer of characters on tinyshakespeare: `npm run bench -- language [--subsets N] [--cache DIR]`.
 *
 * Trains the base (language/base.json), adapts it to documents that it has not seen (language/adapters.json), retrains the adapters on random halves of the
 * documents, and explains a character that the adapted model gives. `openledger evaluate language` prints the explanation.
 */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { languageStudy } from "../oracle/attribution/evaluate/languageStudy.ts";
import { loadFolder } from "../oracle/data/loadFolder.ts";
import { parseRecipe } from "../oracle/model/recipe.ts";
import { createWasmKernels } from "../oracle/numerics/wasmKernels.ts";
import { dataSet } from "./folders.ts";
import type { Benchmark } from "./report.ts";

const SEED = 7;

export const benchmark: Benchmark = {
  name: "language",
  seed: SEED,
  async *measure(options) {
    const { values } = parseArgs({
      args: [...options],
      options: { subsets: { type: "string", default: "20" }, cache: { type: "string" } },
    });
    const recipeIn = (name: string) =>
      parseRecipe(JSON.parse(readFileSync(join(import.meta.dirname, "language", name), "utf8")));
    const before = process.cpuUsage();
    const study = await languageStudy(createWasmKernels, {
      ...{
        dataset: loadFolder(dataSet("tinyshakespeare")),
        base: recipeIn("base.json"),
        adapters: recipeIn("adapters.json"),
      },
      ...{ documents: 24, characters: 1200, queries: 48, subsets: Number(values.subsets), seed: SEED },
      ...{ prompt: "KING RICHARD II:\n", added: 40 },
      folder: resolve(values.cache ?? join(import.meta.dirname, "results/language")),
      onProgress: ({ done, total }) => process.stderr.write(`halves: ${done} of ${total}\n`),
      onBaseProgress: ({ epoch, loss }) => process.stderr.write(`base: epoch ${epoch}, loss ${loss.toFixed(3)}\n`),
    });
    const { user, system } = process.cpuUsage(before);
    const { documents, sequences } = study.explanation;
    const total = documents.reduce((sum, value) => sum + Math.abs(value), 0);
    const character = JSON.stringify(study.continuation.at(-1));
    const { base, adapted } = study.bits;
    yield { name: "base, held-out text", value: base.heldOut, unit: "bits per character" };
    yield { name: "base, documents", value: base.documents, unit: "bits per character" };
    yield { name: "with adapters, held-out text", value: adapted.heldOut, unit: "bits per character" };
    yield { name: "with adapters, documents", value: adapted.documents, unit: "bits per character" };
    yield {
      name: "documents, LDS over retrained halves",
      value: study.lds.estimate,
      unit: "",
      comparator: ">=",
      target: 0.2,
    };
    yield { name: "LDS, lower end of 95 %", value: study.lds.low, unit: "" };
    yield { name: "processor time", value: (user + system) / 1e6, unit: "s" };
    for (const d of [...documents.keys()].sort((a, b) => documents[b]! - documents[a]!).slice(0, 3)) {
      const speakers = study.data.documents[d]!.speakers.slice(0, 3).join(", ");
      yield {
        name: `share of ${character} from document ${d} (${speakers})`,
        value: documents[d]! / total,
        unit: "of Σ|influence|",
      };
    }
    const { row, positions } = sequences[0]!;
    const t = positions.indexOf(Math.max(...positions));
    yield {
      name: `token of the greatest influence: position ${t} of sequence ${row}`,
      value: positions[t]!,
      unit: "logits",
    };
  },
};
