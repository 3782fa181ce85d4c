import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { QUALITY_ROWS_PER_CONTRIBUTOR } from "../../attribution/judge/qualityFolds.ts";
import { documentExample, pairExample, type WrittenExample } from "../../data/written/written.ts";
import { type BaseEncoders, createBaseEncoders } from "../bases/baseEncoders.ts";
import { createContentFiles } from "../contentFiles.ts";
import type { ContributedExamples } from "../versionData.ts";
import type { Contributed } from "../versionTask.ts";
import { openAnswerLibrary } from "./answerLibrary.ts";
import { answersPlan } from "./answersPlan.ts";

const { recipe } = answersPlan({ seed: 1, epochs: 1 });

let folder: string;
let bases: BaseEncoders;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "openledger-test-"));
  bases = createBaseEncoders(createContentFiles(join(folder, "content"), []), join(folder, "vectors"));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});
const open = (data: Contributed) => openAnswerLibrary(recipe, data, bases);

const document = (text: string) => documentExample({ text, language: "en", source: "s" });
const pair = (question: string, passage: string) => pairExample({ question, passage, language: "en", source: "s" });

function contributed(
  contributionId: bigint,
  datanetId: bigint,
  examples: readonly WrittenExample[],
): ContributedExamples<WrittenExample> {
  return {
    contribution: {
      ...{ contributionId, datanetId, submissionId: contributionId, part: 0, kind: "train", revokedFrom: undefined },
      ...{ contentRoot: "", examples: examples.length, contributor: `0xa${contributionId}`, sponsor: "", uri: "" },
    },
    examples,
  };
}

const tea = document("Tea is steeped for two minutes in hot water.");
const bees = document("Bees dance to show where the flowers are.");
const howLong = pair("How long is tea steeped?", "Tea is steeped for two minutes in hot water.");
const whyDance = pair("Why do bees dance?", "Bees dance to show where the flowers are.");

describe("what a version over several Datanets answers from", () => {
  it("names contributions by their rows in the index, Datanet after Datanet, and judges each by its own questions", async () => {
    const { datanets, contributions, library, quality } = await open({
      datanetIds: [1n, 2n],
      train: [contributed(1n, 2n, [tea]), contributed(2n, 1n, [bees]), contributed(3n, 2n, [tea])],
      quality: [contributed(4n, 2n, [howLong, tea]), contributed(5n, 1n, [whyDance])],
    });
    expect(datanets).toEqual([
      { datanetId: 1n, contributionIds: [2n] },
      { datanetId: 2n, contributionIds: [1n, 3n] },
    ]);
    expect(contributions.map(({ contributionId }) => contributionId)).toEqual([2n, 1n, 3n]);
    // of the same passage the one that was registered first
    expect(library.passages.map(({ contribution, text }) => [contribution, text])).toEqual([
      [1, tea.text],
      [0, bees.text],
    ]);
    expect(library.duplicates).toBe(1);
    expect(quality).toEqual([[whyDance], [howLong]]);
  });

  it("does not learn what its own Datanet asks, nor what another one asked before it was registered", async () => {
    const lessonsWith = async (contributionId: bigint, datanetId: bigint) => {
      const { library } = await open({
        datanetIds: [1n, 2n],
        train: [contributed(5n, 1n, [howLong])],
        quality: [contributed(contributionId, datanetId, [howLong])],
      });
      return library.lessons.length;
    };
    expect(await lessonsWith(4n, 1n)).toBe(0);
    expect(await lessonsWith(6n, 1n)).toBe(0);
    expect(await lessonsWith(4n, 2n)).toBe(0);
    expect(await lessonsWith(6n, 2n)).toBe(1);
  });

  it("hears a contributor of questions only so often", async () => {
    const many = Array.from({ length: QUALITY_ROWS_PER_CONTRIBUTOR + 1 }, (_, i) => pair(`Question ${i}?`, tea.text));
    const { quality } = await open({
      datanetIds: [1n],
      train: [contributed(1n, 1n, [tea])],
      quality: [contributed(2n, 1n, many)],
    });
    expect(quality[0]).toHaveLength(QUALITY_ROWS_PER_CONTRIBUTOR);
  });
});
