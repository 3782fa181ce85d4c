import { readdirSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import type { Command } from "commander";
import { certificateHash } from "../../attribution/evaluate/certificate.ts";
import { fidelitySections } from "../../attribution/evaluate/report/fidelityReport.ts";
import { defaultPassagesScheme } from "../../attribution/passages/passagesScheme.ts";
import { InputError } from "../../common/errors.ts";
import { loadWritten } from "../../data/written/loadWritten.ts";
import type { WrittenExample } from "../../data/written/written.ts";
import { openAnswerLibrary } from "../../jobs/answers/answerLibrary.ts";
import { answersPlan } from "../../jobs/answers/answersPlan.ts";
import { certifyAnswers, requireCertifiableAnswers } from "../../jobs/answers/certifyAnswers.ts";
import { createBaseEncoders } from "../../jobs/bases/baseEncoders.ts";
import { createContentFiles } from "../../jobs/contentFiles.ts";
import type { Contributed } from "../../jobs/versionTask.ts";
import { trainAnswerModel } from "../../model/answers/answerModel.ts";
import { createWasmKernels } from "../../numerics/wasmKernels.ts";
import { createOutput, table } from "../output.ts";
import { parseNewFile } from "../parse.ts";
import { describe } from "./fidelity.ts";
import { addStudyOptions, atLeast, figure, sayProgress, type StudyFlags, writeReport } from "./flags.ts";

interface AnswersFlags extends StudyFlags {
  readonly coalitions: number;
  readonly epochs: number;
  readonly out?: string;
}

const INTRO =
  "How well the scores that divide a pool foretell what each contributor is worth to right answers: the share of their passages that answer the question.";
const TABLES = [".jsonl", ".csv", ".tsv", ".parquet"];

export function addAnswers(program: Command, evaluate: Command): void {
  addStudyOptions(evaluate.command("answers"))
    .description("scores of answers made of passages against the Shapley values of who contributed these")
    .argument("<folder>", "tables of documents and questions: one for each contributor, quality and test")
    .option("--coalitions <n>", "retrainings, an even number", atLeast(10), 120)
    .option("--epochs <n>", "passes over the contributed questions", atLeast(0), 8)
    .option("--out <file>", "write the certificate", parseNewFile)
    .action(async (folder: string, flags: AnswersFlags) => {
      const output = createOutput(program.opts<{ json: boolean }>().json);
      const { contributed, test } = await readContributors(folder);
      requireCertifiableAnswers(contributed, test, flags.coalitions);
      const content = createContentFiles(join(flags.keep, "content"), []);
      const bases = createBaseEncoders(content, join(flags.keep, "vectors"));
      const { recipe } = answersPlan({ seed: flags.seed, epochs: flags.epochs });
      const opened = await openAnswerLibrary(recipe, contributed, bases);
      const weights = trainAnswerModel(createWasmKernels, opened.parts, opened.library);
      const version = { recipe, scheme: defaultPassagesScheme(), opened, weights };
      const options = { coalitions: flags.coalitions, folder: flags.keep, onProgress: sayProgress };
      const certificate = await certifyAnswers(bases, version, contributed, test, options);
      if (flags.out !== undefined) writeFileSync(flags.out, `${JSON.stringify(certificate, null, 2)}\n`);
      const { study } = certificate;
      writeReport(flags.html, `Payout fidelity of answers: ${folder}`, INTRO, fidelitySections(study));
      const contributors = () =>
        table(study.contributors, [
          { title: "contributor", value: ({ name }) => name },
          { title: "rows", value: ({ rows }) => `${rows}`, align: "right" },
          { title: "Shapley value", value: ({ value }) => figure(value), align: "right" },
          { title: "share of a pool", value: ({ share }) => figure(share), align: "right" },
        ]);
      output.result(
        { ...certificate, hash: certificateHash(certificate) },
        () => `${describe(study)}\n\n${contributors()}`,
      );
    });
}

/**
 * Tables of a folder at any depth, by name: `quality` is what validators ask, `test` what buyers do, and each other one what a contributor holds.
 *
 * @throws InputError where one of the two is missing, or there is no other; as `loadWritten`
 */
export async function readContributors(
  folder: string,
): Promise<{ readonly contributed: Contributed; readonly test: readonly WrittenExample[] }> {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => TABLES.includes(extname(file)))
    .sort();
  const held = new Map<string, WrittenExample[]>();
  for (const file of files) {
    const { examples } = await loadWritten(join(folder, file));
    held.set(file.slice(0, -extname(file).length), examples);
  }
  const [quality, test] = ["quality", "test"].map((name) => {
    const examples = held.get(name);
    held.delete(name);
    if (examples !== undefined) return examples;
    throw new InputError(`the folder has no table of ${name} questions`, {
      value: folder,
      limit: `a file named ${TABLES.map((ending) => name + ending).join(", ")}`,
    });
  });
  const contributionOf = (name: string, examples: readonly WrittenExample[], i: number, kind: "train" | "quality") => ({
    contribution: {
      ...{ contributionId: BigInt(i + 1), submissionId: BigInt(i + 1), datanetId: 1n, part: 0, kind, uri: "" },
      ...{ contributor: name, sponsor: "", contentRoot: "", examples: examples.length, revokedFrom: undefined },
    },
    examples,
  });
  return {
    contributed: {
      datanetIds: [1n],
      train: [...held].map(([name, examples], i) => contributionOf(name, examples, i, "train")),
      quality: [contributionOf("quality", quality!, held.size, "quality")],
    },
    test: test!,
  };
}
