import { readFileSync } from "node:fs";
import type { Command } from "commander";
import type { LanguageStudy } from "../../attribution/evaluate/languageStudy.ts";
import { languageStudy } from "../../attribution/evaluate/languageStudy.ts";
import { loadFolder } from "../../data/loadFolder.ts";
import { parseRecipe } from "../../model/recipe.ts";
import { createWasmKernels } from "../../numerics/wasmKernels.ts";
import { createOutput, table } from "../output.ts";
import type { StudyFlags } from "./flags.ts";
import { addStudyOptions, atLeast, figure, range, sayProgress } from "./flags.ts";

interface LanguageFlags extends Omit<StudyFlags, "html"> {
  readonly base: string;
  readonly adapters: string;
  readonly documents: number;
  readonly characters: number;
  readonly subsets: number;
  readonly queries: number;
  readonly prompt: string;
  readonly added: number;
}

export function addLanguage(program: Command, evaluate: Command): void {
  addStudyOptions(evaluate.command("language"))
    .description(
      "a language model of characters adapted to documents: what each document did, and where a character comes from",
    )
    .argument("<folder>", "tinyshakespeare")
    .requiredOption("--base <file>", "recipe of the base model, JSON")
    .requiredOption("--adapters <file>", "recipe of its adapters, JSON")
    .option("--documents <n>", "documents that the adapters are trained on", atLeast(4), 24)
    .option("--characters <n>", "least characters of a document", atLeast(100), 1200)
    .option("--subsets <n>", "retrainings on random halves of the documents", atLeast(10), 20)
    .option("--queries <n>", "held-out sequences that they are judged by", atLeast(2), 48)
    .option("--prompt <text>", "what the model goes on from", "KING RICHARD II:\n")
    .option("--added <n>", "characters that it adds; the last is explained", atLeast(1, 1000), 40)
    .action(async (folder: string, flags: LanguageFlags) => {
      const output = createOutput(program.opts<{ json: boolean }>().json);
      const recipeIn = (file: string) => parseRecipe(JSON.parse(readFileSync(file, "utf8")));
      const { documents, characters, subsets, queries, prompt, added, seed } = flags;
      const study = await languageStudy(createWasmKernels, {
        ...{ dataset: loadFolder(folder), base: recipeIn(flags.base), adapters: recipeIn(flags.adapters) },
        ...{ documents, characters, subsets, queries, prompt, added, seed, folder: flags.keep },
        onProgress: (progress) => {
          sayProgress("halves", progress);
        },
        onBaseProgress: ({ epoch, epochs, loss }) => {
          process.stderr.write(`base: epoch ${epoch} of ${epochs}, loss ${figure(loss)}\n`);
        },
      });
      const { bits, hashes, lds, continuation, explanation } = study;
      output.result({ bits, hashes, lds, continuation, explanation: plain(explanation) }, () =>
        describe(study, prompt),
      );
    });
}

function plain({ documents, sequences }: LanguageStudy["explanation"]) {
  return {
    documents: [...documents],
    sequences: sequences.map((sequence) => ({ ...sequence, positions: [...sequence.positions] })),
  };
}

/** Documents that are listed, and characters of each sequence. */
const LISTED = 5;

function describe(study: LanguageStudy, prompt: string): string {
  const { bits, lds, data, continuation, explanation } = study;
  const ranked = [...explanation.documents.keys()].sort(
    (a, b) => explanation.documents[b]! - explanation.documents[a]!,
  );
  const documents = table(ranked.slice(0, LISTED), [
    { title: "document", value: String },
    { title: "influence", value: (d) => figure(explanation.documents[d]!), align: "right" },
    { title: "speakers", value: (d) => data.documents[d]!.speakers.join(", ") },
  ]);
  const sequences = explanation.sequences.map(({ row, document, influence, positions }) => {
    const most = [...positions.keys()].sort((a, b) => positions[b]! - positions[a]!).slice(0, LISTED);
    const text = tokenText(study, row);
    const characters = most.map((t) => `${JSON.stringify(text[t])} ${figure(positions[t]!)}`).join(", ");
    return `document ${document}, ${figure(influence)}: ${JSON.stringify(text.join(""))}\n  most: ${characters}`;
  });
  return [
    `bits per character: held-out text ${figure(bits.base.heldOut)}, documents ${figure(bits.base.documents)}`,
    `with adapters:      held-out text ${figure(bits.adapted.heldOut)}, documents ${figure(bits.adapted.documents)}`,
    `documents, LDS over retrained halves: ${figure(lds.estimate)} (${range(lds)})`,
    `\n${prompt}${continuation}\n`,
    `where its last character, ${JSON.stringify(continuation.at(-1))}, comes from:\n${documents}\n`,
    ...sequences,
  ].join("\n");
}

/** Characters that a training sequence reads. */
function tokenText({ data }: LanguageStudy, row: number): string[] {
  const { inputs } = data.contributed.rows;
  if (inputs.kind !== "tokens") return [];
  const ids = inputs.ids.subarray(row * inputs.length, (row + 1) * inputs.length);
  return Array.from(ids, (id) => data.vocabulary[id]!);
}
