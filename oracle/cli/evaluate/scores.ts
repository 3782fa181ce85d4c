import { readFileSync, writeFileSync } from "node:fs";
import type { Command } from "commander";
import { labelled } from "../../attribution/evaluate/contributions.ts";
import { encodeNpy } from "../../attribution/evaluate/npy.ts";
import { inputsOf } from "../../attribution/evaluate/studyData.ts";
import { METHODS } from "../../attribution/methods/registry.ts";
import { tapModel } from "../../attribution/methods/tappedModel.ts";
import { InputError, messageOf } from "../../common/errors.ts";
import { loadFolder } from "../../data/loadFolder.ts";
import { architectureOf } from "../../model/architecture.ts";
import { crossCheck } from "../../model/crossCheck.ts";
import { type NameMap, nameMapSchema, weightsByName } from "../../model/namedWeights.ts";
import { parseRecipe } from "../../model/recipe.ts";
import type { LabelledRows } from "../../model/rows.ts";
import { selectRows } from "../../model/rows.ts";
import { decodeSafetensors } from "../../model/safetensors.ts";
import type { Weights } from "../../model/weights.ts";
import { createWasmKernels } from "../../numerics/wasmKernels.ts";
import { atLeast, methodOf } from "./flags.ts";
import { limited } from "./limited.ts";
import { readDocument } from "../documents.ts";
import { parseNewFile } from "../parse.ts";

interface ScoresFlags {
  readonly method: string;
  readonly weights: string;
  readonly names?: string;
  readonly recipe: string;
  readonly out: string;
  readonly train: number;
  readonly test: number;
  readonly check: boolean;
}

/** Rows that two backends are compared on. */
const CHECKED_ROWS = 64;
/** Two float32 computations of one network differ by rounding, about 1e-6; more is a fault. */
const TOLERANCE = 1e-4;

export function addScores(evaluate: Command): void {
  evaluate
    .command("scores")
    .description("the raw scores of a method as a NumPy matrix, outputs x rows, in the order of the data set's files")
    .argument("<folder>", "labelled data set: its training rows are scored for its test rows")
    .requiredOption("--method <name>", [...METHODS.keys()].join(", "))
    .requiredOption("--weights <file>", "the model's weights, safetensors")
    .requiredOption("--recipe <file>", "the model's recipe, JSON")
    .option(
      "--names <file>",
      "which tensor of PyTorch's is which of the recipe's parameters, JSON: docs/attribution.md",
    )
    .requiredOption("--out <file>", "the .npy file to write", parseNewFile)
    .option("--train <n>", "first training rows only", atLeast(1), Infinity)
    .option("--test <n>", "first test rows only", atLeast(1), Infinity)
    .option("--check", "compare the model with TensorFlow's own backend first", false)
    .action(async (folder: string, flags: ScoresFlags) => {
      const dataset = limited(loadFolder(folder), flags);
      const toInputs = inputsOf(dataset);
      const training = labelled(dataset.train, dataset.labels, toInputs);
      const queries = labelled(dataset.test, dataset.labels, toInputs);
      const recipe = readRecipe(flags.recipe);
      const architecture = architectureOf(recipe);
      const { weights: stored } = decodeSafetensors(readFileSync(flags.weights));
      const weights = flags.names === undefined ? stored : weightsByName(architecture, stored, readNames(flags.names));
      const method = methodOf(flags.method);
      if (flags.check) await requireAgreement(recipe, weights, training);
      const room = (rows: number): number => method.elements(architecture, rows, queries.labels.length);
      const scores = method.scores(tapModel(createWasmKernels, recipe, weights, training, queries, room));
      writeFileSync(flags.out, encodeNpy(scores, [queries.labels.length, training.labels.length]));
    });
}

function readNames(file: string): NameMap {
  return readDocument(
    file,
    nameMapSchema,
    'names as {"parameters": {"layers.0.weight": "fc1.weight", …}, "ignored": […]}',
  );
}

function readRecipe(file: string) {
  try {
    return parseRecipe(JSON.parse(readFileSync(file, "utf8")));
  } catch (error) {
    throw new InputError(`the recipe cannot be used: ${messageOf(error)}`, { value: file, cause: error });
  }
}

/** @throws InputError when the two backends compute different networks from these weights */
async function requireAgreement(
  recipe: ReturnType<typeof parseRecipe>,
  weights: Weights,
  training: LabelledRows,
): Promise<void> {
  const rows = Int32Array.from({ length: Math.min(CHECKED_ROWS, training.labels.length) }, (_, row) => row);
  const { logits, gradients } = await crossCheck(createWasmKernels, recipe, weights, selectRows(training, rows));
  const differences = [["logits", logits] as const, ...gradients];
  for (const [name, difference] of differences) {
    if (difference <= TOLERANCE) continue;
    throw new InputError(`the two backends disagree about ${name}`, { value: difference, limit: String(TOLERANCE) });
  }
  const worst = Math.max(...differences.map(([, difference]) => difference));
  process.stderr.write(`TensorFlow's WebAssembly backend agrees to ${worst.toExponential(1)}\n`);
}
