/**
 * How many test rows of BANKING77 and CLINC150 are labelled right: `npm run bench -- labels [--base NAME] [--members N] [--epochs N]`.
 *
 * The default recipe, on hashed n-grams or on the vectors of a base, trained on the rows as published. A base has to be there: `npm run base`.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { loadFolder } from "../oracle/data/loadFolder.ts";
import { createBaseEncoders } from "../oracle/jobs/bases/baseEncoders.ts";
import { baseHash } from "../oracle/jobs/bases/baseList.ts";
import { createContentFiles } from "../oracle/jobs/contentFiles.ts";
import { defaultRecipe } from "../oracle/jobs/defaultRecipe.ts";
import { encodingOf, inputOf, labelledRows, openBaseOf } from "../oracle/jobs/trainingData.ts";
import { predictEnsemble, shareRight } from "../oracle/model/predict.ts";
import { trainVersion } from "../oracle/model/trainVersion.ts";
import { createWasmKernels } from "../oracle/numerics/wasmKernels.ts";
import { dataSet, STATE } from "./folders.ts";
import { processorSeconds } from "./processorSeconds.ts";
import type { Benchmark, Row } from "./report.ts";

const SEED = 7;
const TARGETS = { banking77: 0.925, clinc150: 0.945 } as const;

export const benchmark: Benchmark = {
  name: "labels",
  seed: SEED,
  async *measure(options) {
    const { values } = parseArgs({
      args: [...options],
      options: {
        base: { type: "string" },
        members: { type: "string", default: "1" },
        epochs: { type: "string", default: "8" },
      },
    });
    const bases = createBaseEncoders(createContentFiles(join(STATE, "content"), []), join(STATE, "vectors"));
    const hash = values.base === undefined ? undefined : baseHash(STATE, values.base);
    const choice = { seed: SEED, members: Number(values.members), epochs: Number(values.epochs) };
    for (const name of ["banking77", "clinc150"] as const) yield* labelledBy(name, bases, hash, choice);
  },
};

async function* labelledBy(
  name: keyof typeof TARGETS,
  bases: ReturnType<typeof createBaseEncoders>,
  hash: string | undefined,
  choice: Parameters<typeof defaultRecipe>[2],
): AsyncGenerator<Row> {
  const { train, test, labels } = loadFolder(dataSet(name));
  const plan = { encoding: encodingOf(train, hash), labels: [...labels] };
  const read = processorSeconds();
  const base = await openBaseOf(plan, { bases }, [{ examples: train }, { examples: test }]);
  yield { name: `${name}: processor time to read what was not known`, value: processorSeconds() - read, unit: "s" };
  const recipe = defaultRecipe(inputOf(plan.encoding, train, base), labels.length, choice);
  const used = processorSeconds();
  const { models } = await trainVersion(recipe, labelledRows(plan, train, base));
  yield { name: `${name}: processor time of the training`, value: processorSeconds() - used, unit: "s" };
  const { inputs, labels: truth } = labelledRows(plan, test, base);
  const target = hash === undefined ? {} : { comparator: ">=" as const, target: TARGETS[name] };
  const value = shareRight(predictEnsemble(createWasmKernels, recipe, models, inputs), truth);
  yield { name: `${name}: test rows labelled right`, value, unit: "", ...target };
}
